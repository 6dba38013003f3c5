// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace variometer {

/// How long this machine takes to open a model and to tokenize. Seconds are the least of the rounds.
struct LoadBench {
  std::string model, device, dtype;
  std::int64_t weight_bytes = 0;  ///< as they lie in the file
  double open_seconds = 0;        ///< from the path to a model that can compute, tokenizer included
  double pass_seconds = 0;        ///< the first pass of 16 tokens: it reads what was only mapped
  double tokenizer_seconds = 0;   ///< opening the tokenizer alone; 0: it has none
  struct Text {
    std::string what;
    std::int64_t n_byte = 0, n_token = 0;
    double seconds = 0;
  };
  std::vector<Text> texts;  ///< sentences, and one word of the same length
};

/// Opens `model` again and again. device as in OpenOptions; threads 0: LibTorch's own choice. Throws Error.
LoadBench bench_load(const std::filesystem::path& model, std::int64_t rounds, const std::string& device = "cpu",
                     std::int64_t threads = 0);

}  // namespace variometer
