// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/base/history.h"

namespace variometer {

/// Numbers in rows: the first column is the step. NaN: nothing was measured there.
struct ExportTable {
  std::vector<std::string> columns;
  std::vector<std::vector<double>> rows;
};

struct TableName {
  std::string name;
  std::string help;
};

/// What `make_table` can make.
std::vector<TableName> table_names();

/// The data behind a card, for first <= step <= last. Throws Error(usage) for a name that is not there.
ExportTable make_table(const RunHistory& history, const std::string& name, std::int64_t first, std::int64_t last);

/// Comma separated, a header line, empty where nothing was measured; numbers as short as they read back exactly.
void write_csv(const std::filesystem::path& path, const ExportTable& table);
/// NumPy's format: float64, (rows, columns), the step first.
void write_npy(const std::filesystem::path& path, const ExportTable& table);

}  // namespace variometer
