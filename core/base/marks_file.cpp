// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/marks_file.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/new_file.h"

namespace variometer {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "variometer-marks-1";

json read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    std::error_code none;
    if (!std::filesystem::exists(path, none)) return {{"format", kFormat}, {"marks", json::array()}};
    throw file_error(path.string() + ": the remarks on this record cannot be read");
  }
  json all = json::parse(in, nullptr, /*allow_exceptions=*/false);
  const bool ours =
      all.is_object() && all.value("format", json()) == kFormat && all.contains("marks") && all["marks"].is_array();
  if (!ours) throw file_error(path.string() + ": this is no file of remarks on a record; move it away");
  return all;
}

}  // namespace

std::filesystem::path marks_file(const std::filesystem::path& record) {
  std::filesystem::path path = record;
  path += ".marks.json";
  return path;
}

std::vector<Event> read_marks(const std::filesystem::path& record) {
  std::vector<Event> events;
  const json all = read(marks_file(record));
  for (const json& mark : all["marks"]) {
    if (!mark.is_object() || !mark.contains("step") || !mark["step"].is_number_integer()) continue;
    json detail = mark;
    detail.erase("step");
    events.push_back({mark["step"].get<std::int64_t>(), "mark", json_text(detail)});
  }
  return events;
}

void write_mark(const std::filesystem::path& record, const Event& event) {
  const std::filesystem::path path = marks_file(record);
  json all = read(path);
  json mark = json::parse(event.detail, nullptr, /*allow_exceptions=*/false);
  if (!mark.is_object()) mark = json::object();
  mark["step"] = event.step;
  all["marks"].push_back(std::move(mark));
  NewFile file(path);
  std::ofstream out(file.path(), std::ios::binary | std::ios::trunc);
  out << json_text(all, /*indent=*/1) << '\n';
  out.close();
  if (!out)
    throw file_error(path.string() + ": the remark could not be written; is the folder writable, the disk full?");
  file.commit();
}

}  // namespace variometer
