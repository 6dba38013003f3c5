// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>

#include "widgets/card.h"

class QCheckBox;
class QComboBox;
class QLineEdit;
class QPushButton;
class QStackedWidget;
class QTextBrowser;

namespace variometer {

/// Text the model wrote up to the step shown, each under its step and what was switched on: newest on top, or two of
/// them side by side. Asks the run for another one, with any prompt, and takes that back while it is being written.
class SamplesCard : public Card {
  Q_OBJECT
 public:
  explicit SamplesCard(StepAxis* steps, QWidget* parent = nullptr);
  QString summary() const override { return summary_; }
  void setSteering(const QString& why_not) override;
  QVariantMap state() const override;
  void setState(const QVariantMap& state) override;
  QString text() const;
  /// Of one side, 0 before, 1 after.
  QString sideText(int side) const;

 protected:
  void restart() override;
  void take(const RunHistory& history) override;
  void showStep(const RunHistory& history, std::int64_t step) override;
  void themeChanged() override;
  void paintPicture(QCPPainter& painter, const QRectF& area) override;

 private:
  struct Side {
    QComboBox* choice;
    QTextBrowser* view;
    bool chosen = false;  ///< by the user; else the newest one, and the newest with other switches
  };
  QWidget* buildSides();
  void setSideBySide(bool on);
  void ask();
  void showAsking();
  void fill();
  void fillSides();
  QString html() const;
  QString htmlOf(std::size_t index) const;
  QString headOf(std::size_t index) const;
  /// The sample to set beside `after`: the last one before it with the same prompt and other switches, else the one
  /// before it.
  std::size_t before(std::size_t after) const;
  QString promptInForce() const;

  QLineEdit* prompt_;
  QPushButton* write_;
  QCheckBox* side_by_side_;
  QStackedWidget* pages_;
  QTextBrowser* view_;
  std::array<Side, 2> sides_;
  QString why_not_;  ///< the run cannot be asked; empty: it can
  std::optional<Sampling> sampling_;
  std::size_t n_known_ = 0, n_shown_ = 0;  ///< samples of the run; those not after the step shown
  QString summary_;
};

}  // namespace variometer
