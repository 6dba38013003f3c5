// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/known_patterns.h"

#include <array>
#include <string>

#include "core/text/unicode_classes.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

using std::string_view;

// The rest of cl100k's and Qwen's expressions, around how many digits stay together.
constexpr string_view kModernHead = R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)";
constexpr string_view kModernTail = R"(| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

enum class Class : unsigned char { letter, number, space, other };

Class class_of_any(char32_t code) {
  if (is_letter(code)) return Class::letter;
  if (is_number(code)) return Class::number;
  return is_white_space(code) ? Class::space : Class::other;
}

Class class_of(char32_t code) {
  static const auto kAscii = [] {
    std::array<Class, 128> table{};
    for (char32_t c = 0; c < table.size(); ++c) table[c] = class_of_any(c);
    return table;
  }();
  return code < kAscii.size() ? kAscii[code] : class_of_any(code);
}

/// One character of `text`, and what it is. Past the end: size 0.
struct Place {
  Class kind = Class::other;
  std::size_t size = 0;
  bool is(Class wanted) const { return size > 0 && kind == wanted; }
};
Place place_at(string_view text, std::size_t at) {
  if (at >= text.size()) return {};
  const auto character = first_character(text.substr(at));
  return {class_of(character.code), character.size};
}

/// The end of the run of `kind` from `at`, at most `most` characters.
std::size_t run_end(string_view text, std::size_t at, Class kind, std::size_t most = ~std::size_t{0}) {
  for (std::size_t n = 0; n < most; ++n) {
    const Place place = place_at(text, at);
    if (!place.is(kind)) break;
    at += place.size;
  }
  return at;
}

/// White space from `begin` on, of which the last character is left to what follows it: \s+(?!\S)|\s+
std::size_t spaces_end(string_view text, std::size_t begin, std::size_t end) {
  if (end == text.size()) return end;
  const std::size_t last = begin + last_character_begin(text.substr(begin, end - begin));
  return last > begin ? last : end;
}

std::size_t gpt2_end(string_view text, std::size_t begin) {
  const string_view rest = text.substr(begin);
  if (rest.front() == '\'') {
    for (const string_view ending : {"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"}) {
      if (rest.starts_with(ending)) return begin + ending.size();
    }
  }
  const Place first = place_at(text, begin);
  if (first.kind != Class::space) return run_end(text, begin, first.kind);
  if (rest.front() == ' ') {
    const Place next = place_at(text, begin + 1);
    if (next.size > 0 && next.kind != Class::space) return run_end(text, begin + 1, next.kind);
  }
  return spaces_end(text, begin, run_end(text, begin, Class::space));
}

/// (?i:'s|'t|'re|'ve|'m|'ll|'d): the bytes it takes at the front of `rest`, or 0. U+017F is an s as well.
std::size_t contraction(string_view rest) {
  if (rest.size() < 2 || rest.front() != '\'') return 0;
  const auto lower = [&](std::size_t i) {
    return i < rest.size() && rest[i] >= 'A' && rest[i] <= 'Z' ? static_cast<char>(rest[i] + 32)
           : i < rest.size()                                   ? rest[i]
                                                               : '\0';
  };
  const char second = lower(1);
  const char third = lower(2);
  if (second == 's' || second == 't' || second == 'm' || second == 'd') return 2;
  if ((second == 'r' && third == 'e') || (second == 'v' && third == 'e') || (second == 'l' && third == 'l')) return 3;
  return rest.substr(1).starts_with("\xC5\xBF") ? 3 : 0;
}

template <std::size_t kMostDigits>
std::size_t modern_end(string_view text, std::size_t begin) {
  const string_view rest = text.substr(begin);
  if (const std::size_t n = contraction(rest); n > 0) return begin + n;
  const Place first = place_at(text, begin);
  const bool line_end = rest.front() == '\r' || rest.front() == '\n';
  if (first.kind == Class::letter) return run_end(text, begin, Class::letter);
  if (first.kind == Class::number) return run_end(text, begin, Class::number, kMostDigits);
  const Place next = place_at(text, begin + first.size);
  if (!line_end && next.is(Class::letter)) return run_end(text, begin + first.size, Class::letter);
  const bool space = rest.front() == ' ' && next.is(Class::other);
  if (space || first.kind == Class::other) {
    std::size_t end = run_end(text, space ? begin + 1 : begin, Class::other);
    while (end < text.size() && (text[end] == '\r' || text[end] == '\n')) ++end;
    return end;
  }
  const std::size_t end = run_end(text, begin, Class::space);
  const std::size_t line = text.substr(begin, end - begin).find_last_of("\r\n");
  return line != string_view::npos ? begin + line + 1 : spaces_end(text, begin, end);
}

}  // namespace

std::size_t (*known_pattern(string_view expression))(string_view, std::size_t) {
  if (expression == kGpt2Pattern) return gpt2_end;
  if (!expression.starts_with(kModernHead) || !expression.ends_with(kModernTail)) return nullptr;
  if (expression.size() <= kModernHead.size() + kModernTail.size()) return nullptr;
  expression.remove_prefix(kModernHead.size());
  expression.remove_suffix(kModernTail.size());
  if (expression == R"(\p{N}{1,3})") return modern_end<3>;
  if (expression == R"(\p{N})") return modern_end<1>;
  return nullptr;
}

}  // namespace variometer
