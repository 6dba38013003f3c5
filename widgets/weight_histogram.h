// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/inspector.h"
#include "widgets/card_plot.h"

namespace variometer {

/// How the values of one weight spread: counts in equal bins over its whole range, logarithmic, so that lone outliers
/// are seen.
class WeightHistogram : public PlotCard {
  Q_OBJECT
 public:
  explicit WeightHistogram(QWidget* parent = nullptr);
  void setWeight(const WeightSummaryPtr& weight);
  const WeightSummaryPtr& weight() const { return weight_; }

 protected:
  void restart() override {}
  void take(const RunHistory&) override {}

 private:
  PlotLine* line_;
  WeightSummaryPtr weight_;
};

}  // namespace variometer
