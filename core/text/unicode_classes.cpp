// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/unicode_classes.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "core/base/utf8.h"

namespace variometer {
namespace {

// All lists were found by asking `tokenizers` 0.23.3 about every code point and comparing with ICU 72 (Unicode 15) and
// Oniguruma 6.9.8 (Unicode 14).
constexpr std::array<CodeRange, 35> kNewerLetters{{
    {0x1C89, 0x1C8A},   {0xA7CB, 0xA7CD},   {0xA7DA, 0xA7DC},   {0x105C0, 0x105F3}, {0x10D4A, 0x10D65},
    {0x10D6F, 0x10D85}, {0x10EC2, 0x10EC4}, {0x1123F, 0x11240}, {0x11380, 0x11389}, {0x1138B, 0x1138B},
    {0x1138E, 0x1138E}, {0x11390, 0x113B5}, {0x113B7, 0x113B7}, {0x113D1, 0x113D1}, {0x113D3, 0x113D3},
    {0x11BC0, 0x11BE0}, {0x11F02, 0x11F02}, {0x11F04, 0x11F10}, {0x11F12, 0x11F33}, {0x1342F, 0x1342F},
    {0x13441, 0x13446}, {0x13460, 0x143FA}, {0x16100, 0x1611D}, {0x16D40, 0x16D6C}, {0x18CFF, 0x18CFF},
    {0x1B132, 0x1B132}, {0x1B155, 0x1B155}, {0x1DF25, 0x1DF2A}, {0x1E030, 0x1E06D}, {0x1E4D0, 0x1E4EB},
    {0x1E5D0, 0x1E5ED}, {0x1E5F0, 0x1E5F0}, {0x2B739, 0x2B739}, {0x2EBF0, 0x2EE5D}, {0x31350, 0x323AF},
}};
constexpr std::array<CodeRange, 10> kNewerNumbers{{
    {0x10D40, 0x10D49},
    {0x116D0, 0x116E3},
    {0x11BF0, 0x11BF9},
    {0x11F50, 0x11F59},
    {0x16130, 0x16139},
    {0x16D70, 0x16D79},
    {0x1CCF0, 0x1CCF9},
    {0x1D2C0, 0x1D2D3},
    {0x1E4F0, 0x1E4F9},
    {0x1E5F1, 0x1E5FA},
}};
constexpr std::array<CodeRange, 2> kNewestDigits{{{0x11DE0, 0x11DE9}, {0x16FF4, 0x16FF6}}};
constexpr std::array<CodeRange, 32> kNewerWord{{
    {0x897, 0x897},     {0x1C89, 0x1C8A},   {0xA7CB, 0xA7CD},   {0xA7DA, 0xA7DC},   {0x105C0, 0x105F3},
    {0x10D40, 0x10D65}, {0x10D69, 0x10D6D}, {0x10D6F, 0x10D85}, {0x10EC2, 0x10EC4}, {0x10EFC, 0x10EFC},
    {0x11380, 0x11389}, {0x1138B, 0x1138B}, {0x1138E, 0x1138E}, {0x11390, 0x113B5}, {0x113B7, 0x113C0},
    {0x113C2, 0x113C2}, {0x113C5, 0x113C5}, {0x113C7, 0x113CA}, {0x113CC, 0x113D3}, {0x113E1, 0x113E2},
    {0x116D0, 0x116E3}, {0x11BC0, 0x11BE0}, {0x11BF0, 0x11BF9}, {0x11F5A, 0x11F5A}, {0x13460, 0x143FA},
    {0x16100, 0x16139}, {0x16D40, 0x16D6C}, {0x16D70, 0x16D79}, {0x18CFF, 0x18CFF}, {0x1CCF0, 0x1CCF9},
    {0x1E5D0, 0x1E5FA}, {0x2EBF0, 0x2EE5D},
}};
// Upper case since Unicode 16 whose lower case is the next character.
constexpr std::array<char32_t, 6> kNewerUpperCase{0x1C89, 0xA7CC, 0xA7CE, 0xA7D2, 0xA7D4, 0xA7DA};

template <std::size_t kSize>
bool in(const std::array<CodeRange, kSize>& ranges, char32_t code) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), code,
                                      [](char32_t value, const CodeRange& range) { return value < range.first; });
  return after != ranges.begin() && code <= std::prev(after)->last;
}

