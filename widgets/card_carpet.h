// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card_plot.h"
#include "widgets/layer_measure.h"
#include "widgets/raster.h"

class QComboBox;

namespace variometer {

/// Weight std of one role as colours, layer against step: where variance grows, and where TVR tames it.
class WeightCarpetCard : public PlotCard {
  Q_OBJECT
 public:
  explicit WeightCarpetCard(StepAxis* steps, QWidget* parent = nullptr);
  QString summary() const override { return summary_; }
  std::optional<FigureRecipe> recipe() const override;
  const Raster& raster() const { return *raster_; }
  QVariantMap state() const override;
  void setState(const QVariantMap& state) override;
  Offer offer(const SeriesPick& pick) const override;
  void add(const SeriesPick& pick) override;

 protected:
  void restart() override;
  void take(const RunHistory& history) override;
  void showStep(const RunHistory& history, std::int64_t step) override;

 private:
  QString roleOf(const SeriesPick& pick) const;
  LayerReader reader_;
  QComboBox* role_;
  Raster* raster_;
  std::size_t taken_ = 0;
  double low_ = 0, high_ = 0;  ///< finite, above zero
  QString summary_;
};

}  // namespace variometer
