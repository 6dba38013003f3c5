// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

#include "core/base/card_table.h"

namespace variometer {

/// Writes a table in the format that the name's ending asks for:
///   .csv  `csv_head` as it is, then all columns (write_csv)
///   .npy  NumPy 1.0: float64 (rows, columns) of the columns that are numbers
///   .h5   one dataset per column along "row", gzip 4 + shuffle, units and long_name on each
/// The file appears whole or not at all. Throws Error(usage) for another ending, Error(file) when it cannot be written.
void export_table(const std::filesystem::path& path, const CardTable& table, const std::string& title,
                  const std::string& csv_head = {});

}  // namespace variometer
