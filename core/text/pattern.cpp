// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/pattern.h"

#include <oniguruma.h>

#include <array>
#include <mutex>
#include <span>
#include <utility>

#include "core/base/error.h"
#include "core/text/known_patterns.h"
#include "core/text/unicode_classes.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

const OnigUChar* bytes(const char* text) { return reinterpret_cast<const OnigUChar*>(text); }

std::string message_of(int code, OnigErrorInfo* info = nullptr) {
  std::array<OnigUChar, ONIG_MAX_ERROR_MESSAGE_LEN> text{};
  const int n = onig_error_code_to_str(text.data(), code, info);
  return {reinterpret_cast<const char*>(text.data()), static_cast<std::size_t>(n)};
}

std::shared_ptr<void> compile(const std::string& expression) {
  static std::once_flag once;
  std::call_once(once, [] {
    std::array<OnigEncoding, 1> encodings{ONIG_ENCODING_UTF8};
    onig_initialize(encodings.data(), 1);
  });
  const std::string text = with_newer_characters(expression);
  OnigRegex regex = nullptr;
  OnigErrorInfo info{};
  const int status = onig_new(&regex, bytes(text.data()), bytes(text.data() + text.size()), ONIG_OPTION_NONE,
                              ONIG_ENCODING_UTF8, ONIG_SYNTAX_DEFAULT, &info);
  if (status != ONIG_NORMAL) {
    throw file_error("the regular expression " + expression.substr(0, 80) + " is wrong: " + message_of(status, &info));
  }
  return {regex, [](void* held) { onig_free(static_cast<OnigRegex>(held)); }};
}

/// "\x{1C89}-\x{1C8A}..." for the inside of [ ].
std::string class_text(std::span<const CodeRange> ranges) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto hex = [&](char32_t code) {
    std::string digits;
    for (; code != 0; code >>= 4U) digits.insert(digits.begin(), kHex[code & 15U]);
    return "\\x{" + digits + "}";
  };
  std::string text;
  for (const auto& range : ranges) {
    text += hex(range.first);
    if (range.last != range.first) text += "-" + hex(range.last);
  }
  return text;
}

class Region {
 public:
  Region() : region_(onig_region_new()) {}
  ~Region() { onig_region_free(region_, 1); }
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  OnigRegion* get() const { return region_; }

 private:
  OnigRegion* region_;
};

void search(OnigRegex regex, std::string_view text, const std::function<void(std::size_t, std::size_t)>& found) {
  const Region region;
  const OnigUChar* const begin = bytes(text.data());
  const OnigUChar* const end = begin + text.size();
  std::size_t from = 0;
  std::size_t last_end = std::string_view::npos;
  while (from <= text.size()) {
    const int place = onig_search(regex, begin, end, begin + from, end, region.get(), ONIG_OPTION_NONE);
    if (place == ONIG_MISMATCH) return;
    if (place < 0) throw file_error("a regular expression of the tokenizer gave up on this text: " + message_of(place));
    const auto match_begin = static_cast<std::size_t>(region.get()->beg[0]);
    const auto match_end = static_cast<std::size_t>(region.get()->end[0]);
    if (match_begin == match_end && match_end == last_end) {
      // An empty match right behind a match is none: go on one character later.
      from += from < text.size() ? first_character(text.substr(from)).size : 1;
      continue;
    }
    found(match_begin, match_end);
    from = last_end = match_end;
  }
}

}  // namespace

std::string with_newer_characters(std::string_view expression) {
  static const std::string letters = class_text(newer_letters());
  static const std::string numbers = class_text(newer_numbers());
  std::string text;
  int class_depth = 0;
  for (std::size_t i = 0; i < expression.size(); ++i) {
    const std::string_view rest = expression.substr(i);
    const bool letter = rest.starts_with("\\p{L}");
    if (letter || rest.starts_with("\\p{N}")) {
      const std::string& newer = letter ? letters : numbers;
      text +=
          class_depth > 0 ? std::string(rest.substr(0, 5)) + newer : "[" + std::string(rest.substr(0, 5)) + newer + "]";
      i += 4;
    } else if (rest.front() == '\\' && rest.size() > 1) {
      text += rest.substr(0, 2);
      ++i;
    } else {
      if (rest.front() == '[') ++class_depth;
      if (rest.front() == ']' && class_depth > 0) --class_depth;
      text.push_back(rest.front());
    }
  }
  return text;
}

Pattern Pattern::literal(std::string text) {
  Pattern pattern;
  if (text.empty()) return expression("");  // matches between all characters
  pattern.text_ = std::move(text);
  return pattern;
}

Pattern Pattern::expression(const std::string& expression) {
  Pattern pattern;
  pattern.by_hand_ = known_pattern(expression);
  if (pattern.by_hand_ == nullptr) pattern.regex_ = compile(expression);
  return pattern;
}

void Pattern::for_each_match(std::string_view text, const std::function<void(std::size_t, std::size_t)>& found) const {
  if (by_hand_ != nullptr) {
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = by_hand_(text, begin);
      found(begin, end);
      begin = end;
    }
  } else if (!text_.empty()) {
    for (std::size_t begin = text.find(text_); begin != std::string_view::npos;) {
      found(begin, begin + text_.size());
      begin = text.find(text_, begin + text_.size());
    }
  } else {
    search(static_cast<OnigRegex>(regex_.get()), text, found);
  }
}

}  // namespace variometer
