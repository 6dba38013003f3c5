// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/panel_room.h"

#include <QDockWidget>
#include <QMainWindow>
#include <QMenuBar>
#include <QStatusBar>
#include <QStringList>
#include <QToolBar>
#include <algorithm>
#include <map>
#include <utility>

namespace variometer {

PanelRoom::PanelRoom(QMainWindow* window, const QWidget* page, std::vector<QDockWidget*> docks)
    : QObject(window), window_(window), page_(page), docks_(std::move(docks)) {}

bool PanelRoom::fits(Qt::Orientation orientation, const std::set<QDockWidget*>& shown) const {
  const bool across = orientation == Qt::Horizontal;
  const auto extent = [across](const QSize& size) { return across ? size.width() : size.height(); };
  // Panels in one area stand behind each other.
  std::map<Qt::DockWidgetArea, int> areas;
  for (QDockWidget* dock : shown) {
    if (dock->isFloating()) continue;
    const Qt::DockWidgetArea area = window_->dockWidgetArea(dock);
    const bool beside = area == Qt::LeftDockWidgetArea || area == Qt::RightDockWidgetArea;
    if (beside != across) continue;
    const QSize least = dock->widget()->minimumSizeHint().expandedTo(dock->widget()->minimumSize());
    areas[area] = std::max(areas[area], extent(least) + (across ? 8 : 2 * dock->fontMetrics().height()));
  }
  int needed = extent(page_->minimumSizeHint().expandedTo(page_->minimumSize()));
  for (const auto& [area, size] : areas) needed += size;
  if (!across) {
    needed += window_->menuBar()->sizeHint().height() + window_->statusBar()->sizeHint().height();
    for (const QToolBar* bar : window_->findChildren<QToolBar*>(QString(), Qt::FindDirectChildrenOnly)) {
      if (!bar->isHidden()) needed += bar->sizeHint().height();
    }
  }
  return needed <= extent(window_->size());
}

void PanelRoom::forget() {
  hid_.clear();
  kept_.clear();
}

void PanelRoom::fit() {
  if (!page_->isVisible()) return;
  std::set<QDockWidget*> wanted;
  for (QDockWidget* dock : docks_) {
    if (!dock->isHidden() && hid_.erase(dock) > 0) kept_.insert(dock);
    if (dock->isHidden()) kept_.erase(dock);
    if (!dock->isHidden() || hid_.contains(dock)) wanted.insert(dock);
  }
  if (fits(Qt::Horizontal, wanted) && fits(Qt::Vertical, wanted)) kept_.clear();
  std::set<QDockWidget*> stay = wanted;
  for (const Qt::Orientation orientation : {Qt::Horizontal, Qt::Vertical}) {
    for (QDockWidget* dock : docks_) {
      if (fits(orientation, stay)) break;
      const Qt::DockWidgetArea area = window_->dockWidgetArea(dock);
      const bool beside = area == Qt::LeftDockWidgetArea || area == Qt::RightDockWidgetArea;
      if (beside == (orientation == Qt::Horizontal) && !kept_.contains(dock)) stay.erase(dock);
    }
  }
  QStringList gone;
  bool back = false;
  for (QDockWidget* dock : wanted) {
    if (!stay.contains(dock) && !dock->isHidden()) {
      hid_.insert(dock);
      dock->hide();
      gone << dock->windowTitle();
    } else if (stay.contains(dock) && dock->isHidden()) {
      hid_.erase(dock);
      dock->show();
      back = true;
    }
  }
  if (!gone.isEmpty() || back) Q_EMIT changed(gone);
}

}  // namespace variometer
