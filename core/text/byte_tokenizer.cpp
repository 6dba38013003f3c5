// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_tokenizer.h"

#include "core/base/utf8.h"

namespace variometer {
std::vector<std::int32_t> encode_bytes(std::string_view text) {
  std::vector<std::int32_t> ids;
  ids.reserve(text.size() + 1);
  ids.push_back(kBosToken);
  for (const char c : text) ids.push_back(static_cast<unsigned char>(c));
  return ids;
}

std::string decode_bytes(std::span<const std::int32_t> ids) {
  std::string text;
  text.reserve(ids.size());
  for (const std::int32_t id : ids) {
    if (id >= 0 && id < 256) text.push_back(static_cast<char>(id));
  }
  return text;
}

std::string byte_token_text(std::int32_t id) {
  if (id == kBosToken) return "<bos>";
  if (id == '\n') return "\\n";
  if (id == '\t') return "\\t";
  if (id == '\r') return "\\r";
  if (id >= 0x20 && id < 0x7F) return {static_cast<char>(id)};
  if (id < 0 || id > 255) return "<" + std::to_string(id) + ">";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<std::size_t>(id);
  return {'<', '0', 'x', kHex[byte >> 4U], kHex[byte & 15U], '>'};
}

std::vector<std::string> byte_token_texts(std::span<const std::int32_t> ids) {
  std::vector<std::string> texts;
  texts.reserve(ids.size());
  for (const std::int32_t id : ids) texts.push_back(byte_token_text(id));
  return texts;
}

std::vector<std::int32_t> ByteTokenizer::encode(std::string_view text, SpecialTokens special) const {
  auto ids = encode_bytes(text);
  if (special == SpecialTokens::leave_out) ids.erase(ids.begin());
  return ids;
}

std::string ByteTokenizer::decode(std::span<const std::int32_t> ids, SpecialTokens special) const {
  if (special == SpecialTokens::leave_out) return printable_utf8(decode_bytes(ids));
  std::string bytes;
  for (const std::int32_t id : ids) {
    if (id == kBosToken) {
      bytes += byte_token_text(id);
    } else {
      bytes += decode_bytes(std::span(&id, 1));
    }
  }
  return printable_utf8(bytes);
}

}  // namespace variometer
