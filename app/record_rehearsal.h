// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

class QWidget;

namespace variometer {

/// Has `program check` read a record from end to end before the window does: the HDF5 library can be made to fall over
/// a file, or never to come back from it, and must not take a running model with it. After a second a dialog says what
/// is going on and offers Cancel. False: cancelled. Throws Error(file) with the program's line when the file is no
/// record or the library fell; a record that is damaged, or was not closed, is left to whoever opens it next. Keys and
/// clicks on `parent` wait meanwhile. GUI thread.
bool rehearseRecord(QWidget* parent, const QString& program, const QString& path);

}  // namespace variometer
