// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace variometer {

/// Reads a record from end to end in a child process first, so that a file which the HDF5 library falls over is told in
/// one line before any work is begun with it here. Silent about everything else: whoever reads it next says what is
/// wrong. Throws Error(file). While there is one thread.
void rehearse_record(const std::string& path);

}  // namespace variometer
