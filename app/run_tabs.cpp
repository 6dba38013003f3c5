// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/run_tabs.h"

#include <algorithm>

namespace variometer {
namespace {

// In letters, with the button that closes the tab.
constexpr int kLeast = 16, kMost = 36;

}  // namespace

RunTabs::RunTabs(QWidget* parent) : QTabBar(parent) {
  setObjectName(QStringLiteral("runs"));
  setAccessibleName(tr("Open runs"));
  setTabsClosable(true);
  setDrawBase(false);
  setExpanding(false);
  setUsesScrollButtons(true);
  setElideMode(Qt::ElideMiddle);
}

QSize RunTabs::tabSizeHint(int index) const {
  QSize size = QTabBar::tabSizeHint(index);
  size.setWidth(std::min(size.width(), kMost * fontMetrics().averageCharWidth()));
  return size;
}

QSize RunTabs::minimumTabSizeHint(int index) const {
  QSize size = tabSizeHint(index);
  size.setWidth(std::min(size.width(), kLeast * fontMetrics().averageCharWidth()));
  return size;
}

}  // namespace variometer
