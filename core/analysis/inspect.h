// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/base/config.h"
#include "core/base/snapshot.h"
#include "core/text/tokenizer.h"

namespace variometer {

struct InspectOptions {
  std::filesystem::path model;  ///< Hugging Face folder, .safetensors or .gguf file, or checkpoint
  /// What is shown to the model: one of these.
  std::optional<std::string> text;
  std::vector<std::vector<std::int32_t>> ids;  ///< taken as they are; all of one length
  /// Before `text`: where the tokenizer has one; if asked for, EOS where it has none.
  Tokenizer::Bos bos = Tokenizer::Bos::where_there_is_one;
  std::int64_t context = 0;  ///< cut after that many tokens; 0: texts at the model's limit, ids nowhere
  std::string dtype;         ///< float32, bfloat16, float16; empty: the device's choice
  std::string device = "auto";
  std::int64_t threads = 0;
  bool stream = false;  ///< layer by layer from the files, even if the model would fit into memory
  /// Hears what was done last: a weight read, a layer measured. May throw to stop.
  std::function<void(const std::string& what, std::int64_t n_done, std::int64_t n_total)> progress = {};
  ProbeConfig rule;              ///< top_k and thresholds
  std::filesystem::path record;  ///< snapshot .h5 to write; empty: none
  bool overwrite = false;
  std::filesystem::path dump;  ///< .safetensors with every layer's tensors; empty: none
};

struct InspectedSequence {
  std::vector<std::int32_t> ids;
  std::vector<std::string> tokens;
  ActivationSnapshot activation;
  std::optional<double> loss;  ///< mean cross-entropy over the T - 1 targets; none for T = 1
};

struct Inspection {
  std::string model, family, dtype;
  bool streamed = false;
  std::vector<InspectedSequence> sequences;
  std::vector<std::string> warnings;
};

/// One instrumented forward pass over all sequences, each measured by itself; so many at a time that their attention
/// fits. Throws Error.
Inspection inspect(const InspectOptions& options);

}  // namespace variometer
