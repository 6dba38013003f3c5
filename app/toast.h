// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>
#include <QTimer>

namespace variometer {

/// A message of a few seconds over the lower edge of a window: nothing moves for it, and the mouse goes through it.
/// GUI thread.
class Toast : public QLabel {
  Q_OBJECT
 public:
  /// In place of what `window` says just now.
  static void say(QWidget* window, const QString& text);
  /// What it says; empty: nothing.
  static QString said(const QWidget* window);
  /// From now on every window says so when something goes from it to the clipboard, but from a field where text is
  /// edited: there everybody knows it.
  static void tellOfCopies(QObject* context);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  explicit Toast(QWidget* window);
  void place();

  QString said_;  ///< whole; what is shown may be cut
  QTimer timer_;
};

}  // namespace variometer
