// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/sentencepiece_model.h"

#include <algorithm>
#include <tuple>

#include "core/base/error.h"
#include "core/text/string_table.h"
#include "core/base/utf8.h"
#include "core/text/vocabulary_files.h"

namespace variometer {
namespace {

using nlohmann::json;

constexpr const char* kSpace = "\xE2\x96\x81";  // U+2581 stands for a space
constexpr std::size_t kLongestPiece = 4096;     // sentencepiece itself makes none over 16 characters unless told to

std::string id_text(const SentencepieceModel& model, std::int32_t id) {
  return id < 0 ? std::string() : model.pieces[static_cast<std::size_t>(id)].text;
}

json replace(const char* from, const char* to) {
  return {{"type", "Replace"}, {"pattern", {{"String", from}}}, {"content", to}};
}

/// Control pieces are special; pieces users asked for are found in the raw text.
json added_tokens(const SentencepieceModel& model, const TokenizerConfig& config) {
  json list = json::array();
  for (const auto& piece : model.pieces) {
    const bool special = piece.kind == PieceKind::control || piece.kind == PieceKind::unknown;
    if (!special && piece.kind != PieceKind::user_defined) continue;
    list.push_back({{"content", piece.text}, {"special", special}, {"normalized", false}});
  }
  auto named = config;
  named.tokenizer_class.clear();  // the model itself names what its class would take for granted
  for (auto& token : added_tokens_of(named)) list.push_back(std::move(token));
  return list;
}

void describe_bpe(const SentencepieceModel& model, const TokenizerConfig& config, TokenizerJson& description) {
  for (std::size_t id = 0; id < model.pieces.size(); ++id) {
    description.vocab.emplace_back(model.pieces[id].text, static_cast<std::int32_t>(id));
  }
  // Without a token for the tab its byte stands for it.
  const auto has = [&](std::string_view text) {
    return std::ranges::any_of(model.pieces, [&](const auto& piece) { return piece.text == text; });
  };
  const auto tab = std::ranges::find(model.pieces, "<0x09>", &SentencepieceModel::Piece::text);
  if (!model.dummy_prefix && tab != model.pieces.end() && !has("\t")) {
    description.vocab.emplace_back("\t", static_cast<std::int32_t>(tab - model.pieces.begin()));
  }
  description.merges = merges_from_scores(model.pieces);
  description.rest["model"] = {{"type", "BPE"}, {"fuse_unk", true}, {"byte_fallback", true}};
  if (model.unknown_id >= 0) description.rest["model"]["unk_token"] = id_text(model, model.unknown_id);
  const json spaces = replace(" ", kSpace);
  json decoders = json::array({replace(kSpace, " "), {{"type", "ByteFallback"}}, {{"type", "Fuse"}}});
  if (model.dummy_prefix) {
    if (json_flag(config.config, "legacy", true)) {
      const json parts = json::array({{{"type", "Prepend"}, {"prepend", kSpace}}, spaces});
      description.rest["normalizer"] = {{"type", "Sequence"}, {"normalizers", parts}};
    } else {
      description.rest["pre_tokenizer"] = {
          {"type", "Metaspace"}, {"replacement", kSpace}, {"prepend_scheme", "first"}, {"split", false}};
    }
    decoders.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  } else {
    description.rest["normalizer"] = spaces;
  }
  description.rest["decoder"] = {{"type", "Sequence"}, {"decoders", decoders}};
}

void describe_unigram(const SentencepieceModel& model, TokenizerJson& description) {
  if (model.has_character_map) {
    throw file_error(
        "a unigram model with a table of characters is not supported; a tokenizer.json beside it would be");
  }
  for (const auto& piece : model.pieces) description.pieces.emplace_back(piece.text, piece.score);
  description.rest["model"] = {{"type", "Unigram"}, {"byte_fallback", model.byte_fallback}};
  if (model.unknown_id >= 0) description.rest["model"]["unk_id"] = model.unknown_id;
  json steps = json::array();
  if (model.remove_extra_spaces) {
    steps.push_back({{"type", "Strip"}, {"strip_left", false}, {"strip_right", true}});
    steps.push_back({{"type", "Replace"}, {"pattern", {{"Regex", " {2,}"}}}, {"content", kSpace}});
  }
  description.rest["normalizer"] = {{"type", "Sequence"}, {"normalizers", steps}};
  const json metaspace{
      {"type", "Metaspace"}, {"replacement", kSpace}, {"prepend_scheme", model.dummy_prefix ? "always" : "never"}};
  description.rest["pre_tokenizer"] = metaspace;
  description.rest["decoder"] = metaspace;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> merges_from_scores(
    const std::vector<SentencepieceModel::Piece>& pieces) {
  struct Candidate {
    std::string_view left, right;
    float score = 0;
    std::size_t left_length = 0, right_length = 0;  // in characters
  };
  StringTable ids;
  ids.reserve(pieces.size());
  for (std::size_t id = 0; id < pieces.size(); ++id) ids.add(pieces[id].text, static_cast<std::int32_t>(id));
  std::vector<Candidate> all;
  std::vector<std::tuple<std::int32_t, std::int32_t, Candidate>> of_piece;
  for (const auto& piece : pieces) {
    const std::string_view text = piece.text;
    if (text.size() > kLongestPiece)
      throw file_error("a piece of " + std::to_string(text.size()) + " bytes is too long");
    of_piece.clear();
    std::size_t n_character = 0;
    for (std::size_t at = 0; at < text.size(); ++n_character) at += first_character(text.substr(at)).size;
    std::size_t n_left = 0;
    for (std::size_t at = text.empty() ? 0 : first_character(text).size; at < text.size();) {
      ++n_left;
      const auto left = ids.find(text.substr(0, at));
      const auto right = left < 0 ? -1 : ids.find(text.substr(at));
      if (right >= 0) {
        of_piece.emplace_back(
            left, right, Candidate{text.substr(0, at), text.substr(at), piece.score, n_left, n_character - n_left});
      }
      at += first_character(text.substr(at)).size;
    }
    std::ranges::stable_sort(of_piece, {},
                             [](const auto& item) { return std::pair(std::get<0>(item), std::get<1>(item)); });
    for (const auto& item : of_piece) all.push_back(std::get<2>(item));
  }
  std::ranges::stable_sort(all, [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.score, a.left_length, a.right_length) > std::tuple(b.score, b.left_length, b.right_length);
  });
  std::vector<std::pair<std::string, std::string>> merges;
  merges.reserve(all.size());
  for (const auto& candidate : all) merges.emplace_back(candidate.left, candidate.right);
  return merges;
}

TokenizerJson json_from_sentencepiece(const SentencepieceModel& model, const TokenizerConfig& config) {
  TokenizerJson description;
  if (model.type == SentencepieceModel::Type::bpe) {
    describe_bpe(model, config, description);
  } else if (model.type == SentencepieceModel::Type::unigram) {
    describe_unigram(model, description);
  } else {
    throw file_error("a sentencepiece model of words or characters is not supported");
  }
  description.rest["added_tokens"] = added_tokens(model, config);
  const auto around = [&](const char* flag, bool otherwise, const char* key, std::int32_t id) {
    if (!json_flag(config.config, flag, otherwise)) return std::string();
    const auto named = special_token(config.config, key);
    return named ? *named : id_text(model, id);
  };
  TokenizerJson ids;  // by which the template finds ids
  for (std::size_t id = 0; id < model.pieces.size(); ++id) {
    ids.vocab.emplace_back(model.pieces[id].text, static_cast<std::int32_t>(id));
  }
  description.rest["post_processor"] = template_around(ids, around("add_bos_token", true, "bos_token", model.bos_id),
                                                       around("add_eos_token", false, "eos_token", model.eos_id));
  return description;
}

}  // namespace variometer
