// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer.h"

namespace variometer {
namespace {

bool is_continuation(unsigned char byte) { return (byte & 0xC0U) == 0x80; }

/// Length of the well-formed UTF-8 sequence at the front of `text`; 0: malformed.
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return 1;
  const std::size_t n = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < n) return 0;
  for (std::size_t i = 1; i < n; ++i) {
    if (!is_continuation(at(i))) return 0;
  }
  // No overlong forms, no surrogates, nothing past U+10FFFF.
  if (lead == 0xE0 && at(1) < 0xA0) return 0;
  if (lead == 0xED && at(1) > 0x9F) return 0;
  if (lead == 0xF0 && at(1) < 0x90) return 0;
  if (lead == 0xF4 && at(1) > 0x8F) return 0;
  return n;
}

}  // namespace

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

std::string printable_utf8(std::string_view text) {
  std::string printable;
  printable.reserve(text.size());
  while (!text.empty()) {
    const std::size_t n = sequence_length(text);
    if (n == 0) {
      printable += "\xEF\xBF\xBD";
      text.remove_prefix(1);
    } else {
      printable += text.substr(0, n);
      text.remove_prefix(n);
    }
  }
  return printable;
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

std::size_t first_non_text(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t n = text[i] == '\0' ? 0 : sequence_length(text.substr(i));
    if (n == 0) return i;
    i += n;
  }
  return std::string_view::npos;
}

}  // namespace variometer
