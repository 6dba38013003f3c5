// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QColor>

namespace variometer {

/// "Held at step 4,212 · 380 new": shown while the view is held; a click follows again. Where room is short it says
/// "Held" alone.
class CardChip : public QAbstractButton {
  Q_OBJECT
 public:
  explicit CardChip(QWidget* parent);
  void setColours(const QColor& line, const QColor& ground);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QColor line_, ground_;
};

}  // namespace variometer
