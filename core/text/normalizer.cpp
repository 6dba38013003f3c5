// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/normalizer.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uniset.h>

#include <memory>

#include "core/base/error.h"
#include "core/text/byte_characters.h"
#include "core/text/pattern_json.h"
#include "core/text/tokenizer_json.h"
#include "core/text/unicode_classes.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

using nlohmann::json;

constexpr int kDeepest = 16;

/// Every character of `text` through `change`, which appends what stands for it.
template <class Change>
void each_character(std::string& text, Change change) {
  std::string changed;
  changed.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto character = first_character(std::string_view(text).substr(i));
    change(changed, character.code);
    i += character.size;
  }
  text = std::move(changed);
}

/// `tokenizers` normalises by Unicode 9: what came later it leaves alone, and does not reorder.
const icu::UnicodeSet& unicode_9() {
  static const auto kSet = [] {
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeSet set(icu::UnicodeString("[:age=9.0:]"), status);
    if (U_FAILURE(status)) throw file_error(std::string("ICU lacks the ages of characters: ") + u_errorName(status));
    set.freeze();
    return set;
  }();
  return kSet;
}

std::shared_ptr<const icu::Normalizer2> unicode_form(const std::string& name) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* form = name == "NFC"    ? icu::Normalizer2::getNFCInstance(status)
                                 : name == "NFD"  ? icu::Normalizer2::getNFDInstance(status)
                                 : name == "NFKC" ? icu::Normalizer2::getNFKCInstance(status)
                                                  : icu::Normalizer2::getNFKDInstance(status);
  if (U_FAILURE(status)) throw file_error(name + " is not available in this ICU: " + u_errorName(status));
  return std::make_shared<const icu::FilteredNormalizer2>(*form, unicode_9());
}

void to_unicode_form(std::string& text, const icu::Normalizer2& form) {
  std::string changed;
  changed.reserve(text.size());
  icu::StringByteSink<std::string> sink(&changed);
  UErrorCode status = U_ZERO_ERROR;
  form.normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())), sink, nullptr, status);
  if (U_FAILURE(status)) throw file_error(std::string("a text cannot be normalised: ") + u_errorName(status));
  text = std::move(changed);
}

void strip(NormalizedText& item, bool left, bool right) {
  std::string& text = item.text;
  std::size_t begin = 0;
  while (left && begin < text.size()) {
    const auto character = first_character(std::string_view(text).substr(begin));
    if (!is_white_space(character.code)) break;
    begin += character.size;
  }
  while (right && text.size() > begin) {
    const std::size_t last = last_character_begin(text);
    if (!is_white_space(first_character(std::string_view(text).substr(last)).code)) break;
    text.resize(last);
  }
  text.erase(0, begin);
  if (begin > 0) item.at_start = false;
}

void to_lower_case(std::string& text) { each_character(text, append_lower_case); }

void without(NormalizedText& item, bool (*unwanted)(char32_t)) {
  if (!item.text.empty() && unwanted(first_character(item.text).code)) item.at_start = false;
  each_character(item.text, [&](std::string& out, char32_t code) {
    if (!unwanted(code)) append_utf8(out, code);
  });
}

