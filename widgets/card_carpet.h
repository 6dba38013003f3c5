// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card_layers.h"
#include "widgets/raster.h"

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

 protected:
  void restart() override;
  void take(const RunHistory& history) override;
  void showStep(const RunHistory& history, std::int64_t step) override;

 private:
  LayerReader reader_;
  QComboBox* role_;
  Raster* raster_;
  std::size_t taken_ = 0;
  double low_ = 0, high_ = 0;  ///< finite, above zero
  QString summary_;
};

}  // namespace variometer
