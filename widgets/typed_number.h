// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <optional>

namespace variometer {

/// What somebody typed or pasted, as a number, or why it is none.
struct TypedNumber {
  std::optional<double> value;
  QString problem;          ///< one sentence, fit to be shown; empty with a value
  bool unfinished = false;  ///< no number yet, but the beginning of one ("-", "1e")
};

/// The same text means the same number in every locale: a point is the decimal point, one comma is one too, blanks may
/// group digits. What could be read in two ways ("1,000") is refused; nothing is guessed and nothing is dropped.
TypedNumber typed_number(const QString& typed);

/// The shortest text that typed_number reads as exactly this number.
QString number_as_typed(double value);

}  // namespace variometer
