// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/text/added_tokens.h"
#include "core/text/normalizer.h"
#include "core/text/post_processor.h"
#include "core/text/pre_tokenizer.h"
#include "core/text/token_decoder.h"
#include "core/text/token_model.h"
#include "core/text/tokenizer.h"
#include "core/text/tokenizer_json.h"

namespace variometer {

/// A tokenizer.json, run as Hugging Face `tokenizers` runs it: added tokens, normalizer, added tokens again,
/// pre-tokenizer, model, post-processor; decoder. `truncation` and `padding` do not apply to whole texts.
class HfTokenizer : public Tokenizer {
 public:
  /// `source` names the file for `kind`. Throws Error(file) without a file name.
  HfTokenizer(TokenizerJson description, std::string source);

  std::string kind() const override { return std::string(model_->name()) + " (" + source_ + ")"; }
  std::int64_t vocab_size() const override;
  std::vector<std::int32_t> encode(std::string_view text, SpecialTokens special) const override;
  std::vector<std::int32_t> encode_long(std::string_view text, const EncodeProgress& progress) const override;
  std::string decode(std::span<const std::int32_t> ids, SpecialTokens special) const override;
  std::string token_text(std::int32_t id) const override;

  /// The id of a token as it stands in the vocabulary or among the added tokens.
  std::optional<std::int32_t> find(std::string_view token) const;
  /// `ends`: see below; where there are none, EOS.
  void set_bos_eos(std::optional<std::int32_t> bos, std::optional<std::int32_t> eos,
                   std::vector<std::int32_t> ends = {});

  /// The tokens after any of which a text that a model writes is at its end: what its files say, else EOS.
  const std::vector<std::int32_t>& ends() const { return ends_; }

  const PostProcessor& post_processor() const { return post_processor_; }
  /// What is odd about the file but does not keep it from working.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  const std::string* token(std::int32_t id) const;
  std::vector<std::int32_t> encode_text(std::string_view text, const EncodeProgress& progress) const;
  void encode_part(std::string_view text, bool at_start, TokenScratch& scratch, std::vector<std::int32_t>& ids) const;

  std::string source_;
  std::unique_ptr<TokenModel> model_;
  Normalizer normalizer_;
  PreTokenizer pre_tokenizer_;
  PostProcessor post_processor_;
  TokenDecoder decoder_;
  AddedTokens added_;
  std::vector<std::int32_t> ends_;
  std::vector<std::string> warnings_;
};

/// HfTokenizer::ends; none for a tokenizer of another kind, whose texts have no end.
std::vector<std::int32_t> ends_of(const Tokenizer& tokenizer);

}  // namespace variometer
