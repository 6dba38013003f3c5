// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/json_text.h"

namespace variometer {
namespace {

/// The pages that lie wholly inside `bytes` (outward: that it touches).
std::span<std::byte> pages_of(std::span<const std::byte> bytes, bool outward) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  auto begin = reinterpret_cast<std::uintptr_t>(bytes.data());
  auto end = begin + bytes.size();
  if (outward) {
    begin = begin / page * page;
  } else {
    begin = (begin + page - 1) / page * page;
    end = end / page * page;
  }
  if (begin >= end) return {};
  return {reinterpret_cast<std::byte*>(begin), end - begin};
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  const auto fail = [&](const char* what) { throw file_error(path.string() + ": " + what); };
  // O_NONBLOCK: a FIFO nobody writes to must not hold us up.
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) fail(std::strerror(errno));
  struct stat status {};
  const char* wrong = nullptr;
  if (fstat(descriptor, &status) != 0) {
    wrong = std::strerror(errno);
  } else if (S_ISDIR(status.st_mode)) {
    wrong = "it is a folder, not a file";
  } else if (!S_ISREG(status.st_mode)) {
    wrong = "it is no regular file";
  } else if (status.st_size > 0) {
    size_ = static_cast<std::size_t>(status.st_size);
    void* address = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0);
    if (address == MAP_FAILED) {
      wrong = std::strerror(errno);
    } else {
      address_ = static_cast<const std::byte*>(address);
    }
  }
  close(descriptor);
  if (wrong != nullptr) fail(wrong);
}

MappedFile::~MappedFile() {
  if (address_ != nullptr) munmap(const_cast<std::byte*>(address_), size_);
}

void prefetch(std::span<const std::byte> bytes) {
  const auto pages = pages_of(bytes, /*outward=*/true);
  if (!pages.empty()) madvise(pages.data(), pages.size(), MADV_WILLNEED);
}

void drop_pages(std::span<const std::byte> bytes) {
  const auto pages = pages_of(bytes, /*outward=*/false);
  if (!pages.empty()) madvise(pages.data(), pages.size(), MADV_DONTNEED);
}

std::string in_quotes(const std::string& name) {
  return json_text(nlohmann::json(name.substr(0, 80)), /*indent=*/-1, JsonCharacters::ascii);
}

}  // namespace variometer
