// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/token_model.h"

#include "core/base/error.h"
#include "core/text/bpe.h"
#include "core/text/tokenizer_json.h"
#include "core/text/unigram.h"
#include "core/text/word_models.h"

namespace variometer {
namespace {

using nlohmann::json;

std::unique_ptr<TokenModel> make_bpe(const json& model, TokenizerJson& description) {
  BpeSettings settings;
  if (json_find(model, "unk_token") != nullptr) settings.unknown = json_text(model, "unk_token");
  settings.prefix = json_text(model, "continuing_subword_prefix", "");
  settings.suffix = json_text(model, "end_of_word_suffix", "");
  settings.fuse_unknown = json_flag(model, "fuse_unk", false);
  settings.byte_fallback = json_flag(model, "byte_fallback", false);
  settings.ignore_merges = json_flag(model, "ignore_merges", false);
  const json* dropout = json_find(model, "dropout");
  if (dropout != nullptr && (!dropout->is_number() || dropout->get<double>() != 0)) {
    throw file_error("BPE with dropout gives other tokens every time, which is not supported; set dropout to null");
  }
  auto result = std::make_unique<BpeModel>(std::move(description.vocab), description.merges, std::move(settings));
  description.merges.clear();
  description.merges.shrink_to_fit();
  return result;
}

std::unique_ptr<TokenModel> make_unigram(const json& model, TokenizerJson& description) {
  std::optional<std::size_t> unknown;
  if (const json* id = json_find(model, "unk_id")) unknown = static_cast<std::size_t>(json_id(*id, "unk_id"));
  return std::make_unique<UnigramModel>(std::move(description.pieces), unknown,
                                        json_flag(model, "byte_fallback", false));
}

std::unique_ptr<TokenModel> make_word_piece(const json& model, TokenizerJson& description) {
  WordPieceModel::Settings settings;
  settings.unknown = json_text(model, "unk_token", settings.unknown);
  settings.prefix = json_text(model, "continuing_subword_prefix", settings.prefix);
  if (const json* longest = json_find(model, "max_input_chars_per_word")) {
    if (!longest->is_number_unsigned()) throw file_error("max_input_chars_per_word must be a whole number");
    settings.longest_word = longest->get<std::size_t>();
  }
  return std::make_unique<WordPieceModel>(std::move(description.vocab), std::move(settings));
}

}  // namespace

std::unique_ptr<TokenModel> make_token_model(TokenizerJson& description) {
  const json* model = json_find(description.rest, "model");
  if (model == nullptr || !model->is_object()) throw file_error("model is missing; this is no tokenizer");
  std::string type = json_text(*model, "type", "");
  // Old files leave the type out.
  if (type.empty()) type = !description.pieces.empty() ? "Unigram" : "BPE";
  if (type != "Unigram" && !description.pieces.empty()) throw file_error("model.vocab must map tokens to ids");
  if (type == "Unigram" && !description.vocab.empty()) throw file_error("model.vocab must be a list of pieces");
  if (type == "BPE") return make_bpe(*model, description);
  if (type == "Unigram") return make_unigram(*model, description);
  if (type == "WordPiece") return make_word_piece(*model, description);
  if (type == "WordLevel") {
    return std::make_unique<WordLevelModel>(std::move(description.vocab), json_text(*model, "unk_token", "<unk>"));
  }
  throw file_error("model " + type.substr(0, 40) + " is not supported");
}

}  // namespace variometer
