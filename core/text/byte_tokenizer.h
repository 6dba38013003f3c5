// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/tokenizer.h"

namespace variometer {

/// The tokenizer of byte models: every byte is its own token, and BOS stands before every sequence.
inline constexpr std::int32_t kBosToken = 256;
inline constexpr std::int64_t kByteVocabulary = 257;

/// BOS and the bytes of `text`.
std::vector<std::int32_t> encode_bytes(std::string_view text);

/// The bytes of `ids`; BOS and anything above is left out. May be invalid UTF-8: see printable_utf8 (utf8.h).
std::string decode_bytes(std::span<const std::int32_t> ids);

/// What the window writes at a token's place: "S", "<bos>", "\n", "<0xC3>" for a byte that is no character alone.
std::string byte_token_text(std::int32_t id);
std::vector<std::string> byte_token_texts(std::span<const std::int32_t> ids);

/// The same behind the interface of all tokenizers. Texts are taken byte by byte: nothing in them is special.
class ByteTokenizer : public Tokenizer {
 public:
  ByteTokenizer() { bos_ = kBosToken; }

  std::string kind() const override { return "bytes"; }
  std::int64_t vocab_size() const override { return kByteVocabulary; }
  std::vector<std::int32_t> encode(std::string_view text, SpecialTokens special) const override;
  std::string decode(std::span<const std::int32_t> ids, SpecialTokens special) const override;
  std::string token_text(std::int32_t id) const override { return byte_token_text(id); }
};

}  // namespace variometer
