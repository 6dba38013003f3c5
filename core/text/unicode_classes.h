// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>

namespace variometer {

/// Character classes as Hugging Face `tokenizers` 0.23 sees them. Its parts carry different versions of Unicode (16 in
/// its regular expressions, 17 in its digits, 8 in its punctuation); ICU and Oniguruma of the machine are older or
/// newer, and the differences are listed in unicode_classes.cpp.
bool is_letter(char32_t code);       ///< \p{L}
bool is_number(char32_t code);       ///< \p{N}
bool is_digit(char32_t code);        ///< what Digits cuts at
bool is_white_space(char32_t code);  ///< \s
bool is_word(char32_t code);         ///< \w
bool is_punctuation(char32_t code);  ///< what Punctuation cuts at
bool is_combining_mark(char32_t code);
bool is_nonspacing_mark(char32_t code);
bool is_bert_control(char32_t code);

/// Lower-case form of one character, without regard to its neighbours, appended to `text`.
void append_lower_case(std::string& text, char32_t code);

struct CodeRange {
  char32_t first = 0, last = 0;
};
/// What \p{L} and \p{N} hold since Unicode 15, for regular expressions of an older library.
std::span<const CodeRange> newer_letters();
std::span<const CodeRange> newer_numbers();

}  // namespace variometer
