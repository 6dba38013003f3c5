// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace variometer {

/// What a path given to the window is taken for, by its name. In the order in which several are opened: records, each
/// behind a tab; models to look at; what starts a run; and last what asks first.
enum class PathKind { record, model, preset, text };
PathKind path_kind(const std::filesystem::path& path);

}  // namespace variometer
