// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card_plot.h"
#include "widgets/raster.h"

class QSpinBox;

namespace variometer {

/// |h| of one layer, token x channel, of the newest frame; logarithmic colour, pooled so that the largest |h| under a
/// pixel is the one drawn. Asks for frames of the layer chosen in its header.
class HeatMapCard : public PlotCard {
  Q_OBJECT
 public:
  explicit HeatMapCard(StepAxis* steps, QWidget* parent = nullptr);
  void setFrame(const FramePtr& frame) override;
  QString summary() const override { return summary_; }
  QString table(QChar separator, Rows rows) const override;
  const Raster& raster() const { return *raster_; }
  QVariantMap state() const override;
  void setState(const QVariantMap& state) override;

 protected:
  void restart() override;
  void take(const RunHistory& history) override;

 private:
  QStringList describe(double x, double y) const;
  Raster* raster_;
  QSpinBox* layer_;
  FramePtr frame_;
  QString summary_;
};

}  // namespace variometer
