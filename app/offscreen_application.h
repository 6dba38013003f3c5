// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QApplication>
#include <array>
#include <string>

namespace variometer {

/// Qt for a command that draws but shows no window: no display is needed, and what it draws is the same with one.
/// Numbers keep their point. Qt's remarks about the desktop it does not find are left out. One a process, on the main
/// thread.
class OffscreenApplication {
 public:
  OffscreenApplication();

 private:
  int argc_ = 1;
  std::string name_ = "variometer";
  std::array<char*, 2> argv_{name_.data(), nullptr};
  QApplication application_;
};

}  // namespace variometer
