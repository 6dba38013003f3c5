// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/hf_model.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <string_view>
#include <utility>

#include "core/base/error.h"
#include "core/base/python_json.h"
#include "core/checkpoint/another_head.h"
#include "core/checkpoint/byte_tokenizer_files.h"
#include "core/checkpoint/json_file.h"
#include "core/checkpoint/new_folder.h"
#include "core/checkpoint/tensor_bytes.h"
#include "core/model/layout.h"
#include "core/text/byte_tokenizer.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

std::string shape_text(const std::vector<std::int64_t>& shape) {
  std::ostringstream text;
  for (std::size_t i = 0; i < shape.size(); ++i) text << (i == 0 ? "(" : ", ") << shape[i];
  text << (shape.empty() ? "()" : ")");
  return text.str();
}

HfPlan::Step step_of(const ParameterSpec& spec, std::size_t index, const TensorStore::Item& item, bool transposed) {
  auto wanted = spec.info.shape;
  if (transposed) std::swap(wanted.at(0), wanted.at(1));
  const auto& found = item.entry->shape;
  HfPlan::Step step{index, item, transposed, -1};
  // A learned position table of the file may be longer than the decoder's.
  if (spec.info.role == "position" && found.size() == 2 && found[1] == wanted[1] && found[0] > wanted[0]) {
    step.rows = wanted[0];
  } else if (found != wanted) {
    throw file_error(item.path().string() + ": " + item.entry->name + ": expected " + shape_text(wanted) + ", found " +
                     shape_text(found) + "; does config.json belong to these weights?");
  }
  require_weights(item);
  return step;
}

/// One line, however many there are: a file may hold whole layers more than its config.json says.
std::string unused_text(const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 3;
  std::string text = names.size() == 1 ? "1 tensor is" : std::to_string(names.size()) + " tensors are";
  text += " in the file that nothing in this model uses, ignored: ";
  for (std::size_t i = 0; i < std::min(kNamed, names.size()); ++i) text += (i == 0 ? "" : ", ") + names[i];
  return names.size() > kNamed ? text + " and " + std::to_string(names.size() - kNamed) + " more" : text;
}

/// The bias of a module whose weight is used and whose config says there is none would change what is computed.
bool is_unexpected_bias(const std::string& name, const std::set<std::string>& used) {
  constexpr std::string_view kBias = ".bias";
  return name.ends_with(kBias) && used.contains(name.substr(0, name.size() - kBias.size()) + ".weight");
}

}  // namespace

HfPlan plan_hf_weights(const TensorStore& store, const ModelConfig& config, const std::string& where) {
  std::map<std::string, const TensorStore::Item*> by_name;
  for (const auto& [name, item] : store.items()) {
    if (is_ignored_hf_tensor(name, item.entry->shape.size())) continue;
    const auto [place, is_new] = by_name.try_emplace(without_hf_prefix(name), &item);
    if (!is_new) {
      throw file_error(where + ": " + name + " and " + place->second->entry->name + " are the same tensor twice");
    }
  }
  // Before anything is made for layers a damaged config.json says there are.
  if (config.n_layer > std::ssize(by_name)) {
    throw file_error(where + ": config.json says there are " + std::to_string(config.n_layer) +
                     " layers, but there are only " + std::to_string(by_name.size()) + " tensors");
  }
  HfPlan plan;
  std::set<std::string> used;
  // Before a list is made of what a damaged config.json promises.
  if (static_cast<std::size_t>(config.n_layer) > by_name.size()) {
    throw file_error(where + ": config.json says " + std::to_string(config.n_layer) + " layers, the weights are " +
                     std::to_string(by_name.size()) + " tensors; do they belong together?");
  }
  const auto layout = layout_of(config);
  if (config.tie_embeddings) {
    // The file may hold the one matrix under either name, or under both.
    const auto& names = layout.options.names;
    const auto head = without_hf_prefix(names.head + ".weight");
    if (const auto found = by_name.find(head); found != by_name.end()) {
      by_name.try_emplace(without_hf_prefix(names.embedding), found->second);
      used.insert(head);
    }
  }
  for (std::size_t i = 0; i < layout.parameters.size(); ++i) {
    const auto& spec = layout.parameters[i];
    if (spec.extra) continue;
    const auto in_file = hf_tensor(config.family, spec.info.name);
    const auto name = without_hf_prefix(in_file.name);
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      throw file_error(where + ": tensor " + in_file.name + " is missing; is the folder complete?");
    }
    plan.steps.push_back(step_of(spec, i, *found->second, in_file.transposed));
    used.insert(name);
  }
  std::vector<std::string> unused;
  for (const auto& [name, item] : by_name) {
    if (used.contains(name)) continue;
    if (is_unexpected_bias(name, used)) {
      throw file_error(where + ": " + item->entry->name +
                       " is in the file, but config.json says there is no such bias");
    }
    unused.push_back(item->entry->name);
  }
  if (!unused.empty()) plan.warnings.push_back(where + ": " + unused_text(unused));
  return plan;
}

