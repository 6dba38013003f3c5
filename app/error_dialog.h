// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QWidget;

namespace variometer {

/// An error as people need it: what failed, why, what was kept safe, what to do next (design: ui b.10).
struct ErrorText {
  QString what;     ///< "The run could not be started."
  QString why;      ///< the engine's one line
  QString safe;     ///< "Nothing was changed."
  QString details;  ///< for Copy details; empty: the three above
};

/// Shows it, with OK and *Copy details*. Under the offscreen platform of tests it does not block; what was shown last
/// can be asked for.
void showError(QWidget* parent, const ErrorText& text);
QString lastErrorShown();

}  // namespace variometer
