// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace variometer {

/// The tokenizer of byte models: every byte is its own token, and BOS stands before every sequence.
inline constexpr std::int32_t kBosToken = 256;
inline constexpr std::int64_t kByteVocabulary = 257;

/// BOS and the bytes of `text`.
std::vector<std::int32_t> encode_bytes(std::string_view text);

/// The bytes of `ids`; BOS and anything above is left out. May be invalid UTF-8: see printable_utf8.
std::string decode_bytes(std::span<const std::int32_t> ids);

/// `text` with every malformed UTF-8 sequence replaced by U+FFFD, so that JSON, HDF5 and the window accept it.
std::string printable_utf8(std::string_view text);

/// What the window writes at a token's place: "S", "<bos>", "\n", "<0xC3>" for a byte that is no character alone.
std::string byte_token_text(std::int32_t id);
std::vector<std::string> byte_token_texts(std::span<const std::int32_t> ids);

/// Offset of the first byte that is not UTF-8 text (malformed, or NUL), or npos.
std::size_t first_non_text(std::string_view text);

}  // namespace variometer
