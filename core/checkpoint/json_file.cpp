// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/json_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "core/base/error.h"
#include "core/base/git_lfs.h"
#include "core/base/python_json.h"
#include "core/checkpoint/output_file.h"

namespace variometer {

nlohmann::json read_json_file(const std::filesystem::path& path) {
  constexpr std::uintmax_t kLargest = 64 << 20;
  constexpr int kDeepest = 64;
  std::ifstream stream(path, std::ios::binary);
  if (std::filesystem::is_directory(path)) throw file_error(path.string() + ": it is a folder, not a file");
  if (!stream) {
    throw file_error(path.string() + ": " + (std::filesystem::exists(path) ? "cannot be read" : "no such file"));
  }
  std::string text;
  std::array<char, 65536> buffer{};
  while (stream.read(buffer.data(), buffer.size()) || stream.gcount() > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(stream.gcount()));
    if (text.size() > kLargest) throw file_error(path.string() + ": over 64 MB; this is no file of that kind");
  }
  refuse_git_lfs_pointer(text, path.string());
  nlohmann::json json;
  try {
    json = parse_python_json(text, kDeepest);
  } catch (const Error& error) {
    throw file_error(path.string() + ": " + error.what());
  }
  if (!json.is_object()) throw file_error(path.string() + ": not a JSON object; the file is damaged");
  return json;
}

void write_text_file(const std::filesystem::path& path, const std::string& text) {
  OutputFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.close();
}

}  // namespace variometer
