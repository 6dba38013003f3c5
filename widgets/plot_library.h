// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The one door to QCustomPlot. qcustomplot.h 2.1 spells `signals`, `slots` and `foreach`, which QT_NO_KEYWORDS takes
// away; they are put back for this header only.
#include <QObject>

#define signals Q_SIGNALS
#define slots Q_SLOTS
#define foreach Q_FOREACH
#include <qcustomplot.h>
#undef signals
#undef slots
#undef foreach
