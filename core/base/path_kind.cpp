// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/path_kind.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace variometer {

PathKind path_kind(const std::filesystem::path& path) {
  std::error_code none;
  if (std::filesystem::is_directory(path, none)) return PathKind::model;
  std::string suffix = path.extension().string();
  std::transform(suffix.begin(), suffix.end(), suffix.begin(), [](unsigned char c) { return std::tolower(c); });
  if (suffix == ".h5" || suffix == ".hdf5") return PathKind::record;
  if (suffix == ".gguf" || suffix == ".safetensors") return PathKind::model;
  return suffix == ".toml" ? PathKind::preset : PathKind::text;
}

}  // namespace variometer
