// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/config.h"
#include "core/base/tvr_target.h"

// What a run begins with, known before it begins: what the model to start from is, which values go with it, how much
// memory and time the run will take. The window's form and `train --init` ask the same functions. No LibTorch is seen
// here.
namespace variometer {

/// Asked now and then by what takes its time: true ends it early, by Cancelled.
using StopAsked = std::function<bool()>;
struct Cancelled {};

/// A model that training can start from, by its own files.
struct StartModel {
  std::string name;    ///< of its folder or file
  ModelConfig config;  ///< resolved; block_size is the longest context it can take
  std::int64_t n_parameter = 0;
  std::string tokenizer;  ///< "BPE (tokenizer.json)", or "bytes"
  std::vector<std::string> warnings;
  WeightSpread spread;
};

/// Reads headers, tokenizer and weights; of a large model the weights of some layers only (StartModel::spread says how
/// many matrices). Throws Error: no model there, one that cannot be trained, or a tensor that is missing.
StartModel read_start_model(const std::filesystem::path& model, const StopAsked& stop = {});

/// How long a text is for that model (none: for bytes). Of a long text the first part is read and the rest estimated.
struct TextLength {
  std::int64_t n_byte = 0, n_token = 0;
  bool exact = true;
};
/// Throws Error(file) for a text that cannot be trained on.
TextLength read_text_length(const DataConfig& data, const std::filesystem::path& model, std::int64_t vocab_size);

/// A value that goes with the model, and why.
struct Proposal {
  std::string key, value, reason;
};

/// Context, batch, learning rates, warm-up and TVR's target for a run from `model`. What fits into `memory` bytes (0:
/// whatever) and to the text's length, where that is known. `config` gives the number of updates and the device.
std::vector<Proposal> propose(const StartModel& model, const RunConfig& config, const std::optional<TextLength>& text,
                              double memory);

/// The model's sizes in `config`; its context is left as it is where the model can take it.
inline void take_sizes(const StartModel& model, RunConfig& config) {
  const auto context = config.model.block_size;
  config.model = model.config;
  config.model.block_size = std::min(context, model.config.block_size);
}

/// Bytes a training takes, about. `config` must be resolved.
struct RunMemory {
  double weights = 0, gradients = 0, moments = 0, activations = 0;
  double available = 0;  ///< now, of this machine; 0: not known (a GPU's own memory)
  double total() const { return weights + gradients + moments + activations; }
  /// What a switch keeps beside it, to be taken back.
  double kept_by_switch() const { return weights + moments; }
  bool fits() const { return available <= 0 || total() <= available; }
};
RunMemory run_memory(const RunConfig& config);

/// Seconds an update takes here, measured: some updates of the same model cut to one layer and to two, the rest of its
/// layers counted like the second. Takes as long as a few updates; on a thread of its own. Empty: it would not
/// fit, or cannot be cut. Throws Cancelled.
std::optional<double> measure_update(const RunConfig& config, const StopAsked& stop = {});

}  // namespace variometer
