// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card_plot.h"

namespace variometer {

/// The largest |h| of all layers over steps, of the probe prompt and of the training batch, with the line above which
/// it is massive by the rule in force: a switch that tames activations bends these curves.
class MaxActivationCard : public PlotCard {
  Q_OBJECT
 public:
  explicit MaxActivationCard(StepAxis* steps, QWidget* parent = nullptr);
  QString summary() const override { return summary_; }
  std::optional<FigureRecipe> recipe() const override;

 protected:
  void restart() override;
  void take(const RunHistory& history) override;
  void showStep(const RunHistory& history, std::int64_t step) override;

 private:
  void showRule(const ProbeConfig& probe);

  PlotLine *probe_, *batch_, *rule_;
  std::size_t probe_taken_ = 0, batch_taken_ = 0;
  std::optional<ProbeConfig> rule_shown_;
  QString explanation_, summary_;
};

}  // namespace variometer
