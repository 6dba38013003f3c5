// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <charconv>
#include <cmath>
#include <ostream>
#include <string>

#include "core/base/card_table.h"

namespace variometer {
namespace {

std::string field(const std::string& text, char separator) {
  const bool plain = text.find_first_of(std::string("\"\r\n") + separator) == std::string::npos;
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

// Most measurements are floats: the shortest text that reads back as that float says all there is to say.
std::string number(double value) {
  if (std::isnan(value)) return {};
  std::array<char, 40> text{};
  const auto narrow = static_cast<float>(value);
  const bool is_float = static_cast<double>(narrow) == value;
  const bool is_whole = std::abs(value) < 1e15 && std::trunc(value) == value;
  char* const begin = text.data();
  char* const end = begin + text.size();
  const auto written = is_whole   ? std::to_chars(begin, end, static_cast<long long>(value))
                       : is_float ? std::to_chars(begin, end, narrow)
                                  : std::to_chars(begin, end, value);
  return {begin, written.ptr};
}

}  // namespace

void write_csv(std::ostream& out, const CardTable& table, char separator) {
  std::string line;
  const auto put = [&](const std::string& text) {
    line += text;
    line += separator;
  };
  const auto end_line = [&] {
    if (!line.empty()) line.back() = '\n';
    out.write(line.data(), static_cast<std::streamsize>(line.size()));  // not <<: a locale has no say here
    line.clear();
  };
  for (const auto& column : table.columns) put(field(column.name, separator));
  end_line();
  for (std::size_t i = 0; i < table.n_row(); ++i) {
    for (const auto& column : table.columns) {
      put(column.is_text ? field(column.texts[i], separator) : number(column.numbers[i]));
    }
    end_line();
  }
}

}  // namespace variometer
