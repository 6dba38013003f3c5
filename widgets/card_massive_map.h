// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card_plot.h"
#include "widgets/plot_discs.h"

namespace variometer {

/// Where massive activations sit on the probe prompt: layer against channel, a disc that grows with log |h|. The
/// largest |h| of a layer without any is shown hollow, so that the map is never bare; the value says how many pass the
/// rule.
class MassiveMapCard : public PlotCard {
  Q_OBJECT
 public:
  explicit MassiveMapCard(StepAxis* steps, QWidget* parent = nullptr);
  QString summary() const override { return summary_; }
  std::optional<FigureRecipe> recipe() const override;
  /// Number of places drawn as massive.
  std::size_t massiveCount() const { return shown_ ? shown_->massive.size() : 0; }
  const PlotDiscs& discs() const { return *discs_; }

 protected:
  void restart() override;
  void showStep(const RunHistory& history, std::int64_t step) override;
  void themeChanged() override;

 private:
  QStringList describe(double x, double y) const;
  void showPlaces(std::int64_t n_channel);
  void nameAfterRule(const ProbeConfig& probe);
  void showLegend();

  PlotDiscs* discs_;
  double legend_reference_ = 0;          ///< the sizes in the legend are those of it
  std::vector<ActivationPlace> places_;  ///< all that is drawn
  std::shared_ptr<const ActivationSnapshot> shown_;
  QStringList layer_names_;
  QString summary_;
  ProbeConfig rule_;  ///< in force
};

}  // namespace variometer
