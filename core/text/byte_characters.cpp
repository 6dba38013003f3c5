// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/byte_characters.h"

#include "core/base/utf8.h"

namespace variometer {
namespace {

constexpr std::size_t kCodes = 0x144;  // one past the last character in use

bool is_printable(unsigned byte) { return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174; }

}  // namespace

const std::array<std::string, 256>& byte_characters() {
  static const auto kCharacters = [] {
    std::array<std::string, 256> characters;
    char32_t next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte) append_utf8(characters[byte], is_printable(byte) ? byte : next++);
    return characters;
  }();
  return kCharacters;
}

int byte_of_character(char32_t code) {
  static const auto kBytes = [] {
    std::array<int, kCodes> bytes{};
    bytes.fill(-1);
    for (int byte = 0; byte < 256; ++byte) {
      bytes[first_character(byte_characters()[static_cast<std::size_t>(byte)]).code] = byte;
    }
    return bytes;
  }();
  return code < kCodes ? kBytes[code] : -1;
}

void append_byte_characters(std::string& text, std::string_view bytes) {
  const auto& characters = byte_characters();
  text.reserve(text.size() + bytes.size() * 5 / 4);
  for (const char c : bytes) text += characters[static_cast<unsigned char>(c)];
}

}  // namespace variometer
