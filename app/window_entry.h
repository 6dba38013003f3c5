// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <vector>

namespace variometer {

/// What the command line says about the window. The GUI alone implements `run_window`; a build without it has commands
/// only.
struct WindowOptions {
  std::vector<std::filesystem::path> paths;  ///< to open: model folder, run .h5, preset .toml, corpus .txt
  bool safe_mode = false;                    ///< forget the remembered layout and the journal for this start
};

/// Opens the window and returns its exit status. Makes the QApplication itself.
int run_window(const WindowOptions& options);

}  // namespace variometer
