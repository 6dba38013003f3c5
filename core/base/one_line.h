// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace variometer {

/// A text of others, fit for one line: line ends become blanks, and none is left at the end.
inline std::string one_line(std::string text) {
  for (char& c : text) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  while (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace variometer
