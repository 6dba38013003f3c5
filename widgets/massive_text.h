// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

#include "core/base/config.h"

namespace variometer {

// "Massive" is what the papers' rule calls so: |h| > 100 and > 1,000 x the median. What passes a ratio alone, as small
// models are watched by, is called an outlier.

/// "massive" or "outlier"; with a count, "3 massive" or "3 outliers".
QString massive_word(const ProbeConfig& probe);
QString massive_count(std::int64_t n, const ProbeConfig& probe);
/// "Massive activations" or "Outlier activations".
QString massive_title(const ProbeConfig& probe);
/// "|h| > 100 and > 1,000 × median"
QString massive_rule_text(const ProbeConfig& probe);
/// A sentence for tooltips: the rule in force, whose it is, and where the other one would be.
QString massive_explanation(const ProbeConfig& probe);

}  // namespace variometer
