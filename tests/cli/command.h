// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tests/temporary_folder.h"

namespace variometer::test {

struct Result {
  int status = -1;  ///< exit status; 128 + signal when killed
  std::string out;
  std::string err;
};

/// Runs the program that was built, with these arguments, and waits for it. `interrupt_after`: sends SIGINT once that
/// text was seen on stdout.
Result run_variometer(const std::vector<std::string>& arguments, const std::string& interrupt_after = "");

/// The same; once `text` was seen on stdout, `then` is told the process.
Result run_variometer(const std::vector<std::string>& arguments, const std::string& text,
                      const std::function<void(pid_t)>& then);

void write_text(const std::filesystem::path& path, const std::string& text);
std::string read_text(const std::filesystem::path& path);
std::vector<std::string> lines_of(const std::string& text);

}  // namespace variometer::test
