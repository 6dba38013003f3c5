// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace variometer {

/// The character that stands for each byte in byte-level vocabularies, as UTF-8: printable Latin-1 stands for itself,
/// the rest is counted up from U+0100.
const std::array<std::string, 256>& byte_characters();

/// The byte a character stands for, or -1.
int byte_of_character(char32_t code);

void append_byte_characters(std::string& text, std::string_view bytes);

}  // namespace variometer
