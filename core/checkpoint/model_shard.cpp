// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/model_shard.h"

#include "core/base/error.h"
#include "core/checkpoint/json_file.h"

namespace variometer {

namespace fs = std::filesystem;

void refuse_shard(const fs::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  const auto index = folder / "model.safetensors.index.json";
  if (!fs::exists(index)) return;
  const auto json = read_json_file(index);
  const auto map = json.find("weight_map");
  if (map == json.end() || !map->is_object()) return;
  for (const auto& [tensor, shard] : map->items()) {
    if (!shard.is_string() || shard.get<std::string>() != file.filename()) continue;
    throw file_error(file.string() + ": holds a part of a model, which " + index.filename().string() +
                     " puts together; give the folder, " + folder.string());
  }
}

}  // namespace variometer
