// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/parameter_count.h"

#include <algorithm>
#include <limits>

#include "core/model/layout.h"

namespace variometer {
namespace {

std::int64_t product(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_mul_overflow(a, b, &result) ? std::numeric_limits<std::int64_t>::max() : result;
}

std::int64_t sum(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_add_overflow(a, b, &result) ? std::numeric_limits<std::int64_t>::max() : result;
}

}  // namespace

std::int64_t count_parameters(const ModelConfig& config) {
  // The blocks of a model are alike: one is laid out, and counts for all. A form asks at every key.
  auto small = config;
  small.n_layer = std::min<std::int64_t>(config.n_layer, 1);
  std::int64_t outside = 0, block = 0;
  for (const auto& spec : layout_of(small).parameters) {
    if (spec.extra) continue;
    std::int64_t count = 1;
    for (const auto n : spec.info.shape) count = product(count, n);
    auto& part = spec.info.layer < 0 ? outside : block;
    part = sum(part, count);
  }
  return sum(outside, product(block, config.n_layer));
}

}  // namespace variometer
