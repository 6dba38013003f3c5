// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/word_models.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/text/token_scratch.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

void fill(StringTable& table, VocabularyList& vocabulary) {
  table.reserve(vocabulary.size());
  for (auto& [token, id] : vocabulary) table.add(std::move(token), id);
}

std::int32_t unknown_id(const StringTable& table, const std::string& unknown) {
  const std::int32_t id = table.find(unknown);
  if (id < 0) {
    throw file_error("this text needs the unknown token " + unknown.substr(0, 40) + ", which is not in the vocabulary");
  }
  return id;
}

}  // namespace

WordPieceModel::WordPieceModel(VocabularyList vocabulary, Settings settings) : settings_(std::move(settings)) {
  for (const auto& entry : vocabulary) longest_token_ = std::max(longest_token_, entry.first.size());
  fill(vocabulary_, vocabulary);
}

void WordPieceModel::encode(std::string_view piece, TokenScratch& scratch, std::vector<std::int32_t>& ids) const {
  std::size_t n_character = 0;
  for (std::size_t i = 0; i < piece.size(); ++n_character) i += first_character(piece.substr(i)).size;
  if (n_character > settings_.longest_word) return ids.push_back(unknown_id(vocabulary_, settings_.unknown));
  const std::size_t n_before = ids.size();
  for (std::size_t begin = 0; begin < piece.size();) {
    std::int32_t id = -1;
    std::size_t end = piece.size();
    while (end > begin) {
      scratch.text = begin > 0 ? settings_.prefix : std::string();
      if (scratch.text.size() + end - begin <= longest_token_) {
        scratch.text += piece.substr(begin, end - begin);
        id = vocabulary_.find(scratch.text);
        if (id >= 0) break;
      }
      end = begin + last_character_begin(piece.substr(begin, end - begin));
    }
    if (id < 0) {
      ids.resize(n_before);
      return ids.push_back(unknown_id(vocabulary_, settings_.unknown));
    }
    ids.push_back(id);
    begin = end;
  }
}

WordLevelModel::WordLevelModel(VocabularyList vocabulary, std::string unknown) : unknown_(std::move(unknown)) {
  fill(vocabulary_, vocabulary);
}

void WordLevelModel::encode(std::string_view piece, TokenScratch& /*scratch*/, std::vector<std::int32_t>& ids) const {
  const std::int32_t id = vocabulary_.find(piece);
  ids.push_back(id >= 0 ? id : unknown_id(vocabulary_, unknown_));
}

}  // namespace variometer
