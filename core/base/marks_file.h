// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <vector>

#include "core/base/snapshot.h"

namespace variometer {

/// Remarks made on a record after its run ended: a small JSON file beside it, RUN.h5.marks.json, so that a closed
/// record is never opened for writing again. It travels with the record when both are moved; without it the record is
/// whole.
std::filesystem::path marks_file(const std::filesystem::path& record);

/// Events of kind "mark" (core/base/marks.h), in the order they were made; none where there is no such file. Throws
/// Error(file) where it cannot be read or is no file of marks.
std::vector<Event> read_marks(const std::filesystem::path& record);

/// Adds one. The file is replaced as a whole or not at all. Throws Error(file).
void write_mark(const std::filesystem::path& record, const Event& event);

}  // namespace variometer
