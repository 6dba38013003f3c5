// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/path_text.h"

#include <charconv>
#include <string_view>

#include "core/base/utf8.h"

namespace variometer {
namespace {

constexpr std::string_view kScheme = "file://";

/// May this byte stand in a URI's path as it is?
bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("/-._~").find(c) != std::string_view::npos;
}

}  // namespace

std::string path_text(const std::filesystem::path& path) {
  const std::string& bytes = path.native();
  // A relative path that begins like the URI would be read as one.
  if (first_malformed(bytes) == std::string::npos && !bytes.starts_with(kScheme)) return bytes;
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string text(kScheme);
  const std::string whole = std::filesystem::absolute(path).string();
  for (const char c : whole) {
    if (is_plain(c)) {
      text.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      text += {'%', kHex[byte >> 4U], kHex[byte & 15U]};
    }
  }
  return text;
}

std::filesystem::path path_from_text(const std::string& text) {
  if (!text.starts_with(kScheme)) return text;
  std::string bytes;
  for (std::size_t i = kScheme.size(); i < text.size(); ++i) {
    unsigned value = 0;
    const char* digits = text.data() + i + 1;
    if (text[i] == '%' && i + 2 < text.size() && std::from_chars(digits, digits + 2, value, 16).ptr == digits + 2) {
      bytes.push_back(static_cast<char>(value));
      i += 2;
    } else {
      bytes.push_back(text[i]);
    }
  }
  return bytes;
}

}  // namespace variometer
