// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace variometer {

/// Lies over the cards while something is dragged: where it will be when it is dropped, and what happens then, or why
/// nothing will. Takes no part in the drag itself. GUI thread.
class DropHint : public QWidget {
  Q_OBJECT
 public:
  explicit DropHint(QWidget* parent);

  void showAt(const QRect& area, const QString& text, bool possible);
  const QString& text() const { return text_; }

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QRect area_;
  QString text_;
  bool possible_ = false;
};

}  // namespace variometer