void clean_as_nmt(NormalizedText& item) {
  without(item, [](char32_t c) {
    return (c >= 0x1 && c <= 0x8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F;
  });
  each_character(item.text, [](std::string& out, char32_t c) {
    const bool space = c == 0x9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 || (c >= 0x200B && c <= 0x200F) ||
                       c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
    append_utf8(out, space ? U' ' : c);
  });
}

bool is_chinese(char32_t c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) || (c >= 0x20000 && c <= 0x2A6DF) ||
         (c >= 0x2A700 && c <= 0x2B73F) || (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

struct BertSettings {
  bool clean = true, chinese = true, accents = false, lower = true;
  std::shared_ptr<const icu::Normalizer2> decompose = unicode_form("NFD");
};

void clean_as_bert(NormalizedText& item, const BertSettings& settings) {
  if (settings.clean) {
    without(item, [](char32_t c) { return c == 0 || c == 0xFFFD || is_bert_control(c); });
    each_character(item.text, [](std::string& out, char32_t c) { append_utf8(out, is_white_space(c) ? U' ' : c); });
  }
  if (settings.chinese) {
    each_character(item.text, [](std::string& out, char32_t c) {
      if (is_chinese(c)) out.push_back(' ');
      append_utf8(out, c);
      if (is_chinese(c)) out.push_back(' ');
    });
  }
  if (settings.accents) {
    to_unicode_form(item.text, *settings.decompose);
    without(item, is_nonspacing_mark);
  }
  if (settings.lower) to_lower_case(item.text);
}

void replace_all(NormalizedText& item, const Pattern& pattern, const std::string& content) {
  std::string changed;
  changed.reserve(item.text.size());
  std::size_t at = 0;
  pattern.for_each_match(item.text, [&](std::size_t begin, std::size_t end) {
    changed.append(item.text, at, begin - at);
    changed += content;
    if (begin == 0 && content.empty() && end > 0) item.at_start = false;
    at = end;
  });
  changed.append(item.text, at);
  item.text = std::move(changed);
}

}  // namespace

Pattern json_pattern(const json& component) {
  const json* pattern = json_find(component, "pattern");
  if (pattern != nullptr && pattern->is_object()) {
    if (json_find(*pattern, "String") != nullptr) return Pattern::literal(json_text(*pattern, "String"));
    if (json_find(*pattern, "Regex") != nullptr) return Pattern::expression(json_text(*pattern, "Regex"));
  }
  throw file_error("pattern must be {\"String\": ...} or {\"Regex\": ...}");
}

Normalizer::Normalizer(const json& description) {
  if (!description.is_null()) add(description, 0);
}

void Normalizer::add(const json& description, int depth) {
  if (depth > kDeepest) throw file_error("normalizer: nested too deeply; the file is damaged");
  const std::string type = json_text(description, "type");
  if (type == "Sequence") {
    const json* parts = json_find(description, "normalizers");
    if (parts == nullptr || !parts->is_array()) throw file_error("normalizer Sequence: normalizers must be a list");
    for (const auto& part : *parts) add(part, depth + 1);
  } else if (type == "NFC" || type == "NFD" || type == "NFKC" || type == "NFKD") {
    steps_.emplace_back([form = unicode_form(type)](NormalizedText& item) { to_unicode_form(item.text, *form); });
  } else if (type == "Lowercase") {
    steps_.emplace_back([](NormalizedText& item) { to_lower_case(item.text); });
  } else if (type == "Strip") {
    const bool left = json_flag(description, "strip_left", true);
    const bool right = json_flag(description, "strip_right", true);
    steps_.emplace_back([left, right](NormalizedText& item) { strip(item, left, right); });
  } else if (type == "StripAccents") {
    steps_.emplace_back([](NormalizedText& item) { without(item, is_combining_mark); });
  } else if (type == "Prepend") {
    steps_.emplace_back([front = json_text(description, "prepend")](NormalizedText& item) {
      if (!item.text.empty()) item.text.insert(0, front);
    });
  } else if (type == "Replace") {
    steps_.emplace_back([pattern = json_pattern(description), content = json_text(description, "content")](
                            NormalizedText& item) { replace_all(item, pattern, content); });
  } else if (type == "ByteLevel") {
    steps_.emplace_back([](NormalizedText& item) {
      std::string mapped;
      append_byte_characters(mapped, item.text);
      item.text = std::move(mapped);
    });
  } else if (type == "Nmt") {
    steps_.emplace_back(clean_as_nmt);
  } else if (type == "BertNormalizer") {
    BertSettings settings;
    settings.clean = json_flag(description, "clean_text", true);
    settings.chinese = json_flag(description, "handle_chinese_chars", true);
    settings.lower = json_flag(description, "lowercase", true);
    settings.accents = json_flag(description, "strip_accents", settings.lower);
    steps_.emplace_back([settings](NormalizedText& item) { clean_as_bert(item, settings); });
  } else {
    throw file_error("normalizer " + type.substr(0, 40) + " is not supported");
  }
}

}  // namespace variometer
