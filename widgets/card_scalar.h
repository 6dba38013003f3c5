// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card_plot.h"

namespace variometer {

/// One number a step: raw at a quarter of its strength under its exponential moving average, which starts unbiased;
/// gaps where snapshots were lost; for the loss also the validation points.
class ScalarCard : public PlotCard {
  Q_OBJECT
 public:
  struct Options {
    QString name, title, explanation, axis_label;
    std::vector<double> RunHistory::Scalars::*values;
    double smoothing = 0.9;
    bool log_y = false;
    bool validation = false;
    bool smoothable = true;
  };

  ScalarCard(Options options, StepAxis* steps, QWidget* parent = nullptr);

  /// EMA factor, 0 (off) to below 1.
  void setSmoothing(double factor);
  double smoothing() const { return smoothing_; }

  QString summary() const override;
  std::optional<FigureRecipe> recipe() const override;
  QVariantMap state() const override;
  void setState(const QVariantMap& state) override;
  QList<QAction*> cardActions() const override;

 protected:
  void restart() override;
  void take(const RunHistory& history) override;
  void showStep(const RunHistory& history, std::int64_t step) override;

 private:
  void makeLines();
  void append(double step, double value);
  void smooth(double step, double value, double n);

  Options options_;
  double smoothing_;
  double mean_ = 0, weight_ = 0;  ///< of the EMA: value mean_ / weight_
  std::size_t taken_ = 0, validation_taken_ = 0, gaps_taken_ = 0;
  PlotLine* raw_ = nullptr;
  PlotLine* smooth_ = nullptr;
  PlotLine* validation_ = nullptr;
  QAction* smoothing_menu_ = nullptr;
};

}  // namespace variometer
