// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace variometer {

/// A text of others, fit for one line of a terminal, a log or a CSV head: line ends and tabs become blanks, other
/// control characters (a file's name can hold what moves a terminal's cursor) and malformed UTF-8 U+FFFD; no blank is
/// left at the end.
std::string one_line(std::string_view text);

}  // namespace variometer
