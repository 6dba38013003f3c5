// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

namespace variometer {

/// The regular expression of GPT-2's tokenizer, which ByteLevel cuts with.
inline constexpr std::string_view kGpt2Pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// A function that does the work of one of the expressions published models use (GPT-2, cl100k, Qwen), about twenty
/// times faster than a regular expression: the end of the match that begins at `begin` (each matches everywhere). Null
/// for any other.
std::size_t (*known_pattern(std::string_view expression))(std::string_view text, std::size_t begin);

}  // namespace variometer
