// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <iosfwd>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/history.h"
#include "core/base/snapshot.h"

namespace variometer {

/// What a card shows, as a table: the same for the window's CSV and `variometer export`. All columns have n_row()
/// cells.
struct CardTable {
  struct Column {
    std::string name;
    std::string unit;                ///< "" for a pure number or text
    std::vector<double> numbers;     ///< NaN: not measured
    std::vector<std::string> texts;  ///< filled instead where the column is text
    bool is_text = false;
  };
  std::vector<Column> columns;
  std::size_t n_row() const;
  /// By name; null when there is none.
  const Column* find(std::string_view name) const;
};

struct CardTableName {
  std::string name;
  std::string help;
};

/// Cards first, by the names they have in the window; then what they are made of (scalars, weight_mean, token_max,
/// ...). heat_map is not among them: it shows a Frame, which only a living run makes.
std::vector<CardTableName> card_table_names();

/// Rows of first_step <= step <= last_step. "batch_" in front of a table of activations: those of the training batch.
/// Throws Error(usage) for an unknown name; it lists those there are.
CardTable card_table(const RunHistory& history, std::string_view name, std::int64_t first_step = 0,
                     std::int64_t last_step = std::numeric_limits<std::int64_t>::max());

/// The heat map: one row per cell of the picture (token, its text, channel, signed h).
CardTable card_table(const Frame& frame);

/// RFC 4180 with a header line of column names, '.' and no digits lost whatever the locale; empty where not measured.
void write_csv(std::ostream& out, const CardTable& table, char separator = ',');

}  // namespace variometer
