// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/python_json.h"

#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/json_text.h"

namespace variometer {
namespace {

using nlohmann::json;

// The parser knows no such numbers. They are handed to it as zeros of a form that nobody writes, by which they are
// known again; the longest come first.
struct NotFinite {
  std::string_view python, stand_in;
  double value;
};
constexpr std::array<NotFinite, 3> kNotFinite{{{"-Infinity", "-0E-88801", -std::numeric_limits<double>::infinity()},
                                               {"Infinity", "0E-88801", std::numeric_limits<double>::infinity()},
                                               {"NaN", "0E-88802", std::numeric_limits<double>::quiet_NaN()}}};

/// Nothing in `text` outside its strings is one of these numbers: it comes back as it is.
std::string with_stand_ins(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    if (in_string && text[i] == '\\' && i + 1 < text.size()) {
      result.append(text.substr(i, 2));
      i += 2;
      continue;
    }
    if (text[i] == '"') in_string = !in_string;
    const NotFinite* found = nullptr;
    for (const auto& number : kNotFinite) {
      if (!in_string && found == nullptr && text.substr(i).starts_with(number.python)) found = &number;
    }
    result.append(found != nullptr ? found->stand_in : text.substr(i, 1));
    i += found != nullptr ? found->python.size() : 1;
  }
  return result;
}

class Builder : public nlohmann::json_sax<json> {
 public:
  explicit Builder(int deepest) : deepest_(static_cast<std::size_t>(deepest)) {}
  json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool flag) override { return add(flag); }
  bool number_integer(std::int64_t number) override { return add(number); }
  bool number_unsigned(std::uint64_t number) override { return add(number); }
  bool number_float(double number, const std::string& text) override {
    for (const auto& other : kNotFinite) {
      if (text == other.stand_in) number = other.value;
    }
    return add(number);
  }
  bool string(std::string& text) override { return add(std::move(text)); }
  bool binary(json::binary_t& /*bytes*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return open(json::object()); }
  bool start_array(std::size_t /*size*/) override { return open(json::array()); }
  bool key(std::string& text) override {
    key_ = std::move(text);
    return true;
  }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& /*token*/, const json::exception& error) override {
    std::string what = error.what();
    if (const auto at = what.find("] "); at != std::string::npos) what.erase(0, at + 2);
    throw file_error("not JSON at byte " + std::to_string(position) + " (" + what.substr(0, 120) +
                     "); the file is damaged");
  }

 private:
  json* place(json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    json& slot = parent[key_];
    slot = std::move(value);
    return &slot;
  }
  bool add(json value) {
    place(std::move(value));
    return true;
  }
  bool open(json container) {
    if (open_.size() >= deepest_) throw file_error("nested too deeply; the file is damaged");
    open_.push_back(place(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  const std::size_t deepest_;
  json root_;
  std::vector<json*> open_;
  std::string key_;
};

bool is_not_finite(const json& value) { return value.is_number_float() && !std::isfinite(value.get<double>()); }

bool holds_not_finite(const json& value) {
  if (!value.is_structured()) return is_not_finite(value);
  for (const auto& part : value) {
    if (holds_not_finite(part)) return true;
  }
  return false;
}

/// A text nobody has in a file stands for the number until the whole is written.
constexpr std::string_view kMark = "\x01python-number:";

void mark(json& value) {
  if (is_not_finite(value)) {
    const double number = value.get<double>();
    value = std::string(kMark) + (std::isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity");
  } else if (value.is_structured()) {
    for (auto& part : value) mark(part);
  }
}

}  // namespace

json parse_python_json(std::string_view text, int deepest) {
  Builder builder(deepest);
  const std::string readable = with_stand_ins(text);
  if (!json::sax_parse(readable, &builder)) throw file_error("not JSON; the file is damaged");
  return builder.take();
}

std::string python_json_text(const json& value, int indent) {
  const auto written = [&](const json& any) { return json_text(any, indent, JsonCharacters::ascii); };
  if (!holds_not_finite(value)) return written(value);
  json marked = value;
  mark(marked);
  std::string text = written(marked);
  const std::string opening = "\"\\u0001" + std::string(kMark.substr(1));
  for (std::size_t at = 0; (at = text.find(opening, at)) != std::string::npos;) {
    const std::size_t end = text.find('"', at + opening.size());
    text.replace(at, end + 1 - at, text.substr(at + opening.size(), end - at - opening.size()));
  }
  return text;
}

}  // namespace variometer
