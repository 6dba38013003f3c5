// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/config.h"
#include "core/base/snapshot.h"

namespace variometer {

/// TVR's target in `layer` (from 0): target_std, or target_std / sqrt(layer + 1) with scale_with_depth.
inline double tvr_target_in_layer(const TvrConfig& config, std::int64_t layer) {
  if (!config.scale_with_depth) return config.target_std;
  return config.target_std / std::sqrt(static_cast<double>(layer) + 1.0);
}

/// The target of this tensor; nothing where TVR leaves it alone: it is no matrix of a block, or an entry of the
/// blacklist is a part of its name. An empty entry is a part of no name.
inline std::optional<double> tvr_target_of(const TvrConfig& config, const TensorInfo& info) {
  if (!info.tvr_target) return std::nullopt;
  const auto names_it = [&](const std::string& part) {
    return !part.empty() && info.name.find(part) != std::string::npos;
  };
  if (std::any_of(config.blacklist.begin(), config.blacklist.end(), names_it)) return std::nullopt;
  return tvr_target_in_layer(config, info.layer);
}

}  // namespace variometer
