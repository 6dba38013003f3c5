// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <source_location>
#include <string>
#include <string_view>

namespace variometer {

/// " (norm_cuda, fused_cuda.cpp:81)": which of our calls failed, without folders and parameter lists.
inline std::string cuda_place(const std::source_location& where) {
  std::string_view function = where.function_name(), file = where.file_name();
  function = function.substr(0, function.find('('));
  function = function.substr(function.find_last_of(" :") + 1);  // npos + 1 is 0
  file = file.substr(file.find_last_of('/') + 1);
  return " (" + std::string(function) + ", " + std::string(file) + ":" + std::to_string(where.line()) + ")";
}

}  // namespace variometer
