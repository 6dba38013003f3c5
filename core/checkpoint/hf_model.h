// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/checkpoint/hf_config.h"
#include "core/checkpoint/run_tokenizer.h"
#include "core/checkpoint/safetensors.h"
#include "core/model/decoder.h"

namespace variometer {

/// Told after each tensor that was read, on the reading thread. May throw to stop the reading.
using TensorLoaded = std::function<void(const Parameter& parameter, std::size_t n_done, std::size_t n_total)>;

/// Which tensor of a store becomes which parameter, and how.
struct HfPlan {
  struct Step {
    std::size_t parameter = 0;  ///< index into Decoder::parameters() and Layout::parameters
    TensorStore::Item item;
    bool transposed = false;
    std::int64_t rows = -1;  ///< only the first so many (a longer table of learned positions); -1: all
  };
  std::vector<Step> steps;            ///< in the order of the parameters; extras have none
  std::vector<std::string> warnings;  ///< tensors in the file that nobody asked for
};

/// Matches the store's names (with or without Hugging Face's prefixes) with the model's. No data is read. `where` names
/// the folder. Throws Error(file): a tensor is missing, has another shape, or is a bias config.json says nothing of.
HfPlan plan_hf_weights(const TensorStore& store, const ModelConfig& config, const std::string& where);

/// `value`, the step's whole tensor, as the parameter wants it: a view.
at::Tensor as_parameter(const HfPlan::Step& step, const at::Tensor& value);

/// Copies the weights of a Hugging Face folder (model.safetensors, or its shards by the index) into `decoder`, whose
/// config must be that folder's up to block_size. Names and layouts: one table (core/checkpoint/hf_names.cpp). Extras
/// are left alone. Returns warnings: tensors in the file that nobody asked for. Throws Error(file): a tensor is missing
/// or has another shape.
std::vector<std::string> load_hf_weights(const std::filesystem::path& folder, Decoder& decoder,
                                         const TensorLoaded& loaded = {});

/// Saves the plain model as a folder that `transformers` loads: config.json, model.safetensors, and for our byte
/// vocabulary tokenizer.json and tokenizer_config.json. A model with KV bias or DyT on says so in config.json. Written
/// beside, synced, renamed. `overwrite` false: an existing folder is refused, Error(usage).
void save_hf_folder(const std::filesystem::path& folder, const Decoder& decoder, bool overwrite);

/// The same files into an existing folder, unsynced as a whole: for a caller that puts the folder in place itself. With
/// `tokenizer` its files, and not our byte tokenizer.
void write_hf_files(const std::filesystem::path& folder, const Decoder& decoder,
                    const RunTokenizer* tokenizer = nullptr);

}  // namespace variometer
