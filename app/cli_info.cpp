// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <memory>

#include "app/cli.h"
#include "app/cli_json.h"
#include "app/cli_process.h"
#include "app/cli_progress.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/one_line.h"
#include "core/checkpoint/model_info.h"
#include "core/record/recorded_run.h"

namespace variometer {
namespace {

void add_shape(Json& json, const ModelConfig& m) {
  json["n_layer"] = m.n_layer;
  json["n_head"] = m.n_head;
  json["n_kv_head"] = m.n_kv_head;
  json["head_dim"] = m.head_dim;
  json["n_embd"] = m.n_embd;
  json["n_inner"] = m.n_inner;
  json["block_size"] = m.block_size;
  json["vocab_size"] = m.vocab_size;
  json["tie_embeddings"] = m.tie_embeddings;
}

Json describe_model(const std::string& path) {
  const ModelInfo info = read_model_info(path);
  Json json{{"model", info.name}, {"family", info.family.empty() ? Json(nullptr) : Json(info.family)}};
  if (info.config) add_shape(json, *info.config);
  json["n_parameter"] = info.n_parameter;
  json["n_tensor"] = info.n_tensor;
  json["dtypes"] = info.dtypes;
  json["bytes"] = info.bytes;
  json["n_file"] = info.n_file;
  if (!info.tokenizer.empty()) json["tokenizer"] = info.tokenizer;
  if (info.is_checkpoint) json["step"] = info.step;
  if (info.kv_bias || info.dyt) {
    json["switches"] = {{"kv_bias", info.kv_bias}, {"dyt", info.dyt}};
    json["note"] = "other programs ignore these switches and would not compute the same";
  }
  if (!info.unsupported.empty()) json["unsupported"] = info.unsupported;
  return json;
}

Json describe_record(const std::string& path) {
  std::int64_t last_step = 0;
  const RunInfo info = read_snapshots(path, [&](const SnapshotPtr& snapshot) { last_step = snapshot->step; });
  Json json{{"record", info.name}, {"family", info.config.model.family}};
  add_shape(json, info.config.model);
  json["n_parameter"] = info.n_parameter;
  json["n_tensor"] = info.tensors.size();
  json["dtype"] = info.dtype;
  json["device"] = info.device;
  json["first_step"] = info.first_step;
  json["last_step"] = last_step;
  json["seed"] = info.config.train.seed;
  json["corpus"] = info.config.data.corpus.empty() ? "built-in sentences" : info.config.data.corpus;
  json["sha256"] = info.config.data.sha256;
  return json;
}

int describe(const std::string& path, bool as_json) {
  const auto extension = std::filesystem::path(path).extension();
  const bool is_record = extension == ".h5" || extension == ".hdf5";
  if (is_record) {
    if (const auto status = go_on_in_child(path)) return *status;
  }
  const Json json = is_record ? describe_record(path) : describe_model(path);
  note_file_was_read();
  if (as_json) {
    print_line(to_line(json));
    return 0;
  }
  for (const auto& [key, value] : json.items()) {
    const std::string text = value.is_string() ? one_line(value.get<std::string>()) : to_line(value);
    print_line(key + std::string(key.size() < 16 ? 16 - key.size() : 1, ' ') + text);
  }
  return 0;
}

}  // namespace

void add_info_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("info", "What a model or a record is, without loading its weights");
  auto path = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  command->add_option("PATH", *path, "model folder, .safetensors file or run .h5")->required();
  command->add_flag("--json", *json, "one JSON object on stdout");
  command->footer("\nExamples:\n  variometer info ./model\n  variometer info run.h5 --json | jq .n_parameter");
  command->callback([&invocation, path, json] { invocation.action = [path, json] { return describe(*path, *json); }; });
}

}  // namespace variometer
