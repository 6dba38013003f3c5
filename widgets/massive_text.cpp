// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/massive_text.h"

#include <QCoreApplication>

#include "widgets/number_text.h"

namespace variometer {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("variometer::Card", text); }

}  // namespace

QString massive_word(const ProbeConfig& probe) { return probe.ratio_only ? tr("outlier") : tr("massive"); }

QString massive_count(std::int64_t n, const ProbeConfig& probe) {
  const QString word = !probe.ratio_only ? tr("massive") : n == 1 ? tr("outlier") : tr("outliers");
  return count_text(n) + QLatin1Char(' ') + word;
}

QString massive_title(const ProbeConfig& probe) {
  return probe.ratio_only ? tr("Outlier activations") : tr("Massive activations");
}

QString massive_rule_text(const ProbeConfig& probe) {
  if (probe.ratio_only) return tr("|h| > %1 × median").arg(limit_text(probe.small_ratio_threshold));
  return tr("|h| > %1 and > %2 × median").arg(limit_text(probe.absolute_threshold), limit_text(probe.ratio_threshold));
}

QString massive_explanation(const ProbeConfig& probe) {
  const QString rule = tr("Rule in force: %1 of the layer").arg(massive_rule_text(probe));
  if (probe.ratio_only) {
    return rule + tr(", the ratio alone, as for small models. What passes is called an outlier; massive, by arXiv "
                     "2503.22329, is |h| > 100 and > 1,000 × median.");
  }
  return rule + tr(" (arXiv 2503.22329, eq. 1, has 100 and 1,000).");
}

}  // namespace variometer
