// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <set>

#include "core/base/error.h"
#include "core/checkpoint/gguf.h"
#include "core/checkpoint/gguf_model.h"
#include "core/checkpoint/json_file.h"
#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/safetensors.h"
#include "core/checkpoint/weights_sha256.h"
#include "core/text/sha256.h"

namespace variometer {

namespace fs = std::filesystem;

const fs::path& TensorStore::Item::path() const { return file != nullptr ? file->path() : gguf->path(); }

std::span<const std::byte> TensorStore::Item::data() const {
  if (file != nullptr) return file->data(*entry);
  const auto bytes = gguf->data(*weight->tensor);
  const auto n_row = weight->tensor->shape.empty() ? 1 : weight->tensor->shape.front();
  const auto row_bytes = n_row > 0 ? bytes.size() / static_cast<std::size_t>(n_row) : 0;
  return bytes.subspan(row_bytes * static_cast<std::size_t>(weight->first_row), entry->bytes());
}

TensorStore::~TensorStore() = default;
TensorStore::TensorStore(TensorStore&&) noexcept = default;
TensorStore& TensorStore::operator=(TensorStore&&) noexcept = default;

namespace {

/// Names of weights transformers would take before it looked for anything else.
bool has_other_weights(const fs::path& folder) {
  for (const char* name :
       {"model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    if (fs::exists(folder / name)) return true;
  }
  return false;
}

/// "a, b and 3 more"
std::string listed(const std::vector<fs::path>& paths) {
  constexpr std::size_t kNamed = 6;
  std::string text;
  for (std::size_t i = 0; i < std::min(kNamed, paths.size()); ++i) {
    text += (i == 0 ? "" : ", ") + paths[i].filename().string();
  }
  return paths.size() > kNamed ? text + " and " + std::to_string(paths.size() - kNamed) + " more" : text;
}

}  // namespace

fs::path find_gguf(const fs::path& folder_or_file) {
  if (is_gguf(folder_or_file) || folder_or_file.extension() == ".gguf") return folder_or_file;
  if (!fs::is_directory(folder_or_file)) return {};
  if (fs::exists(folder_or_file / "config.json") && has_other_weights(folder_or_file)) return {};
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder_or_file)) {
    if (entry.path().extension() == ".gguf") found.push_back(entry.path());
  }
  if (found.size() < 2) return found.empty() ? fs::path() : found.front();
  std::ranges::sort(found);
  throw file_error(folder_or_file.string() + ": holds several .gguf files (" + listed(found) +
                   "); give the one you mean");
}

TensorStore::TensorStore(const fs::path& folder_or_file) {
  if (const auto gguf = find_gguf(folder_or_file); !gguf.empty()) {
    add_gguf(gguf);
    return;
  }
  if (!fs::is_directory(folder_or_file)) {
    add(folder_or_file);
    return;
  }
  const auto single = folder_or_file / "model.safetensors";
  const auto index = folder_or_file / "model.safetensors.index.json";
  if (fs::exists(single)) {
    add(single);
  } else if (fs::exists(index)) {
    add_shards(index);
  } else if (fs::exists(folder_or_file / "pytorch_model.bin") ||
             fs::exists(folder_or_file / "pytorch_model.bin.index.json")) {
    throw file_error(folder_or_file.string() + ": only pytorch_model.bin is there; convert it to safetensors first");
  } else {
    throw file_error(folder_or_file.string() + ": neither model.safetensors nor its index is in the folder");
  }
}

void TensorStore::add(const fs::path& path) {
  files_.push_back(std::make_unique<SafetensorsFile>(path));
  const SafetensorsFile& file = *files_.back();
  for (const auto& entry : file.entries()) {
    const auto [place, is_new] = items_.try_emplace(entry.name, Item{.file = &file, .entry = &entry});
    if (!is_new) {
      throw file_error(path.string() + ": tensor " + entry.name + " is also in " +
                       place->second.path().filename().string());
    }
  }
}

void TensorStore::add_shards(const fs::path& index) {
  const auto json = read_json_file(index);
  const auto map = json.find("weight_map");
  if (map == json.end() || !map->is_object() || map->empty()) {
    throw file_error(index.string() + ": it has no weight_map; the file is damaged");
  }
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : map->items()) {
    if (!shard.is_string()) throw file_error(index.string() + ": weight_map must name a file for every tensor");
    const auto name = shard.get<std::string>();
    // A shard lies beside its index. Anything else could reach files the user never meant.
    if (name.empty() || name == "." || name == ".." ||
        name.find_first_of(std::string("/\\\0", 3)) != std::string::npos) {
      throw file_error(index.string() + ": a shard must be a file in the same folder, not '" + name.substr(0, 80) +
                       "'");
    }
    shards.insert(name);
  }
  for (const auto& shard : shards) add(index.parent_path() / shard);
  for (const auto& [tensor, shard] : map->items()) {
    const auto found = items_.find(tensor);
    if (found == items_.end() || found->second.path().filename() != shard.get<std::string>()) {
      throw file_error(index.string() + ": tensor " + tensor.substr(0, 80) + " is not in " + shard.get<std::string>());
    }
  }
}

void TensorStore::add_gguf(const fs::path& path) {
  gguf_ = std::make_unique<GgufFile>(path);
  weights_ = gguf_weights(*gguf_);
  entries_.reserve(weights_.size());
  for (const auto& weight : weights_) {
    TensorEntry entry{.name = weight.name, .dtype = find_ggml_type(weight.tensor->type)->name, .shape = weight.shape};
    entry.end = weight.tensor->bytes();
    if (!weight.shape.empty() && !weight.transposed && weight.shape.front() != weight.tensor->shape.front()) {
      // A part: whole rows of the tensor.
      entry.end = entry.end / static_cast<std::uint64_t>(weight.tensor->shape.front()) *
                  static_cast<std::uint64_t>(weight.shape.front());
    }
    entries_.push_back(std::move(entry));
    items_.emplace(weight.name, Item{.entry = &entries_.back(), .gguf = gguf_.get(), .weight = &weight});
  }
}

std::string weights_sha256(const fs::path& folder_or_file) { return weights_sha256(folder_or_file, {}); }

std::string weights_sha256(const fs::path& folder_or_file, const std::function<void(double share)>& progress) {
  const TensorStore store(folder_or_file);
  std::set<fs::path> files;
  for (const auto& [name, item] : store.items()) files.insert(item.path());
  std::uintmax_t total = 1, before = 0;
  for (const auto& file : files) total += fs::file_size(file);
  const auto hash = [&](const fs::path& file) {
    HashProgress tell;
    if (progress) {
      tell = [&](std::uint64_t n) { progress(static_cast<double>(before + n) / static_cast<double>(total)); };
    }
    std::string sum = file_sha256(file, tell);
    before += fs::file_size(file);
    return sum;
  };
  if (files.size() == 1) return hash(*files.begin());
  std::string list;
  for (const auto& file : files) list += file.filename().string() + " " + hash(file) + "\n";
  return sha256(list);
}

std::uint64_t TensorStore::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& [name, item] : items_) sum += item.entry->bytes();
  return sum;
}

}  // namespace variometer
