// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <utility>

#include "core/text/token_model.h"

namespace variometer {

using VocabularyList = std::vector<std::pair<std::string, std::int32_t>>;

/// Takes the longest token a word begins with, then the longest of the rest with a prefix, and so on.
class WordPieceModel : public TokenModel {
 public:
  struct Settings {
    std::string unknown = "[UNK]";
    std::string prefix = "##";       ///< of every token that does not begin a word
    std::size_t longest_word = 100;  ///< in characters; a longer word is unknown
  };
  WordPieceModel(VocabularyList vocabulary, Settings settings);

  void encode(std::string_view piece, TokenScratch& scratch, std::vector<std::int32_t>& ids) const override;
  const char* name() const override { return "WordPiece"; }

 private:
  Settings settings_;
  std::size_t longest_token_ = 0;
};

/// A piece is a token, or unknown.
class WordLevelModel : public TokenModel {
 public:
  WordLevelModel(VocabularyList vocabulary, std::string unknown);

  void encode(std::string_view piece, TokenScratch& scratch, std::vector<std::int32_t>& ids) const override;
  const char* name() const override { return "WordLevel"; }

 private:
  std::string unknown_;
};

}  // namespace variometer
