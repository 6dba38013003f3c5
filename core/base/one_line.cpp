// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/one_line.h"

#include "core/base/utf8.h"

namespace variometer {

std::string one_line(std::string_view text) {
  const std::string sound = printable_utf8(text);
  std::string line;
  for (std::string_view rest = sound; !rest.empty();) {
    const auto [code, size] = first_character(rest);
    if (code == '\n' || code == '\r' || code == '\t') {
      line += ' ';
    } else if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
      append_utf8(line, 0xfffd);
    } else {
      line += rest.substr(0, size);
    }
    rest.remove_prefix(size);
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

}  // namespace variometer
