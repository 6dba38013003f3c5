// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

namespace variometer {

/// Text that is shown as it is, and can be selected.
inline QLabel* plainLabel(QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setTextFormat(Qt::PlainText);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  return label;
}

}  // namespace variometer
