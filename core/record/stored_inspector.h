// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "core/base/inspector.h"

namespace variometer {

/// A record as something to look into: each of its hidden states, with the attention maps where they were stored, is a
/// pass. There is no model behind it: texts are not read, cells not tested. As open_inspector, it never throws.
std::unique_ptr<Inspector> open_stored_inspector(const std::filesystem::path& path, std::function<void()> wake);

/// Whether a record is a snapshot file (`inspect --out`): hidden states of everything it measured, and no run. Throws
/// Error(file) where it cannot be read.
bool is_snapshot_file(const std::filesystem::path& path);

}  // namespace variometer
