// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "core/base/inspector.h"

namespace variometer {

/// A model in memory, read and run on a thread of its own: facts first, then every weight's statistics as it arrives,
/// then one instrumented pass per prompt. Never throws; what goes wrong comes as an InspectorFailure.
std::unique_ptr<Inspector> open_inspector(const InspectorOptions& options, std::function<void()> wake);

}  // namespace variometer
