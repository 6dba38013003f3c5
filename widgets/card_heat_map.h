// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSpinBox>

#include "widgets/card_plot.h"
#include "widgets/raster.h"

namespace variometer {

/// |h| of one layer, token x channel, of the newest frame; logarithmic colour, pooled so that the largest |h| under a
/// pixel is the one drawn. Asks for frames of the layer chosen in its header. While the view is held newer frames wait,
/// but for those of another layer, which the user asked for.
class HeatMapCard : public PlotCard {
  Q_OBJECT
 public:
  explicit HeatMapCard(StepAxis* steps, QWidget* parent = nullptr);
  void setFrame(const FramePtr& frame) override;
  QString summary() const override { return summary_; }
  CardTable cells(Rows rows) const override;
  std::optional<FigureRecipe> recipe() const override;
  const Raster& raster() const { return *raster_; }
  QVariantMap state() const override;
  void setState(const QVariantMap& state) override;
  Offer offer(const SeriesPick& pick) const override;
  void add(const SeriesPick& pick) override { layer_->setValue(pick.layer); }

 protected:
  void restart() override;
  void take(const RunHistory& history) override;
  void showStep(const RunHistory& history, std::int64_t step) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void showFrame();
  void showScale();
  QStringList describe(double x, double y) const;
  Raster* raster_;
  QSpinBox* layer_;
  FramePtr frame_, waiting_;
  QString summary_;
};

}  // namespace variometer
