// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <unordered_map>

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"

namespace variometer {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, int error) {
  throw file_error(path.string() + ": " + std::strerror(error));
}

/// A whole file, read-only in memory.
class Mapping {
 public:
  explicit Mapping(const std::filesystem::path& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) fail(path, errno);
    struct stat status {};
    int error = fstat(descriptor, &status) == 0 ? 0 : errno;
    if (error == 0 && !S_ISREG(status.st_mode)) error = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    if (error == 0 && status.st_size > 0) {
      size_ = static_cast<std::size_t>(status.st_size);
      void* address = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
      if (address == MAP_FAILED) {
        error = errno;
      } else {
        address_ = static_cast<const std::byte*>(address);
      }
    }
    close(descriptor);
    if (error != 0) fail(path, error);
  }
  ~Mapping() {
    if (address_ != nullptr) munmap(const_cast<std::byte*>(address_), size_);
  }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  std::span<const std::byte> bytes() const { return {address_, size_}; }

 private:
  const std::byte* address_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace

struct SafetensorsFile::State {
  explicit State(const std::filesystem::path& p)
      : path(p), mapping(p), header(parse_safetensors_header(mapping.bytes(), mapping.bytes().size(), p.string())) {
    for (std::size_t i = 0; i < header.entries.size(); ++i) by_name[header.entries[i].name] = i;
  }

  std::filesystem::path path;
  Mapping mapping;
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
