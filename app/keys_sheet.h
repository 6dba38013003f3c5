// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <vector>

class QAction;

namespace variometer {

/// Every shortcut there is, read from the actions, and what mouse and keys do inside a plot.
class KeysSheet : public QDialog {
  Q_OBJECT
 public:
  KeysSheet(const std::vector<QAction*>& actions, QWidget* parent);
};

}  // namespace variometer
