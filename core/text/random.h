// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

namespace variometer {

/// xoshiro256** seeded by splitmix64: small, fast, and its whole state is four words that a checkpoint can hold.
/// Batches, the sentence generator and text samples draw from it, so that a run is the same with any LibTorch. Not
/// thread-safe; each user owns one.
class Random {
 public:
  using State = std::array<std::uint64_t, 4>;

  explicit Random(std::uint64_t seed);

  std::uint64_t next();
  /// Uniform in [0, n), n > 0, without modulo bias.
  std::uint64_t below(std::uint64_t n);
  /// Uniform in [0, 1), 53 bits.
  double uniform();

  const State& state() const { return state_; }
  void set_state(const State& state) { state_ = state; }

 private:
  State state_{};
};

}  // namespace variometer
