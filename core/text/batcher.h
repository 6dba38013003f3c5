// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/text/random.h"

namespace variometer {

/// B sequences of T tokens, row by row: BOS and T - 1 bytes, and the T bytes that follow each place.
struct Batch {
  std::int64_t n_sequence = 0, n_token = 0;
  std::vector<std::int64_t> ids;      ///< [B x T]
  std::vector<std::int64_t> targets;  ///< [B x T]
};

/// Cuts windows out of a text at random places, each with BOS at its start. Its whole position is the state of its
/// generator. The text must outlive it and hold at least one window. Not thread-safe.
class Batcher {
 public:
  Batcher(std::string_view text, std::int64_t n_sequence, std::int64_t n_token, std::uint64_t seed);

  Batch next();

  const Random::State& state() const { return random_.state(); }
  void set_state(const Random::State& state) { random_.set_state(state); }

 private:
  std::string_view text_;
  std::int64_t n_sequence_, n_token_;
  Random random_;
};

}  // namespace variometer
