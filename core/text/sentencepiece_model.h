// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/bos_eos.h"
#include "core/text/tokenizer_json.h"

namespace variometer {

/// What sentencepiece calls the kinds of its pieces; GGUF files have the same numbers.
enum class PieceKind : std::int32_t { normal = 1, unknown = 2, control = 3, user_defined = 4, unused = 5, byte = 6 };

/// The content of a tokenizer.model.
struct SentencepieceModel {
  struct Piece {
    std::string text;
    float score = 0;
    PieceKind kind = PieceKind::normal;
  };
  enum class Type { unigram = 1, bpe = 2, word = 3, character = 4 };

  std::vector<Piece> pieces;  ///< by id
  Type type = Type::unigram;
  bool byte_fallback = false;
  std::int32_t unknown_id = 0, bos_id = 1, eos_id = 2;  ///< -1: none
  bool dummy_prefix = true;                             ///< a space before a text
  bool remove_extra_spaces = true;
  bool has_character_map = false;  ///< texts are normalised by a table in the file
};

/// Reads the file from memory; every length is checked against what is there. Throws Error(file).
SentencepieceModel parse_sentencepiece(std::string_view bytes);

/// The same tokenizer as a tokenizer.json, the way Hugging Face converts it: merges are found from the pieces and their
/// scores. `config` decides what is put around a text. Throws Error(file).
TokenizerJson json_from_sentencepiece(const SentencepieceModel& model, const TokenizerConfig& config);

/// Every way to put a piece together from two others, in the order sentencepiece would take them.
std::vector<std::pair<std::string, std::string>> merges_from_scores(
    const std::vector<SentencepieceModel::Piece>& pieces);

}  // namespace variometer
