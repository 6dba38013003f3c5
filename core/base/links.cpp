// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/links.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include "core/base/error.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

fs::path resolved(const fs::path& path) {
  std::error_code error;
  const fs::path to = through_links(path);
  if (fs::exists(to, error)) {
    fs::path whole = fs::canonical(to, error);
    if (!error) return whole;
  }
  const fs::path above = to.parent_path();
  return above == to ? to : resolved(above) / to.filename();
}

}  // namespace

fs::path through_links(fs::path path) {
  constexpr int kMostLinks = 40;  // as the kernel
  std::error_code error;
  for (int i = 0; fs::is_symlink(path, error); ++i) {
    if (i == kMostLinks) throw file_error(path.string() + ": " + std::strerror(ELOOP));
    const fs::path to = fs::read_symlink(path, error);
    if (error) throw file_error(path.string() + ": " + error.message());
    path = to.is_absolute() ? to : path.parent_path() / to;
  }
  return path;
}

fs::path resolved_path(const fs::path& path) {
  std::error_code error;
  fs::path whole = fs::absolute(path);
  if (!fs::exists(whole, error)) whole = whole.lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();  // "folder/"
  return resolved(whole);
}

}  // namespace variometer
