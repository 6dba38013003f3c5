// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card_plot.h"

namespace variometer {

/// The largest, second and third |h| and the lower median of |h| by layer, on the probe prompt, with the limits a
/// reader knows: float16's 65,504 and the massive-activation rule in force.
class TopActivationCard : public PlotCard {
  Q_OBJECT
 public:
  explicit TopActivationCard(StepAxis* steps, QWidget* parent = nullptr);
  QString summary() const override { return summary_; }
  std::optional<FigureRecipe> recipe() const override;

 protected:
  void restart() override;
  void showStep(const RunHistory& history, std::int64_t step) override;

 private:
  void showPinned();
  void showLimits(const ProbeConfig& probe, double largest);

  std::array<PlotLine*, 3> top_;
  PlotLine* median_;
  PlotLine* rule_;
  PlotLine* pinned_ = nullptr;  ///< while there is a cursor B
  std::shared_ptr<const ActivationSnapshot> shown_;
  QString summary_;
};

}  // namespace variometer
