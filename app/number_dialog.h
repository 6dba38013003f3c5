// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <optional>

#include "widgets/number_field.h"

class QWidget;

namespace variometer {

struct NumberQuestion {
  QString title, label;
  double value = 0;
  double least = 0, most = 1e12;
  NumberField::Kind kind = NumberField::Kind::whole;
};

/// Asks for one number; what is no number in the range cannot be accepted, and the reason is there. Empty: cancelled.
std::optional<double> askNumber(QWidget* parent, const NumberQuestion& question);

}  // namespace variometer
