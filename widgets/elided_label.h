// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace variometer {

/// One line that ends in "…" where it has no room; the tooltip, unless there is another, then says all of it.
class ElidedLabel : public QLabel {
 public:
  explicit ElidedLabel(QWidget* parent) : QLabel(parent) {}

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;

 private:
  QString shownText() const;
};

}  // namespace variometer
