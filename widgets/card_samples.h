// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card.h"

class QPlainTextEdit;

namespace variometer {

/// Text the model wrote, newest on top, each under its step: the reader sees it learn.
class SamplesCard : public Card {
  Q_OBJECT
 public:
  explicit SamplesCard(StepAxis* steps, QWidget* parent = nullptr);
  QString summary() const override;
  QString table(QChar separator, Rows rows) const override;
  QString text() const;

 protected:
  void restart() override;
  void take(const RunHistory& history) override;
  void showStep(const RunHistory& history, std::int64_t step) override;
  void paintPicture(QCPPainter& painter, const QRectF& area) override;

 private:
  QPlainTextEdit* view_;
  std::size_t n_shown_ = 0;
};

}  // namespace variometer
