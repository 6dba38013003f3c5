// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/base/config.h"

namespace variometer {

/// config.json of a Hugging Face folder -> ours, resolved. Absent keys mean what Hugging Face's own classes mean by
/// them. `where` names the file. Throws Error(file) for a family, an option or a size the decoder does not have: a
/// model that would be computed wrongly is refused, never approximated.
ModelConfig model_config_from_hf(const nlohmann::json& config, const std::string& where);

/// Reads config.json in `folder`, or the metadata of a .gguf file (see find_gguf). Where the weights hold another head
/// than the one config.json ties to the embedding, the model has that head (another_head.h).
ModelConfig read_hf_config(const std::filesystem::path& folder);

/// Ours -> config.json, for `transformers`: what was read comes back, with the keys of the version it was written by.
/// `config` must be resolved. A model of our own names BOS and EOS where the vocabulary is ours (bytes).
nlohmann::json hf_config_from_model(const ModelConfig& config);

/// How a tensor is called and laid out in a Hugging Face file.
struct HfTensor {
  std::string name;         ///< as saved
  bool transposed = false;  ///< GPT-2's Conv1D keeps [in, out]; ours is [out, in]
};
HfTensor hf_tensor(const std::string& family, const std::string& our_name);

/// A file's tensor name without the prefixes that come and go between files ("transformer.", "model.", ...).
std::string without_hf_prefix(const std::string& name);

/// What is no weight of the text model: GPT-2's masks and rotary tables in old files, the vision half of Gemma 3.
bool is_ignored_hf_tensor(const std::string& name, std::size_t rank);

}  // namespace variometer
