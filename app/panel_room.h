// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <set>
#include <vector>

class QDockWidget;
class QMainWindow;

namespace variometer {

/// Panels give way where the window, at the size of its text, has no room for them beside one card that can be read;
/// they come back when there is room. What the user opens all the same stays. GUI thread.
class PanelRoom : public QObject {
  Q_OBJECT
 public:
  /// `page` is what the panels stand around; those that come first in `docks` give way first.
  PanelRoom(QMainWindow* window, const QWidget* page, std::vector<QDockWidget*> docks);

  /// After the window, its text or what is shown changed.
  void fit();
  /// All panels are shown again; what there is no room for gives way at the next fit().
  void forget();
  /// It is hidden for want of room, not because the user closed it.
  bool hid(QDockWidget* dock) const { return hid_.contains(dock); }

 Q_SIGNALS:
  /// `names` of the panels that gave way just now; empty: some came back.
  void changed(const QStringList& names);

 private:
  bool fits(Qt::Orientation orientation, const std::set<QDockWidget*>& shown) const;

  QMainWindow* window_;
  const QWidget* page_;
  std::vector<QDockWidget*> docks_;
  std::set<QDockWidget*> hid_, kept_;  ///< kept_: opened by the user all the same
};

}  // namespace variometer
