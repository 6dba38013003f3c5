// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include "core/text/pattern.h"

namespace variometer {

/// {"String": ...} or {"Regex": ...} under "pattern". Throws Error(file).
Pattern json_pattern(const nlohmann::json& component);

}  // namespace variometer
