// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "core/base/error.h"

namespace variometer {

/// Inside a catch block: whatever was thrown, as the Error it is. What is none of ours (no memory, a library's
/// exception, the file system's) gets its kind and one line; `otherwise` begins the line of what nobody expected.
Error error_in_flight(const std::string& otherwise = "");

/// Does `work`; whatever it throws comes back as an Error. The one guard between work that may fail and a thread that
/// must go on.
std::optional<Error> guarded(const std::function<void()>& work);

}  // namespace variometer
