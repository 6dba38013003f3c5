// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/hf_reader.h"

#include <algorithm>

#include "core/base/error.h"

namespace variometer {
namespace {

using nlohmann::json;

std::string shown(const json* value) {
  if (value == nullptr) return "(default)";
  return value->dump(-1, ' ', true, json::error_handler_t::replace).substr(0, 80);
}

}  // namespace

const json* HfReader::find(const std::string& key) const {
  const auto found = config_.find(key);
  return found == config_.end() || found->is_null() ? nullptr : &*found;
}

std::int64_t HfReader::integer(const std::vector<std::string>& keys, std::int64_t otherwise) const {
  for (const auto& key : keys) {
    const json* value = find(key);
    if (value == nullptr) continue;
    if (!value->is_number_integer()) refuse(key, "is not a whole number");
    return value->get<std::int64_t>();
  }
  return otherwise;
}

double HfReader::number(const std::vector<std::string>& keys, double otherwise) const {
  for (const auto& key : keys) {
    const json* value = find(key);
    if (value == nullptr) continue;
    if (!value->is_number()) refuse(key, "is not a number");
    return value->get<double>();
  }
  return otherwise;
}

bool HfReader::flag(const std::string& key, bool otherwise) const {
  const json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) refuse(key, "is not true or false");
  return value->get<bool>();
}

std::string HfReader::text(const std::string& key, const std::string& otherwise) const {
  const json* value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_string()) refuse(key, "is not a string");
  return value->get<std::string>();
}

std::vector<double> HfReader::numbers(const std::string& key) const {
  const json* value = find(key);
  if (value == nullptr) return {};
  const auto is_number = [](const json& each) { return each.is_number(); };
  if (!value->is_array() || !std::all_of(value->begin(), value->end(), is_number)) refuse(key, "is no list of numbers");
  return value->get<std::vector<double>>();
}

std::vector<std::string> HfReader::texts(const std::string& key) const {
  const json* value = find(key);
  if (value == nullptr) return {};
  const auto is_string = [](const json& each) { return each.is_string(); };
  if (!value->is_array() || !std::all_of(value->begin(), value->end(), is_string)) refuse(key, "is no list of strings");
  return value->get<std::vector<std::string>>();
}

HfReader HfReader::inner(const std::string& key) const {
  static const json kEmpty = json::object();
  const json* value = find(key);
  if (value == nullptr) return {kEmpty, where_};
  if (!value->is_object()) refuse(key, "is not an object");
  return {*value, where_};
}

void HfReader::require(bool holds, const std::string& key) const {
  if (!holds) refuse(key, "is not supported");
}

void HfReader::refuse(const std::string& key, const std::string& why) const {
  throw file_error(where_ + ": " + key + " = " + shown(find(key)) + " " + why);
}

}  // namespace variometer
