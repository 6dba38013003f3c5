// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>

#include "widgets/card_plot.h"
#include "widgets/number_field.h"
#include "widgets/raster.h"

namespace variometer {

/// |h| of one layer, token x channel, of the newest frame of that layer; logarithmic colour, pooled so that the largest
/// |h| under a pixel is the one drawn. The layer in its header is the one that is drawn, always: where there is no
/// frame of it the card says so, and asks the run for one. Until a layer is chosen it goes with the frames. While the
/// view is held newer frames wait.
class HeatMapCard : public PlotCard {
  Q_OBJECT
 public:
  explicit HeatMapCard(StepAxis* steps, QWidget* parent = nullptr);
  void setFrame(const FramePtr& frame) override;
  FramePtr frame() const override { return frame_; }
  int layer() const { return static_cast<int>(layer_->whole()); }
  QString summary() const override { return summary_; }
  CardTable cells(Rows rows) const override;
  std::optional<FigureRecipe> recipe() const override;
  const Raster& raster() const { return *raster_; }
  QVariantMap state() const override;
  void setState(const QVariantMap& state) override;
  Offer offer(const SeriesPick& pick) const override;
  void add(const SeriesPick& pick) override { choose(pick.layer); }

 protected:
  void restart() override;
  void take(const RunHistory& history) override;
  void showStep(const RunHistory& history, std::int64_t step) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void choose(int layer);
  void setLayerSilently(int layer);
  void showLayer();
  void showNothing();
  void showFrame();
  void showScale();
  QStringList describe(double x, double y) const;
  Raster* raster_;
  NumberField* layer_;
  FramePtr frame_, waiting_;
  std::map<int, FramePtr> frames_;  ///< the newest of each layer that came
  bool chosen_ = false;             ///< the layer, by the user or the layout
  bool asked_ = false;              ///< this run, for frames of the layer
  QString summary_;
};

}  // namespace variometer
