// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/checkpoint/hf_model.h"
#include "core/model/decoder.h"

namespace variometer {

/// A Hugging Face folder, one of our checkpoints, or a folder of them (the newest), as a model to look at. A checkpoint
/// brings its extras and switches. Throws Error.
struct OpenModel {
  Decoder decoder;
  std::filesystem::path folder;  ///< the one that was taken
  bool byte_tokenizer = false;
  std::vector<std::string> warnings;
};
OpenModel open_model(const std::filesystem::path& path, const std::string& device, const std::string& dtype,
                     std::int64_t threads, const TensorLoaded& loaded = {});

}  // namespace variometer
