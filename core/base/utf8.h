// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace variometer {

/// Length of the well-formed UTF-8 sequence at the front of `text` (not empty); 0: malformed.
std::size_t utf8_length(std::string_view text);

/// One character and the bytes it takes.
struct Utf8Character {
  char32_t code = 0;
  std::size_t size = 0;
};
/// The character at the front of well-formed UTF-8 (not empty).
inline Utf8Character first_character(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<char32_t>(static_cast<unsigned char>(text[i])); };
  const char32_t lead = at(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xE0) return {(lead & 0x1FU) << 6U | (at(1) & 0x3FU), 2};
  if (lead < 0xF0) return {(lead & 0x0FU) << 12U | (at(1) & 0x3FU) << 6U | (at(2) & 0x3FU), 3};
  return {(lead & 0x07U) << 18U | (at(1) & 0x3FU) << 12U | (at(2) & 0x3FU) << 6U | (at(3) & 0x3FU), 4};
}
/// Where the last character of well-formed UTF-8 (not empty) begins.
std::size_t last_character_begin(std::string_view text);

void append_utf8(std::string& text, char32_t code);

/// `text` with every malformed part replaced by U+FFFD, so that JSON, HDF5 and the window accept it. A sequence that
/// begins well and breaks off is one part, as everywhere on the web; any other bad byte is one by itself.
std::string printable_utf8(std::string_view text);

/// Offset of the first byte that is not well-formed UTF-8, or npos.
std::size_t first_malformed(std::string_view text);

/// Offset of the first byte that is not UTF-8 text (malformed, or NUL), or npos.
std::size_t first_non_text(std::string_view text);

/// How many bytes at the end of `text` begin a character that is not finished yet (0 to 3).
std::size_t n_unfinished_byte(std::string_view text);

}  // namespace variometer
