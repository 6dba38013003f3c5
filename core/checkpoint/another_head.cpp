// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/another_head.h"

#include <cstring>

#include "core/base/error.h"
#include "core/checkpoint/hf_config.h"
#include "core/checkpoint/json_file.h"
#include "core/checkpoint/safetensors.h"
#include "core/model/family.h"

namespace variometer {
namespace {

const TensorStore::Item* find_in(const TensorStore& store, const std::string& name) {
  for (const auto& [full, item] : store.items()) {
    if (without_hf_prefix(full) == name && !is_ignored_hf_tensor(full, item.entry->shape.size())) return &item;
  }
  return nullptr;
}

}  // namespace

bool holds_another_head(const std::filesystem::path& weights, const ModelConfig& m) {
  if (!m.tie_embeddings) return false;
  const auto names = family_options(m).names;
  try {
    const TensorStore store(weights);
    const auto* head = find_in(store, without_hf_prefix(names.head + ".weight"));
    const auto* embedding = find_in(store, without_hf_prefix(names.embedding));
    if (head == nullptr || embedding == nullptr) return false;
    return head->entry->dtype != embedding->entry->dtype || head->entry->shape != embedding->entry->shape ||
           std::memcmp(head->data().data(), embedding->data().data(), head->data().size()) != 0;
  } catch (const Error&) {
    return false;  // weights that cannot be read are told of by whoever loads them
  }
}

std::string another_head_warning(const std::filesystem::path& folder) {
  const auto path = folder / "config.json";
  if (!std::filesystem::is_directory(folder) || !std::filesystem::exists(path)) return {};
  if (!find_gguf(folder).empty()) return {};  // then config.json says nothing of the weights
  const auto m = model_config_from_hf(read_json_file(path), path.string());
  if (!holds_another_head(folder, m)) return {};
  return path.string() + " ties the head to the embedding, but the file holds another " + family_options(m).names.head +
         ".weight; the stored head is used, as in transformers 5 (4 takes the embedding). Set tie_word_embeddings to "
         "false there to silence this";
}

}  // namespace variometer
