// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "core/base/config.h"
#include "core/base/massive_rule.h"
#include "core/base/snapshot.h"
#include "core/kernels/statistics.h"

namespace variometer {

/// Fills `layers[].top` and the list of massive activations from the block outputs (B, T, C) and their statistics.
/// Medians are per sequence; for one sequence the layer's own is used, for more only those needed are measured.
class MassiveFinder {
 public:
  MassiveFinder(const std::vector<at::Tensor>& outputs, const std::vector<Statistics>& statistics,
                const ProbeConfig& config);
  std::vector<ActivationPlace> top(std::size_t layer) const;
  std::vector<ActivationPlace> massive(std::size_t most_per_layer) const;

 private:
  struct Sequence {
    float median = 0;
    float largest = 0;
  };
  ActivationPlace place(std::size_t layer, const TopEntry& entry) const;
  void measure_sequences();

  const std::vector<at::Tensor>& outputs_;
  const std::vector<Statistics>& statistics_;
  const MassiveRule rule_;
  std::map<std::pair<std::size_t, std::int64_t>, Sequence> sequences_;  ///< by layer and row of the batch
};

}  // namespace variometer
