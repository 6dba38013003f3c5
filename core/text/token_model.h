// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/string_table.h"

namespace variometer {

struct TokenizerJson;

/// Memory that one call of a tokenizer uses again and again: what pieces became, and the working space of the models.
struct TokenScratch;

/// The `model` of a tokenizer.json: turns a piece into token ids. Immutable; shared by threads.
class TokenModel {
 public:
  virtual ~TokenModel() = default;

  /// Appends the ids of `piece` (well-formed UTF-8, not empty). Throws Error(file) where the model needs an unknown
  /// token and has none.
  virtual void encode(std::string_view piece, TokenScratch& scratch, std::vector<std::int32_t>& ids) const = 0;
  /// "BPE" ...
  virtual const char* name() const = 0;
  /// The number that added tokens are counted from.
  virtual std::size_t n_entry() const { return vocabulary_.size(); }

  const StringTable& vocabulary() const { return vocabulary_; }

 protected:
  StringTable vocabulary_;
};

/// Builds the model; takes the flat lists out of `description`. Throws Error(file).
std::unique_ptr<TokenModel> make_token_model(TokenizerJson& description);

}  // namespace variometer
