// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <map>
#include <string_view>

#include "core/base/json_text.h"
#include "core/text/tokenizer_json.h"

namespace variometer {
namespace {

using nlohmann::json;

/// Added tokens with every member, and the ids they have.
json whole_added_tokens(const TokenizerJson& description) {
  const json* list = json_find(description.rest, "added_tokens");
  if (list == nullptr) return json::array();
  std::map<std::string_view, std::int64_t> ids;
  for (const auto& [token, id] : description.vocab) ids.try_emplace(token, id);
  for (std::size_t i = 0; i < description.pieces.size(); ++i) {
    ids.try_emplace(description.pieces[i].first, static_cast<std::int64_t>(i));
  }
  auto next = static_cast<std::int64_t>(std::max(description.vocab.size(), description.pieces.size()));
  json whole = json::array();
  for (const auto& token : *list) {
    json entry{{"single_word", false}, {"lstrip", false}, {"rstrip", false}, {"normalized", true}, {"special", false}};
    entry.update(token);
    const auto content = json_text(token, "content");
    const auto found = ids.find(content);
    entry["id"] = found != ids.end() ? found->second : next++;
    whole.push_back(std::move(entry));
  }
  return whole;
}

json whole_model(const TokenizerJson& description) {
  const json* given = json_find(description.rest, "model");
  json model = given == nullptr ? json::object() : *given;
  if (!description.pieces.empty()) {
    json pieces = json::array();
    for (const auto& [piece, score] : description.pieces) pieces.push_back(json::array({piece, score}));
    model["vocab"] = std::move(pieces);
    return model;
  }
  json whole{{"dropout", nullptr},
             {"unk_token", nullptr},
             {"continuing_subword_prefix", nullptr},
             {"end_of_word_suffix", nullptr},
             {"fuse_unk", false},
             {"byte_fallback", false},
             {"ignore_merges", false}};
  whole.update(model);
  json vocab = json::object(), merges = json::array();
  for (const auto& [token, id] : description.vocab) vocab[token] = id;
  // Pairs say the same for pieces with a space in them, but programs of before 2024 do not read them.
  const bool as_pairs = std::ranges::any_of(description.merges, [](const auto& merge) {
    return merge.first.find(' ') != std::string::npos || merge.second.find(' ') != std::string::npos;
  });
  for (const auto& [left, right] : description.merges) {
    if (as_pairs) {
      merges.push_back(json::array({left, right}));
    } else {
      merges.push_back(left + " " + right);
    }
  }
  whole["vocab"] = std::move(vocab);
  whole["merges"] = std::move(merges);
  return whole;
}

}  // namespace

std::string tokenizer_json_text(const TokenizerJson& description) {
  json whole{{"version", "1.0"},         {"truncation", nullptr},     {"padding", nullptr}, {"normalizer", nullptr},
             {"pre_tokenizer", nullptr}, {"post_processor", nullptr}, {"decoder", nullptr}};
  whole.update(description.rest);
  whole["added_tokens"] = whole_added_tokens(description);
  whole["model"] = whole_model(description);
  return json_text(whole) + "\n";
}

}  // namespace variometer
