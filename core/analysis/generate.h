// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace variometer {

struct GenerateOptions {
  std::filesystem::path model;  ///< Hugging Face folder or checkpoint
  std::string prompt;
  std::int64_t n_token = 200;
  double temperature = 0.8;  ///< 0: always the likeliest
  std::int64_t top_k = 0;    ///< 0: all
  std::uint64_t seed = 1;
  std::string device = "auto";
  std::int64_t threads = 0;  ///< 0: LibTorch's own choice
};

/// Writes text with a model, handing out each piece as it is drawn: whole UTF-8 characters, malformed bytes as U+FFFD.
/// `piece` returns false to stop. Same options, same text. Returns warnings. Throws Error.
std::vector<std::string> generate(const GenerateOptions& options, const std::function<bool(const std::string&)>& piece);

}  // namespace variometer
