// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card_plot.h"

namespace variometer {

/// Where massive activations sit on the probe prompt: layer against channel, a disc whose area grows with log |h|.
/// While none passes the rule the largest |h| of each layer is shown hollow, and the card says so.
class MassiveMapCard : public PlotCard {
  Q_OBJECT
 public:
  explicit MassiveMapCard(StepAxis* steps, QWidget* parent = nullptr);
  QString summary() const override { return summary_; }
  /// Number of places drawn as massive.
  std::size_t massiveCount() const { return n_massive_; }

 protected:
  void restart() override;
  void showStep(const RunHistory& history, std::int64_t step) override;

 private:
  QStringList describe(double x, double y) const;
  PlotLine* massive_;
  PlotLine* largest_;
  std::shared_ptr<const ActivationSnapshot> shown_;
  std::size_t n_massive_ = 0;
  QString summary_;
};

}  // namespace variometer
