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
  void setModel(const QString& model) { model_ = model; }
  QString summary() const override;
  QString provenance() const override;
  /// One row a bin: its edges and how many values it holds; empty bins too.
  QString table(QChar separator, Rows rows) const override;

 protected:
  void restart() override {}
  void take(const RunHistory&) override {}

 private:
  PlotLine* line_;
  WeightSummaryPtr weight_;
  QString model_;
};

}  // namespace variometer
