// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

QT_FORWARD_DECLARE_CLASS(QWidget)

namespace variometer {

/// Keeps the keyboard focus where the user left it. Qt hands the focus on to the next control when the one that has it
/// is disabled or hidden, so that the next Space would press a button that nobody chose. Instead a stand-in takes the
/// focus: it lies over the control, shows the ring of the focus, does nothing on Space and Enter, lets Tab go on from
/// there, and gives the focus back when the control can be used again. One for the whole program; it acts by itself
/// in every window. GUI thread.
class FocusKeeper : public QObject {
  Q_OBJECT
 public:
  /// The second call and those after it do nothing.
  static void install();
  /// Whether `widget` is such a stand-in.
  static bool isStandIn(const QWidget* widget);

 private:
  explicit FocusKeeper(QObject* parent);
  static void focusMoved(QWidget* from, const QWidget* to);
};

}  // namespace variometer
