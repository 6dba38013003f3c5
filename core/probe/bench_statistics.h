// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace variometer {

/// One line of `variometer bench statistics`: the same numbers from our kernel and from ATen operators, measured in
/// turn.
struct StatisticsBench {
  std::string what;          ///< what is computed, in words
  std::int64_t n = 0;        ///< values read
  double ours_seconds = 0;   ///< shortest of the repetitions, one thread
  double torch_seconds = 0;  ///< shortest, one thread: the ATen operators that give the same numbers
  double ratio = 0;          ///< torch / ours
  double ours_bytes_per_second = 0;
};

/// Block outputs and weights of usual sizes, normal data with one massive activation. Takes about
/// 2 x seconds_per_row x rows; LibTorch runs on one thread meanwhile (and is set back). CPU.
std::vector<StatisticsBench> bench_statistics(double seconds_per_row = 0.3);

}  // namespace variometer
