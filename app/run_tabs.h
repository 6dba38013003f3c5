// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTabBar>

namespace variometer {

/// The tabs of the runs that are open. However many there are, each keeps room for the beginning of its name and for
/// its state; a long name takes no more than its share.
class RunTabs : public QTabBar {
  Q_OBJECT
 public:
  explicit RunTabs(QWidget* parent = nullptr);

 protected:
  QSize tabSizeHint(int index) const override;
  QSize minimumTabSizeHint(int index) const override;
};

}  // namespace variometer
