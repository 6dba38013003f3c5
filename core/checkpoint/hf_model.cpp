// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/hf_model.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "core/base/error.h"
#include "core/checkpoint/byte_tokenizer_files.h"
#include "core/checkpoint/json_file.h"
#include "core/checkpoint/output_file.h"
#include "core/checkpoint/tensor_bytes.h"
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

/// Copies one file tensor into a parameter. A learned position table of the file may be longer than the decoder's.
void copy_into(Parameter& parameter, const TensorStore::Item& item, bool transposed) {
  auto wanted = parameter.info.shape;
  if (transposed) std::swap(wanted.at(0), wanted.at(1));
  auto found = item.entry->shape;
  const bool longer =
      parameter.info.role == "position" && found.size() == 2 && found[1] == wanted[1] && found[0] > wanted[0];
  if (found != wanted && !longer) {
    throw file_error(item.file->path().string() + ": " + item.entry->name + ": expected " + shape_text(wanted) +
                     ", found " + shape_text(found) + "; does config.json belong to these weights?");
  }
  auto value = tensor_from(*item.file, *item.entry);
  if (longer) value = value.narrow(0, 0, wanted[0]);
  if (transposed) value = value.t();
  const at::NoGradGuard no_grad;
  parameter.value.copy_(value);
}

}  // namespace

std::vector<std::string> load_hf_weights(const fs::path& folder, Decoder& decoder, const TensorLoaded& loaded) {
  const TensorStore store(folder);
  std::map<std::string, const TensorStore::Item*> by_name;
  for (const auto& [name, item] : store.items()) {
    if (is_ignored_hf_tensor(name, item.entry->shape.size())) continue;
    const auto [place, is_new] = by_name.try_emplace(without_hf_prefix(name), &item);
    if (!is_new) {
      throw file_error(folder.string() + ": " + name + " and " + place->second->entry->name +
                       " are the same tensor twice");
    }
  }
  std::set<std::string> used{"lm_head.weight"};  // a tied model's copy of the embedding, if the file has one
  const auto n_total = static_cast<std::size_t>(
      std::ranges::count(decoder.parameters(), false, &Parameter::extra));
  std::size_t n_done = 0;
  for (auto& parameter : decoder.parameters()) {
    if (parameter.extra) continue;
    const auto in_file = hf_tensor(decoder.config().family, parameter.info.name);
    const auto name = without_hf_prefix(in_file.name);
    const auto found = by_name.find(name);
    if (found == by_name.end()) {
      throw file_error(folder.string() + ": tensor " + in_file.name + " is missing; is the folder complete?");
    }
    copy_into(parameter, *found->second, in_file.transposed);
    used.insert(name);
    if (loaded) loaded(parameter, ++n_done, n_total);
  }
  std::vector<std::string> warnings;
  for (const auto& [name, item] : by_name) {
    if (!used.contains(name)) warnings.push_back(item->entry->name + ": nothing in this model uses it; ignored");
  }
  return warnings;
}

void write_hf_files(const fs::path& folder, const Decoder& decoder) {
  auto config = hf_config_from_model(decoder.config());
  if (decoder.switches.kv_bias || decoder.switches.dyt) {
    config["variometer"] = {{"kv_bias", decoder.switches.kv_bias},
                            {"dyt", decoder.switches.dyt},
                            {"note",
                             "This model was trained with the switches above. Programs other than Variometer "
                             "ignore them and would not compute the same."}};
  }
  write_text_file(folder / "config.json", config.dump(2) + "\n");
  std::vector<TensorSource> tensors;
  for (const auto& parameter : decoder.parameters()) {
    if (parameter.extra) continue;
    const auto in_file = hf_tensor(decoder.config().family, parameter.info.name);
    auto value = parameter.value.detach();
    tensors.push_back(source_of(in_file.name, in_file.transposed ? value.t() : value));
  }
  write_safetensors(folder / "model.safetensors", std::move(tensors), {{"format", "pt"}});
  if (decoder.config().vocab_size >= kByteVocabulary) write_byte_tokenizer(folder, decoder.config().block_size);
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
