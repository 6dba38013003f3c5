// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/config.h"
#include "core/base/snapshot.h"

namespace variometer {

struct InspectOptions {
  std::filesystem::path model;  ///< Hugging Face folder or checkpoint
  /// What is shown to the model: one of these.
  std::optional<std::string> text;
  std::vector<std::vector<std::int32_t>> ids;  ///< taken as they are; all of one length
  bool bos = true;                             ///< before `text`, where the tokenizer has one
  std::int64_t context = 0;                    ///< cut after that many tokens; 0: the model's limit
  std::string dtype;                           ///< float32, bfloat16, float16; empty: the device's choice
  std::string device = "auto";
  std::int64_t threads = 0;
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
  std::vector<InspectedSequence> sequences;
  std::vector<std::string> warnings;
};

/// One instrumented forward pass per sequence. Throws Error.
Inspection inspect(const InspectOptions& options);

}  // namespace variometer