at::Tensor as_parameter(const HfPlan::Step& step, const at::Tensor& value) {
  const auto rows = step.rows >= 0 ? value.narrow(0, 0, step.rows) : value;
  return step.transposed ? rows.t() : rows;
}

std::vector<std::string> load_hf_weights(const fs::path& folder, Decoder& decoder, const TensorLoaded& loaded) {
  const TensorStore store(folder);
  auto plan = plan_hf_weights(store, decoder.config(), folder.string());
  if (auto warning = another_head_warning(folder); !warning.empty()) plan.warnings.push_back(std::move(warning));
  const at::NoGradGuard no_grad;
  std::size_t n_done = 0;
  for (const auto& step : plan.steps) {
    auto& parameter = decoder.parameters()[step.parameter];
    parameter.value.copy_(as_parameter(step, tensor_from(step.item)));
    if (loaded) loaded(parameter, ++n_done, plan.steps.size());
  }
  return std::move(plan.warnings);
}

void write_hf_files(const fs::path& folder, const Decoder& decoder, const RunTokenizer* tokenizer) {
  const bool own_tokenizer = tokenizer != nullptr && !tokenizer->is_bytes();
  auto config = hf_config_from_model(decoder.config());
  if (own_tokenizer && decoder.config().details.empty()) {
    // A model of our own, with somebody else's tokens.
    const auto id = [](std::optional<std::int32_t> token) { return token ? nlohmann::json(*token) : nullptr; };
    config["bos_token_id"] = id(tokenizer->tokenizer->bos());
    config["eos_token_id"] = id(tokenizer->tokenizer->eos());
  }
  if (decoder.switches.kv_bias || decoder.switches.dyt) {
    config["variometer"] = {{"kv_bias", decoder.switches.kv_bias},
                            {"dyt", decoder.switches.dyt},
                            {"note",
                             "This model was trained with the switches above. Programs other than Variometer "
                             "ignore them and would not compute the same."}};
  }
  write_text_file(folder / "config.json", python_json_text(config, 2) + "\n");
  std::vector<TensorSource> tensors;
  for (const auto& parameter : decoder.parameters()) {
    if (parameter.extra) continue;
    const auto in_file = hf_tensor(decoder.config().family, parameter.info.name);
    auto value = parameter.value.detach();
    tensors.push_back(source_of(in_file.name, in_file.transposed ? value.t() : value));
  }
  write_safetensors(folder / "model.safetensors", std::move(tensors), {{"format", "pt"}});
  if (own_tokenizer) {
    for (const auto& [name, content] : tokenizer->files) write_text_file(folder / name, content);
  } else if (decoder.config().vocab_size >= kByteVocabulary) {
    write_byte_tokenizer(folder, decoder.config().block_size);
  }
}

void save_hf_folder(const fs::path& folder, const Decoder& decoder, bool overwrite) {
  if (!overwrite && fs::exists(folder)) {
    throw usage_error(folder.string() + " exists; choose another folder or allow overwriting");
  }
  if (fs::exists(folder) && !fs::is_directory(folder)) throw file_error(folder.string() + ": is a file, not a folder");
  if (fs::exists(folder) && !fs::is_empty(folder) && !fs::exists(folder / "config.json")) {
    throw file_error(folder.string() + ": holds something other than a model; it will not be replaced");
  }
  NewFolder target(folder);
  write_hf_files(target.path(), decoder);
  target.commit();
}

}  // namespace variometer
