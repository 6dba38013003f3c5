// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/checkpoint.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/checkpoint/hf_model.h"
#include "core/checkpoint/json_file.h"
#include "core/checkpoint/new_folder.h"
#include "core/checkpoint/tensor_bytes.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;
constexpr const char* kFormat = "variometer-checkpoint-1";

void write_extras(const fs::path& path, const Decoder& decoder) {
  std::vector<TensorSource> tensors;
  for (const auto& parameter : decoder.parameters()) {
    if (parameter.extra) tensors.push_back(source_of(parameter.info.name, parameter.value));
  }
  write_safetensors(path, std::move(tensors), {});
}

/// Throws Error(file) where they are missing though a switch is on.
void load_extras(const fs::path& folder, Decoder& decoder) {
  const auto path = folder / "variometer" / "extras.safetensors";
  if (!fs::exists(path)) {
    if (!decoder.switches.kv_bias && !decoder.switches.dyt) return;
    throw file_error(path.string() + ": is missing, and KV bias or DyT is on; the checkpoint is damaged");
  }
  const SafetensorsFile file(path);
  const at::NoGradGuard no_grad;
  for (auto& parameter : decoder.parameters()) {
    if (!parameter.extra) continue;
    const TensorEntry* entry = file.find(parameter.info.name);
    if (entry == nullptr || entry->shape != parameter.info.shape) {
      throw file_error(path.string() + ": " + parameter.info.name + " is missing or has another shape");
    }
    auto value = tensor_from(file, *entry);
    if (parameter.value.defined()) {
      parameter.value.copy_(value);
    } else {
      parameter.value = value.to(decoder.device());
    }
  }
}

/// Hands `use` what variometer/state.json says, in the format this program knows. Throws Error(file).
template <class Use>
void with_state(const fs::path& folder, const Use& use) {
  const auto where = folder / "variometer" / "state.json";
  const auto json = read_json_file(where);
  try {
    if (json.at("format") != kFormat) throw file_error(where.string() + ": written by a newer Variometer");
    use(json);
  } catch (const nlohmann::json::exception& error) {
    throw file_error(where.string() + ": " + error.what() + "; the checkpoint is damaged");
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::file) throw;
    throw file_error(where.string() + ": " + error.what());
  }
}

CheckpointState state_of(const nlohmann::json& json) {
  CheckpointState state;
  state.config = stored_config_from_json(json.at("config"));
  state.step = json.at("step").get<std::int64_t>();
  state.run = checkpoint_run_from_json(json);
  state.trainer = json.at("trainer");
  state.extras_in_use = json.at("extras_in_use").get<bool>();
  return state;
}

Switches switches_of(const nlohmann::json& json) {
  const auto& switches = json.at("switches");
  return {.kv_bias = switches.value("kv_bias", false),
          .kv_logit_offset = switches.value("kv_logit_offset", 0.0),
          .dyt = switches.value("dyt", false)};
}

void read_optimizer(const fs::path& folder, CheckpointState& state) {
  const SafetensorsFile file(folder / "variometer" / "optimizer.safetensors");
  for (const auto& entry : file.entries()) state.optimizer.emplace_back(entry.name, tensor_from(file, entry));
}

}  // namespace

void save_checkpoint(const fs::path& folder, const Decoder& decoder, const CheckpointState& state,
                     const RunTokenizer* tokenizer) {
  require_checkpoint_place(folder);
  NewFolder target(folder);
  write_hf_files(target.path(), decoder, tokenizer);
  const auto ours = target.path() / "variometer";
  fs::create_directory(ours);
  std::vector<TensorSource> tensors;
  for (const auto& [name, tensor] : state.optimizer) tensors.push_back(source_of(name, tensor));
  write_safetensors(ours / "optimizer.safetensors", std::move(tensors), {});
  const bool extras = state.extras_in_use || decoder.switches.kv_bias || decoder.switches.dyt;
  if (extras) write_extras(ours / "extras.safetensors", decoder);
  const nlohmann::json json{{"format", kFormat},
                            {"config", to_json(state.config)},
                            {"step", state.step},
                            {"run", to_json(state.run)},
                            {"extras_in_use", extras},
                            {"switches",
                             {{"kv_bias", decoder.switches.kv_bias},
                              {"kv_logit_offset", decoder.switches.kv_logit_offset},
                              {"dyt", decoder.switches.dyt}}},
                            {"trainer", state.trainer}};
  write_text_file(ours / "state.json", json_text(json, 1) + "\n");
  target.commit();
}

CheckpointState read_checkpoint_state(const fs::path& path) {
  const auto folder = require_checkpoint(path);
  CheckpointState state;
  with_state(folder, [&](const nlohmann::json& json) { state = state_of(json); });
  read_optimizer(folder, state);
  return state;
}

CheckpointState load_checkpoint(const fs::path& path, Decoder& decoder, const TensorLoaded& loaded) {
  const auto folder = require_checkpoint(path);
  CheckpointState state;
  with_state(folder, [&](const nlohmann::json& json) {
    state = state_of(json);
    decoder.switches = switches_of(json);
  });
  read_optimizer(folder, state);
  load_hf_weights(folder, decoder, loaded);
  load_extras(folder, decoder);
  return state;
}

void load_checkpoint_extras(const fs::path& folder, Decoder& decoder) {
  with_state(folder, [&](const nlohmann::json& json) { decoder.switches = switches_of(json); });
  load_extras(folder, decoder);
}

}  // namespace variometer
