// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>
#include <string>

namespace variometer {
namespace {

constexpr std::uint64_t kUnknown = std::numeric_limits<std::uint64_t>::max();

std::uint64_t system_memory() {
  std::ifstream file("/proc/meminfo");
  for (std::string key; file >> key;) {
    std::uint64_t kibibytes = 0;
    if (key == "MemAvailable:" && file >> kibibytes) return kibibytes * 1024;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return kUnknown;
}

std::optional<std::uint64_t> number_in(const std::string& path) {
  std::uint64_t value = 0;
  std::ifstream file(path);
  return file >> value ? std::optional(value) : std::nullopt;  // "max" is no number
}

std::uint64_t group_memory() {
  const std::string group = "/sys/fs/cgroup/memory.";
  const auto limit = number_in(group + "max"), used = number_in(group + "current");
  if (!limit || !used) return kUnknown;
  // Pages of files count as used, but they give way.
  std::uint64_t file_pages = 0;
  std::ifstream statistics(group + "stat");
  for (std::string key; statistics >> key;) {
    if (key == "file" && statistics >> file_pages) break;
    statistics.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  const auto firm = *used - std::min(*used, file_pages);
  return *limit - std::min(*limit, firm);
}

}  // namespace

std::uint64_t available_memory() { return std::min(system_memory(), group_memory()); }

}  // namespace variometer
