// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/base/config.h"

namespace variometer {

/// What a model folder, a .safetensors or a .gguf file says about itself; only headers are read.
struct ModelInfo {
  std::string name;
  std::optional<ModelConfig> config;  ///< none for a bare .safetensors file
  std::string unsupported;            ///< why the decoder cannot run it; empty: it can
  std::string family;
  std::map<std::string, std::int64_t> dtypes;  ///< "F32" -> number of tensors
  std::int64_t n_tensor = 0, n_file = 0, n_parameter = 0;
  std::uint64_t bytes = 0;  ///< of weights
  std::string tokenizer;    ///< "bytes", "none", or what tokenizer.json says
  bool is_checkpoint = false;
  std::int64_t step = 0;              ///< of a checkpoint
  bool kv_bias = false, dyt = false;  ///< switches that were on
};

/// Throws Error(file).
ModelInfo read_model_info(const std::filesystem::path& folder_or_file);

}  // namespace variometer
