// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/base/config.h"
#include "core/checkpoint/checkpoint_folders.h"
#include "core/checkpoint/hf_model.h"
#include "core/model/decoder.h"

namespace variometer {

/// All that a run needs, beside the weights, to go on as if it had never stopped. The trainer fills it and reads it
/// back; this file only stores it, bit for bit.
struct CheckpointState {
  RunConfig config;       ///< as the run began, resolved: `--resume DIR` needs nothing else
  std::int64_t step = 0;  ///< updates done
  CheckpointRun run;      ///< which run made it
  /// The trainer's own: RNG words, data position, switches and configs in force, TVR's counter, schedule, ... Doubles
  /// and 64-bit words come back exactly; NaN and infinities do not (JSON has none).
  nlohmann::json trainer = nlohmann::json::object();
  /// Any number of named tensors (AdamW moments, step counters, ...); dtype and shape are kept. Saved from any device,
  /// loaded on the CPU.
  std::vector<std::pair<std::string, at::Tensor>> optimizer;
  /// True once KV bias or DyT was ever on: k_bias, v_bias, DyT and the embedding scale are then saved too
  /// (extras.safetensors). Switches that are on count by themselves.
  bool extras_in_use = false;
};

/// Writes a Hugging Face folder (config.json, model.safetensors, tokenizer) with variometer/{state.json,
/// optimizer.safetensors, extras.safetensors} in it, all at once (new_folder.h). Replaces an older checkpoint of ours;
/// throws Error(file) for another model that is in the way, or when it cannot be written. `tokenizer`: the one texts
/// are read with; null: bytes.
void save_checkpoint(const std::filesystem::path& folder, const Decoder& decoder, const CheckpointState& state,
                     const RunTokenizer* tokenizer = nullptr);

/// Everything but the weights, to build the Decoder from (`state.config.model`). `folder` as for require_checkpoint.
/// Throws Error(file) when it is no checkpoint of ours or is damaged.
CheckpointState read_checkpoint_state(const std::filesystem::path& folder);

/// Weights (and extras, where saved: initialise() the decoder first, it fills the rest) into `decoder`; returns the
/// state.
CheckpointState load_checkpoint(const std::filesystem::path& folder, Decoder& decoder, const TensorLoaded& loaded = {});

/// What a checkpoint (the folder itself) has beside the plain model: the switches it was saved with, and the values of
/// the extras, also into a decoder that only looks. Throws Error(file).
void load_checkpoint_extras(const std::filesystem::path& folder, Decoder& decoder);

}  // namespace variometer
