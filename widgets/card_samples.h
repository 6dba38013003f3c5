// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card.h"

class QTextBrowser;

namespace variometer {

/// Text the model wrote up to the step shown, newest on top, each under its step: the reader sees it learn.
class SamplesCard : public Card {
  Q_OBJECT
 public:
  explicit SamplesCard(StepAxis* steps, QWidget* parent = nullptr);
  QString summary() const override { return summary_; }
  QString text() const;

 protected:
  void restart() override;
  void take(const RunHistory& history) override;
  void showStep(const RunHistory& history, std::int64_t step) override;
  void themeChanged() override;
  void paintPicture(QCPPainter& painter, const QRectF& area) override;

 private:
  void fill();
  QString html() const;

  QTextBrowser* view_;
  std::size_t n_known_ = 0, n_shown_ = 0;  ///< samples of the run; those not after the step shown
  QString summary_;
};

}  // namespace variometer
