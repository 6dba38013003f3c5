// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/text/random.h"
#include "core/text/token_span.h"

namespace variometer {

/// B sequences of T tokens, row by row: BOS and T - 1 tokens of the text, and the T tokens that follow each place.
/// Without a BOS: T tokens of the text, and those that follow.
struct Batch {
  std::int64_t n_sequence = 0, n_token = 0;
  std::vector<std::int64_t> ids;      ///< [B x T]
  std::vector<std::int64_t> targets;  ///< [B x T]
};

/// Tokens of a text that one sequence of `n_token` takes.
constexpr std::size_t tokens_in_window(std::int64_t n_token, bool has_bos) {
  return static_cast<std::size_t>(n_token) + (has_bos ? 0 : 1);
}

/// Cuts windows out of a text at random places, each with BOS at its start where there is one. Its whole position is
/// the state of its generator. The text must outlive it and hold at least one window. Not thread-safe.
class Batcher {
 public:
  Batcher(TokenSpan text, std::optional<std::int32_t> bos, std::int64_t n_sequence, std::int64_t n_token,
          std::uint64_t seed);
  /// A text of bytes.
  Batcher(std::string_view text, std::int64_t n_sequence, std::int64_t n_token, std::uint64_t seed);

  Batch next();

  const Random::State& state() const { return random_.state(); }
  void set_state(const Random::State& state) { random_.set_state(state); }

 private:
  TokenSpan text_;
  std::optional<std::int32_t> bos_;
  std::int64_t n_sequence_, n_token_;
  Random random_;
};

}  // namespace variometer
