// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/config.h"
#include "core/base/snapshot.h"

namespace variometer {

/// How widely the weights that TVR may rescale are spread: over the matrices of the blocks, one standard deviation each.
struct WeightSpread {
  double median = 0, least = 0, most = 0;
  std::int64_t n_measured = 0;  ///< matrices; 0: nothing is known
  std::int64_t n_matrix = 0;    ///< that there are
};

/// Of the finite standard deviations given; empty: n_measured is 0.
WeightSpread spread_of(std::vector<double> stds);
/// Of a run's matrices as last measured.
WeightSpread spread_of(const std::vector<TensorInfo>& tensors, const WeightSnapshot& weights);

/// A standard deviation for TVR to hold the weights at, proposed from the one in force (nothing measured: from the width
/// alone); tvr_target.cpp says how the rule was found. Rounded to two digits. A single published number cannot fit all: the 0.01 of arXiv 2503.17500 is for
/// a width of 2048, and ruins a model of width 64.
double proposed_tvr_target(const ModelConfig& model, const WeightSpread& spread);
/// Where that comes from, in words: "half the weights' median std of 0.222".
std::string tvr_target_reason(const ModelConfig& model, const WeightSpread& spread);

/// `value` with so many significant digits, as a person would round it.
double rounded_to(double value, int digits);

}  // namespace variometer
