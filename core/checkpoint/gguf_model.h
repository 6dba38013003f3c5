// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/checkpoint/gguf.h"

namespace variometer {

/// What config.json would say about the model in the file, in Hugging Face's keys, so that a GGUF file goes the same
/// way as a folder from there on. Throws Error(file): an architecture, a split file or an option there is no decoder
/// for.
nlohmann::json hf_config_from_gguf(const GgufFile& file);

/// One tensor of the file as Hugging Face would have saved it.
struct GgufWeight {
  std::string name;                 ///< Hugging Face's
  std::vector<std::int64_t> shape;  ///< Hugging Face's
  const GgufTensor* tensor = nullptr;
  std::int64_t first_row = 0;      ///< of the file's tensor, where this is a part of it
  std::vector<std::int64_t> rows;  ///< row r is the file's row first_row + rows[r]; empty: in order
  bool transposed = false;         ///< the file holds [out, in], Hugging Face [in, out]
  bool minus_one = false;          ///< the file holds 1 + the value (Gemma's norms)
};

/// All weights, in the file's order. Tensors no architecture has keep their name. Throws Error(file): a tensor whose
/// shape does not go with the metadata, or twice the same weight.
std::vector<GgufWeight> gguf_weights(const GgufFile& file);

}  // namespace variometer
