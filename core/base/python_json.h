// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace variometer {

/// JSON as Python's json module reads it, and with it transformers: NaN, Infinity and -Infinity are numbers. At most
/// `deepest` levels. Throws Error(file) without a file name.
nlohmann::json parse_python_json(std::string_view text, int deepest);

/// As Python writes it: numbers that are not finite by those names, all characters as ASCII, malformed UTF-8 as U+FFFD.
/// `indent` -1: on one line.
std::string python_json_text(const nlohmann::json& json, int indent = -1);

}  // namespace variometer
