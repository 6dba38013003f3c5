// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>

namespace variometer {

/// How much `after` is more or less than `before`, in percent: "+2.1 %"; "no change" where the two are equal, and never
/// "0.0 %" where they are not. Empty where a percentage says nothing.
QString change_text(double before, double after);

}  // namespace variometer
