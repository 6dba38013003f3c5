// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace variometer {

/// Something a command reads, in the words of a refusal: {"run.h5", "the record to be exported"}.
struct Input {
  std::filesystem::path path;  ///< a file or a folder; empty: none
  std::string what;
};

/// The one rule for whatever is about to be written, to be asked before anything is touched: it may not be what the
/// command reads, under whatever name (./x, links of both kinds), not even where the user allows it to be overwritten.
/// Of a folder that is read every file in it counts, of a model's file also its neighbours that describe it. Throws
/// Error(usage).
void refuse_own_input(const std::filesystem::path& output, const std::vector<Input>& inputs);

/// The same for a folder that is about to be replaced, with whatever is in it: it may not hold an input.
void refuse_folder_of_input(const std::filesystem::path& output, const std::vector<Input>& inputs);

/// refuse_own_input, and that an ordinary file of that name may be replaced: Error(usage) where it exists and
/// `overwrite` is false, Error(file) where it is a folder, a device, or lies in no folder.
void check_output_file(const std::filesystem::path& output, bool overwrite, const std::vector<Input>& inputs);

}  // namespace variometer
