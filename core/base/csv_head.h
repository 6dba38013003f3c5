// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/base/card_table.h"
#include "core/base/history.h"

namespace variometer {

/// What stands before a table in a CSV file, as lines that begin with '#': which table of which run, its steps, its
/// units. The same for the window's CSV and `variometer export --head`.
std::string csv_head(const RunHistory& history, std::string_view name, const CardTable& table);

}  // namespace variometer
