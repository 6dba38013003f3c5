// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/pre_tokenizer.h"

#include <utility>

#include "core/base/error.h"
#include "core/text/byte_characters.h"
#include "core/text/known_patterns.h"
#include "core/text/pattern_json.h"
#include "core/text/splitter.h"
#include "core/text/tokenizer_json.h"
#include "core/text/unicode_classes.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

using nlohmann::json;
using Sink = PieceSink;

constexpr int kDeepest = 16;

/// Hands the parts of `piece` on; the first is where the piece was.
class Parts {
 public:
  Parts(const TextPiece& piece, const Sink& sink) : piece_(piece), sink_(sink) {}
  void operator()(std::string_view part) const { sink_({part, piece_.at_start && part.data() == piece_.text.data()}); }

 private:
  const TextPiece& piece_;
  const Sink& sink_;
};

struct Cut {
  SplitBehavior behavior = SplitBehavior::isolated;
  bool invert = false;
};

void cut_at_pattern(const TextPiece& piece, const Pattern& pattern, const Cut& cut, const Sink& sink) {
  Splitter splitter(piece.text, cut.behavior, cut.invert, Parts(piece, sink));
  pattern.for_each_match(piece.text, [&](std::size_t begin, std::size_t end) { splitter.match(begin, end); });
  splitter.finish();
}

/// Cuts at every single character of a kind.
template <class Is>
void cut_at_characters(const TextPiece& piece, Is is, const Cut& cut, const Sink& sink) {
  Splitter splitter(piece.text, cut.behavior, cut.invert, Parts(piece, sink));
  for (std::size_t i = 0; i < piece.text.size();) {
    const auto character = first_character(piece.text.substr(i));
    if (is(character.code)) splitter.match(i, i + character.size);
    i += character.size;
  }
  splitter.finish();
}

/// \w+|[^\w\s]+
void cut_into_words(const TextPiece& piece, const Sink& sink) {
  const auto kind_of = [](char32_t code) { return is_word(code) ? 1 : is_white_space(code) ? 0 : 2; };
  Splitter splitter(piece.text, SplitBehavior::removed, /*invert=*/true, Parts(piece, sink));
  std::size_t begin = 0;
  int kind = 0;
  for (std::size_t i = 0; i < piece.text.size();) {
    const auto character = first_character(piece.text.substr(i));
    const int here = kind_of(character.code);
    if (here != kind) {
      if (kind != 0) splitter.match(begin, i);
      begin = i;
      kind = here;
    }
    i += character.size;
  }
  if (kind != 0) splitter.match(begin, piece.text.size());
  splitter.finish();
}

SplitBehavior behavior_of(const json& description, const std::string& otherwise) {
  const std::string name = json_text(description, "behavior", otherwise);
  if (name == "Isolated") return SplitBehavior::isolated;
  if (name == "Removed") return SplitBehavior::removed;
  if (name == "Contiguous") return SplitBehavior::contiguous;
  if (name == "MergedWithPrevious") return SplitBehavior::merged_with_previous;
  if (name == "MergedWithNext") return SplitBehavior::merged_with_next;
  throw file_error("pre_tokenizer: behavior " + name.substr(0, 40) + " is unknown");
}

std::string one_character(const json& description, const char* key) {
  std::string text = json_text(description, key);
  if (text.empty() || first_character(text).size != text.size()) {
    throw file_error(std::string("pre_tokenizer: ") + key + " must be one character");
  }
  return text;
}

struct ByteLevelSettings {
  bool prefix_space = true, use_regex = true;
};

void cut_byte_level(const TextPiece& piece, const ByteLevelSettings& settings, const Sink& sink) {
  static const Pattern kPattern = Pattern::expression(std::string(kGpt2Pattern));
  std::string prefixed;
  TextPiece whole = piece;
  if (settings.prefix_space && !piece.text.starts_with(' ')) {
    prefixed = " " + std::string(piece.text);
    whole.text = prefixed;
  }
  std::string mapped;
  const auto map = [&](const TextPiece& part) {
    mapped.clear();
    append_byte_characters(mapped, part.text);
    sink({mapped, part.at_start});
  };
  if (settings.use_regex) {
    cut_at_pattern(whole, kPattern, {}, map);
  } else {
    map(whole);
  }
}

enum class Prepend { always, first, never };

struct MetaspaceSettings {
  std::string replacement;
  Prepend prepend = Prepend::always;
  bool split = true;
};

MetaspaceSettings metaspace_settings(const json& description) {
  MetaspaceSettings settings;
  settings.replacement = one_character(description, "replacement");
  const std::string scheme = json_text(description, "prepend_scheme", "always");
  if (scheme != "always" && scheme != "first" && scheme != "never") {
    throw file_error("pre_tokenizer Metaspace: prepend_scheme " + scheme.substr(0, 40) + " is unknown");
  }
  settings.prepend = scheme == "always" ? Prepend::always : scheme == "first" ? Prepend::first : Prepend::never;
  if (!json_flag(description, "add_prefix_space", true)) {
    if (json_find(description, "prepend_scheme") != nullptr && settings.prepend != Prepend::never) {
      throw file_error("pre_tokenizer Metaspace: add_prefix_space and prepend_scheme contradict each other");
    }
    settings.prepend = Prepend::never;
  }
  settings.split = json_flag(description, "split", true);
  return settings;
}

