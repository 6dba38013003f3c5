// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/added_tokens.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/text/tokenizer_json.h"
#include "core/text/unicode_classes.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

using nlohmann::json;

/// Where the white space before `at` begins, not before `least`.
std::size_t spaces_before(std::string_view text, std::size_t at, std::size_t least) {
  while (at > least) {
    const std::size_t begin = last_character_begin(text.substr(0, at));
    if (!is_white_space(first_character(text.substr(begin)).code)) break;
    at = begin;
  }
  return at;
}

std::size_t spaces_after(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    const auto character = first_character(text.substr(at));
    if (!is_white_space(character.code)) break;
    at += character.size;
  }
  return at;
}

bool touches_word(std::string_view text, std::size_t begin, std::size_t end) {
  const bool before =
      begin > 0 && is_word(first_character(text.substr(last_character_begin(text.substr(0, begin)))).code);
  return before || (end < text.size() && is_word(first_character(text.substr(end)).code));
}

}  // namespace

AddedToken AddedTokens::read(const json& description) {
  if (!description.is_object()) throw file_error("added_tokens: an entry is no object");
  AddedToken token;
  token.content = json_text(description, "content");
  token.single_word = json_flag(description, "single_word", false);
  token.strip_left = json_flag(description, "lstrip", false);
  token.strip_right = json_flag(description, "rstrip", false);
  token.special = json_flag(description, "special", false);
  token.normalized = json_flag(description, "normalized", !token.special);
  return token;
}

std::vector<std::string> AddedTokens::add(const json& list, const TokenModel& model, const Normalizer& normalizer) {
  if (list.is_null()) return {};
  if (!list.is_array()) throw file_error("added_tokens must be a list");
  std::vector<std::string> warnings;
  const auto n_entry = static_cast<std::int32_t>(model.n_entry());
  std::int32_t next = std::max(n_entry, tokens_.empty() ? 0 : largest_id() + 1);
  for (const auto& description : list) {
    AddedToken token = read(description);
    if (token.content.empty()) continue;
    std::int32_t id = id_of(token.content);
    if (id < 0) id = model.vocabulary().find(token.content);
    if (id < 0) id = next++;
    const json* claimed = json_find(description, "id");
    if (claimed != nullptr && json_id(*claimed, "added_tokens: id") != id && warnings.size() < 3) {
      warnings.push_back("added token " + token.content.substr(0, 40) + " says id " + claimed->dump() + " but gets " +
                         std::to_string(id) + ", as in Hugging Face tokenizers");
    }
    normalized_texts_.erase(id);
    if (token.normalized) {
      NormalizedText text{token.content};
      normalizer.apply(text);
      if (text.text != token.content) normalized_texts_[id] = text.text;
    }
    ids_[token.content] = id;
    if (token.special) special_.insert(token.content);
    tokens_[id] = std::move(token);
  }
  std::vector<std::pair<std::string, std::int32_t>> raw, normalized;
  for (const auto& [id, token] : tokens_) {
    if (token.normalized) {
      normalized.emplace_back(*text_of(id), id);
    } else {
      raw.emplace_back(token.content, id);
    }
  }
  // Where two have one text the larger id counts, whatever the order of the map.
  std::ranges::sort(raw, {}, &std::pair<std::string, std::int32_t>::second);
  std::ranges::sort(normalized, {}, &std::pair<std::string, std::int32_t>::second);
  raw_ = PrefixFinder(std::move(raw));
  normalized_ = PrefixFinder(std::move(normalized));
  return warnings;
}

std::vector<AddedTokens::Part> AddedTokens::find(std::string_view text, bool normalized) const {
  const PrefixFinder& finder = normalized ? normalized_ : raw_;
  std::vector<Part> parts;
  if (finder.empty()) return {{text, -1}};
  std::size_t text_begin = 0;              // of the text since the last token
  std::size_t run_begin = 1, run_end = 0;  // of white space that is known
  const auto add = [&](std::size_t begin, std::size_t end, std::int32_t id) {
    const AddedToken& token = tokens_.at(id);
    if (token.single_word && touches_word(text, begin, end)) return;
    // The one before may have taken more than its own characters.
    if (token.strip_left) begin = std::min(std::max(spaces_before(text, begin, text_begin), text_begin), end);
    if (token.strip_right) {
      // Tokens that are white space themselves would walk one long run again and again.
      if (end < run_begin || end > run_end) run_end = spaces_after(text, run_begin = end);
      end = run_end;
    }
    if (text_begin < begin) parts.push_back({text.substr(text_begin, begin - text_begin), -1});
    parts.push_back({text.substr(begin, end - begin), id});
    text_begin = end;
  };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t length = 0;
    std::int32_t id = -1;
    if (finder.begins_with(text[i])) {
      finder.for_each_prefix(text.substr(i), [&](std::size_t n, std::int32_t value) {
        length = n;
        id = value;
      });
    }
    if (id >= 0) add(i, i + length, id);
    i += std::max<std::size_t>(length, 1);
  }
  if (text_begin != text.size()) parts.push_back({text.substr(text_begin), -1});
  return parts;
}

std::int32_t AddedTokens::id_of(std::string_view content) const {
  const auto found = ids_.find(content);
  return found == ids_.end() ? -1 : found->second;
}

const std::string* AddedTokens::text_of(std::int32_t id) const {
  const auto found = tokens_.find(id);
  if (found == tokens_.end()) return nullptr;
  const auto changed = normalized_texts_.find(id);
  return changed == normalized_texts_.end() ? &found->second.content : &changed->second;
}

std::int32_t AddedTokens::largest_id() const {
  std::int32_t largest = -1;
  for (const auto& [content, id] : ids_) largest = std::max(largest, id);
  return largest;
}

}  // namespace variometer
