// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/checkpoint/stored_weights.h"
#include "core/model/decoder.h"
#include "core/text/tokenizer.h"

namespace variometer {

struct OpenOptions {
  std::string device = "auto";
  std::string dtype;         ///< float32, bfloat16, float16; empty: the device's choice
  std::int64_t threads = 0;  ///< 0: LibTorch's own choice
  /// Many forward passes to come (text being written): everything is converted once. Else: one pass.
  bool many_passes = false;
  bool stream = false;       ///< layer by layer, even if it would fit
  TensorLoaded loaded = {};  ///< told of every weight; may throw to stop
  bool whole_values = true;  ///< it looks at the values (WeightPlacement)
};

/// A Hugging Face folder, a .safetensors file with its config.json beside it, a .gguf file, one of our checkpoints, or
/// a folder of them (the newest), as a model to look at. A checkpoint brings its extras and switches. A model that
/// would not fit into memory is streamed. Throws Error.
struct OpenModel {
  Decoder decoder;
  std::filesystem::path folder;  ///< the folder or file that was taken
  TokenizerPtr tokenizer;        ///< null: none that can be used; the warnings say why
  bool streaming = false;
  std::vector<std::string> warnings;
};
OpenModel open_model(const std::filesystem::path& path, const OpenOptions& options);

/// What `dtype` calls a type computed in: float32, bfloat16, float16.
std::string dtype_name(at::ScalarType type);

}  // namespace variometer
