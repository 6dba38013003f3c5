// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/card_table.h"

namespace variometer {

/// Private to the card tables: steps asked for, a table in the making.
struct StepRange {
  std::int64_t first, last;
  bool holds(std::int64_t step) const { return step >= first && step <= last; }
};

/// Columns are named when the table is begun and filled row by row.
class TableBuilder {
 public:
  std::size_t number(std::string name, std::string unit = "") {
    table_.columns.push_back({.name = std::move(name), .unit = std::move(unit)});
    return table_.columns.size() - 1;
  }
  std::size_t text(std::string name) {
    table_.columns.push_back({.name = std::move(name), .is_text = true});
    return table_.columns.size() - 1;
  }
  TableBuilder& operator<<(double value) {
    next().numbers.push_back(value);
    return *this;
  }
  TableBuilder& operator<<(float value) { return *this << static_cast<double>(value); }
  TableBuilder& operator<<(std::int64_t value) { return *this << static_cast<double>(value); }
  TableBuilder& operator<<(std::int32_t value) { return *this << static_cast<double>(value); }
  TableBuilder& operator<<(std::string value) {
    next().texts.push_back(std::move(value));
    return *this;
  }
  void end_row() {
    while (at_ != 0 && at_ < table_.columns.size())
      table_.columns[at_].is_text ? *this << std::string() : *this << std::numeric_limits<double>::quiet_NaN();
    at_ = 0;
  }
  CardTable take() { return std::move(table_); }

 private:
  CardTable::Column& next() { return table_.columns[at_++]; }

  CardTable table_;
  std::size_t at_ = 0;
};

/// The largest |h| of all layers over steps, of the probe prompt and of the batch, side by side.
CardTable largest_table(const RunHistory& history, StepRange range);

/// Tables of activations, which there are of the probe prompt and of the training batch. Empty for an unknown name.
std::optional<CardTable> activation_table(const RunHistory& history, std::string_view name, bool batch,
                                          StepRange range);

}  // namespace variometer
