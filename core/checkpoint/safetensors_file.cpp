// SPDX-License-Identifier: GPL-3.0-or-later
#include <unordered_map>

#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/safetensors.h"

namespace variometer {

struct SafetensorsFile::State {
  explicit State(const std::filesystem::path& p)
      : path(p), mapping(p), header(parse_safetensors_header(mapping.bytes(), mapping.bytes().size(), p.string())) {
    for (std::size_t i = 0; i < header.entries.size(); ++i) by_name[header.entries[i].name] = i;
  }

  std::filesystem::path path;
  MappedFile mapping;
  SafetensorsHeader header;
  std::unordered_map<std::string, std::size_t> by_name;
};

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {}
SafetensorsFile::~SafetensorsFile() = default;
SafetensorsFile::SafetensorsFile(SafetensorsFile&&) noexcept = default;
SafetensorsFile& SafetensorsFile::operator=(SafetensorsFile&&) noexcept = default;

const std::filesystem::path& SafetensorsFile::path() const { return state_->path; }
const std::vector<TensorEntry>& SafetensorsFile::entries() const { return state_->header.entries; }
const std::map<std::string, std::string>& SafetensorsFile::metadata() const { return state_->header.metadata; }

const TensorEntry* SafetensorsFile::find(const std::string& name) const {
  const auto found = state_->by_name.find(name);
  return found == state_->by_name.end() ? nullptr : &state_->header.entries[found->second];
}

std::span<const std::byte> SafetensorsFile::data(const TensorEntry& entry) const {
  return state_->mapping.bytes().subspan(state_->header.data_offset + entry.begin, entry.bytes());
}

}  // namespace variometer
