// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>

namespace variometer {

/// Throws Error(file) where `file` is one of the shards that the index beside it names: no model by itself.
void refuse_shard(const std::filesystem::path& file);

}  // namespace variometer
