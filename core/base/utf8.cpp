// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/utf8.h"

#include <algorithm>

namespace variometer {
namespace {

struct Sequence {
  std::size_t wanted = 1;  ///< bytes its first byte announces
  std::size_t good = 0;    ///< bytes that fit, from the front; 0: it cannot begin a character
};

Sequence sequence_at(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = at(0);
  if (lead < 0x80) return {1, 1};
  if (lead < 0xC2 || lead > 0xF4) return {1, 0};
  const std::size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  // No overlong forms, no surrogates, nothing past U+10FFFF: all decided by the second byte.
  const unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  const std::size_t n = std::min(wanted, text.size());
  for (std::size_t i = 1; i < n; ++i) {
    const bool fits = i == 1 ? at(i) >= low && at(i) <= high : (at(i) & 0xC0U) == 0x80;
    if (!fits) return {wanted, i};
  }
  return {wanted, n};
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  const Sequence sequence = sequence_at(text);
  return sequence.good == sequence.wanted ? sequence.good : 0;
}

std::size_t last_character_begin(std::string_view text) {
  std::size_t i = text.size() - 1;
  while (i > 0 && (static_cast<unsigned char>(text[i]) & 0xC0U) == 0x80) --i;
  return i;
}

void append_utf8(std::string& text, char32_t code) {
  const auto add = [&](char32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0U | code >> 6U);
    add(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    add(0xE0U | code >> 12U);
    add(0x80U | (code >> 6U & 0x3FU));
    add(0x80U | (code & 0x3FU));
  } else {
    add(0xF0U | code >> 18U);
    add(0x80U | (code >> 12U & 0x3FU));
    add(0x80U | (code >> 6U & 0x3FU));
    add(0x80U | (code & 0x3FU));
  }
}

std::string printable_utf8(std::string_view text) {
  std::string printable;
  printable.reserve(text.size());
  while (!text.empty()) {
    const Sequence sequence = sequence_at(text);
    if (sequence.good == sequence.wanted) {
      printable += text.substr(0, sequence.good);
    } else {
      printable += "\xEF\xBF\xBD";
    }
    text.remove_prefix(std::max<std::size_t>(sequence.good, 1));
  }
  return printable;
}

std::size_t first_malformed(std::string_view text) {
  std::size_t i = 0;
  while (i < text.size()) {
    if (static_cast<unsigned char>(text[i]) < 0x80) {
      ++i;
      continue;
    }
    const std::size_t n = utf8_length(text.substr(i));
    if (n == 0) return i;
    i += n;
  }
  return std::string_view::npos;
}

std::size_t first_non_text(std::string_view text) { return std::min(first_malformed(text), text.find('\0')); }

std::size_t n_unfinished_byte(std::string_view text) {
  for (std::size_t n = 1; n <= std::min<std::size_t>(3, text.size()); ++n) {
    const std::string_view tail = text.substr(text.size() - n);
    if ((static_cast<unsigned char>(tail[0]) & 0xC0U) == 0x80) continue;
    const Sequence sequence = sequence_at(tail);
    return sequence.good == n && sequence.wanted > n ? n : 0;
  }
  return 0;
}

}  // namespace variometer