UChar32 icu(char32_t code) { return static_cast<UChar32>(code); }
std::uint32_t mask(char32_t code) { return U_GET_GC_MASK(icu(code)); }

/// Was the character there in that version of Unicode?
bool known_in(char32_t code, int version) {
  UVersionInfo age{};
  u_charAge(icu(code), age);
  return age[0] > 0 && age[0] <= version;
}

bool is_ascii_punctuation(char32_t code) {
  return (code >= 33 && code <= 47) || (code >= 58 && code <= 64) || (code >= 91 && code <= 96) ||
         (code >= 123 && code <= 126);
}

}  // namespace

std::span<const CodeRange> newer_letters() { return kNewerLetters; }
std::span<const CodeRange> newer_numbers() { return kNewerNumbers; }

bool is_letter(char32_t code) { return (mask(code) & U_GC_L_MASK) != 0 || in(kNewerLetters, code); }
bool is_number(char32_t code) { return (mask(code) & U_GC_N_MASK) != 0 || in(kNewerNumbers, code); }
bool is_digit(char32_t code) { return is_number(code) || in(kNewestDigits, code); }

bool is_white_space(char32_t code) {
  return (code >= 9 && code <= 13) || code == 32 || code == 0x85 || code == 0xA0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x2028 || code == 0x2029 || code == 0x202F || code == 0x205F ||
         code == 0x3000;
}

bool is_word(char32_t code) {
  constexpr std::uint32_t kMasks = U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK;
  return (mask(code) & kMasks) != 0 || u_hasBinaryProperty(icu(code), UCHAR_ALPHABETIC) != 0 ||
         u_hasBinaryProperty(icu(code), UCHAR_JOIN_CONTROL) != 0 || in(kNewerWord, code);
}

bool is_punctuation(char32_t code) {
  if (code < 0x80) return is_ascii_punctuation(code);
  if (code == 0x166D || code == 0x111C9) return true;  // so in Unicode 8, moved since
  return (mask(code) & U_GC_P_MASK) != 0 && known_in(code, 8);
}

bool is_combining_mark(char32_t code) {
  if (code == 0x1CF2 || code == 0x1CF3) return true;
  return (mask(code) & U_GC_M_MASK) != 0 && code != 0x111C9 && known_in(code, 9);
}

bool is_nonspacing_mark(char32_t code) {
  if (code == 0x1734) return true;
  if (code == 0x1885 || code == 0x1886 || code == 0xA9BD || code == 0x111C9) return false;
  return (mask(code) & U_GC_MN_MASK) != 0 && known_in(code, 8);
}

bool is_bert_control(char32_t code) {
  if (code == '\t' || code == '\n' || code == '\r') return false;
  const bool non_character = (code & 0xFFFEU) == 0xFFFE || (code >= 0xFDD0 && code <= 0xFDEF);
  return (mask(code) & U_GC_C_MASK) != 0 && known_in(code, 8) && !non_character;
}

void append_lower_case(std::string& text, char32_t code) {
  if (code == 0x130) {  // the one character whose lower case is two
    text += "i\xCC\x87";
    return;
  }
  if (code == 0xA7CB) return append_utf8(text, 0x264);
  if (code == 0xA7DC) return append_utf8(text, 0x19B);
  if (code >= 0x10D50 && code <= 0x10D65) return append_utf8(text, code + 0x20);
  if (code >= 0x16EA0 && code <= 0x16EB8) return append_utf8(text, code + 0x1B);
  if (std::ranges::find(kNewerUpperCase, code) != kNewerUpperCase.end()) return append_utf8(text, code + 1);
  append_utf8(text, static_cast<char32_t>(u_tolower(icu(code))));
}

}  // namespace variometer
