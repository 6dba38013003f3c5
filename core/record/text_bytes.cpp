// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/text_bytes.h"

#include <algorithm>
#include <cstdint>

namespace variometer {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// Bytes of the well-formed character at `at`, or 0.
std::size_t character(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return first == 0 ? 0 : 1;
  const std::size_t n = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + n > text.size()) return 0;
  std::uint32_t code = first & (0xFFU >> (n + 1));
  for (std::size_t i = 1; i < n; ++i) {
    if (!continues(text[at + i])) return 0;
    code = code << 6U | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  }
  constexpr std::uint32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  return code < kSmallest[n] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF) ? 0 : n;
}

}  // namespace

std::size_t whole_characters(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text.size();
  std::size_t n = most;
  while (n > 0 && most - n < 4 && continues(text[n])) --n;
  return n > 0 && !continues(text[n]) ? n : most;
}

std::string storable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t n = character(text, i);
    if (n == 0) {
      out += "\xEF\xBF\xBD";
      ++i;
    } else {
      out += text.substr(i, n);
      i += n;
    }
  }
  return out;
}

std::vector<std::string> pieces(std::string_view text, std::size_t most) {
  std::vector<std::string> out;
  do {
    const std::size_t n = whole_characters(text, most);
    out.emplace_back(text.substr(0, n));
    text.remove_prefix(n);
  } while (!text.empty());
  return out;
}

}  // namespace variometer
