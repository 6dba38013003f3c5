// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/csv_head.h"

#include <algorithm>
#include <cmath>

#include "core/base/one_line.h"

namespace variometer {

std::string csv_head(const RunHistory& history, std::string_view name, const CardTable& table) {
  const RunInfo& info = history.info();
  std::string text = "# " + std::string(name);
  if (!info.name.empty()) text += " of run " + one_line(info.name);
  text += "\n# Variometer, seed " + std::to_string(info.config.train.seed);
  if (info.n_parameter > 0) text += ", " + std::to_string(info.n_parameter) + " parameters";
  if (const CardTable::Column* steps = table.find("step"); steps != nullptr && !steps->numbers.empty()) {
    const auto [first, last] = std::minmax_element(steps->numbers.begin(), steps->numbers.end());
    text += ", steps " + std::to_string(std::llround(*first)) + " to " + std::to_string(std::llround(*last));
  }
  if (history.grouped_before() > 0) {
    text += "\n# of steps before " + std::to_string(history.grouped_before()) + " one measurement of up to " +
            std::to_string(history.group_size()) + " is listed; `variometer export` of the record lists all";
  }
  std::string units;
  for (const CardTable::Column& column : table.columns) {
    if (!column.unit.empty()) units += (units.empty() ? "" : ", ") + one_line(column.name) + " in " + column.unit;
  }
  return text + "\n# units: " + (units.empty() ? "" : units + "; ") + "all others are pure numbers or text\n";
}

}  // namespace variometer
