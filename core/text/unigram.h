// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <utility>

#include "core/text/prefix_finder.h"
#include "core/text/token_model.h"

namespace variometer {

/// A unigram language model over pieces: takes the cut of highest total score.
class UnigramModel : public TokenModel {
 public:
  /// The id of a piece is its place. Throws Error(file) where `unknown` is no piece.
  UnigramModel(std::vector<std::pair<std::string, double>> pieces, std::optional<std::size_t> unknown,
               bool byte_fallback);

  void encode(std::string_view piece, TokenScratch& scratch, std::vector<std::int32_t>& ids) const override;
  const char* name() const override { return "Unigram"; }
  std::size_t n_entry() const override { return scores_.size(); }

 private:
  void search(std::string_view piece, TokenScratch& scratch) const;
  void add_part(std::string_view part, std::vector<std::int32_t>& ids) const;

  PrefixFinder finder_;
  std::vector<double> scores_;
  double unknown_score_ = 0;
  std::int32_t unknown_id_ = -1;
  bool byte_fallback_;
};

}  // namespace variometer