void cut_metaspace(const TextPiece& piece, const MetaspaceSettings& settings, const Sink& sink) {
  std::string text;
  text.reserve(piece.text.size() + 16);
  for (const char c : piece.text) {
    if (c == ' ') {
      text += settings.replacement;
    } else {
      text.push_back(c);
    }
  }
  const bool wanted = settings.prepend == Prepend::always || (settings.prepend == Prepend::first && piece.at_start);
  if (wanted && !text.starts_with(settings.replacement)) text.insert(0, settings.replacement);
  const TextPiece whole{text, piece.at_start};
  if (!settings.split) return sink(whole);
  cut_at_pattern(whole, Pattern::literal(settings.replacement), {SplitBehavior::merged_with_next}, sink);
}

void cut_into_lengths(const TextPiece& piece, std::size_t length, const Sink& sink) {
  const Parts parts(piece, sink);
  std::size_t begin = 0;
  std::size_t n = 0;
  for (std::size_t i = 0; i < piece.text.size();) {
    i += first_character(piece.text.substr(i)).size;
    if (++n == length || i == piece.text.size()) {
      parts(piece.text.substr(begin, i - begin));
      begin = i;
      n = 0;
    }
  }
}

}  // namespace

PreTokenizer::PreTokenizer(const json& description) {
  if (!description.is_null()) add(description, 0);
}

void PreTokenizer::cut_from(std::size_t step, const TextPiece& piece, const Sink& sink) const {
  if (piece.text.empty()) return;
  if (step == steps_.size()) return sink(piece);
  steps_[step](piece, [&](const TextPiece& part) { cut_from(step + 1, part, sink); });
}

void PreTokenizer::add(const json& description, int depth) {
  if (depth > kDeepest) throw file_error("pre_tokenizer: nested too deeply; the file is damaged");
  const std::string type = json_text(description, "type");
  if (type == "Sequence") {
    const json* parts = json_find(description, "pretokenizers");
    if (parts == nullptr || !parts->is_array())
      throw file_error("pre_tokenizer Sequence: pretokenizers must be a list");
    for (const auto& part : *parts) add(part, depth + 1);
  } else if (type == "Split") {
    const Cut cut{behavior_of(description, ""), json_flag(description, "invert", false)};
    steps_.emplace_back([pattern = json_pattern(description), cut](const TextPiece& piece, const Sink& sink) {
      cut_at_pattern(piece, pattern, cut, sink);
    });
  } else if (type == "ByteLevel") {
    const ByteLevelSettings settings{json_flag(description, "add_prefix_space", true),
                                     json_flag(description, "use_regex", true)};
    steps_.emplace_back(
        [settings](const TextPiece& piece, const Sink& sink) { cut_byte_level(piece, settings, sink); });
  } else if (type == "Metaspace") {
    steps_.emplace_back([settings = metaspace_settings(description)](const TextPiece& piece, const Sink& sink) {
      cut_metaspace(piece, settings, sink);
    });
  } else if (type == "Digits") {
    const Cut cut{json_flag(description, "individual_digits", false) ? SplitBehavior::isolated
                                                                     : SplitBehavior::contiguous};
    steps_.emplace_back(
        [cut](const TextPiece& piece, const Sink& sink) { cut_at_characters(piece, is_digit, cut, sink); });
  } else if (type == "Punctuation") {
    const Cut cut{behavior_of(description, "Isolated")};
    steps_.emplace_back(
        [cut](const TextPiece& piece, const Sink& sink) { cut_at_characters(piece, is_punctuation, cut, sink); });
  } else if (type == "WhitespaceSplit") {
    steps_.emplace_back([](const TextPiece& piece, const Sink& sink) {
      cut_at_characters(piece, is_white_space, {SplitBehavior::removed}, sink);
    });
  } else if (type == "Whitespace") {
    steps_.emplace_back(cut_into_words);
  } else if (type == "BertPreTokenizer") {
    steps_.emplace_back([](const TextPiece& piece, const Sink& sink) {
      cut_at_characters(piece, is_white_space, {SplitBehavior::removed}, sink);
    });
    steps_.emplace_back(
        [](const TextPiece& piece, const Sink& sink) { cut_at_characters(piece, is_punctuation, {}, sink); });
  } else if (type == "CharDelimiterSplit" || type == "Delimiter") {
    const char32_t delimiter = first_character(one_character(description, "delimiter")).code;
    steps_.emplace_back([delimiter](const TextPiece& piece, const Sink& sink) {
      cut_at_characters(
          piece, [delimiter](char32_t code) { return code == delimiter; }, {SplitBehavior::removed}, sink);
    });
  } else if (type == "FixedLength") {
    const json* length = json_find(description, "length");
    const bool good = length == nullptr || (length->is_number_unsigned() && length->get<std::uint64_t>() > 0);
    if (!good) throw file_error("pre_tokenizer FixedLength: length must be a whole number from 1");
    const std::size_t n = length == nullptr ? 5 : length->get<std::size_t>();
    steps_.emplace_back([n](const TextPiece& piece, const Sink& sink) { cut_into_lengths(piece, n, sink); });
  } else {
    throw file_error("pre_tokenizer " + type.substr(0, 40) + " is not supported");
  }
}

}  // namespace variometer
