// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/cache_folder.h"

#include <cstdlib>

namespace variometer {

std::filesystem::path cache_folder() {
  const auto variable = [](const char* name) -> std::filesystem::path {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
  };
  if (auto own = variable("VARIOMETER_CACHE_DIR"); !own.empty()) return own;
  // A relative path there counts as none, by the XDG rules.
  if (const auto xdg = variable("XDG_CACHE_HOME"); xdg.is_absolute()) return xdg / "variometer";
  const auto home = variable("HOME");
  return home.empty() ? home : home / ".cache" / "variometer";
}

}  // namespace variometer
