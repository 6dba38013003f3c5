// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/engine.h"
#include "app/planner.h"

namespace variometer {

struct Front;

/// What libvariometer_engine.so gives to the program: the commands and the functions the window needs. The program is
/// not linked with LibTorch, whose loading takes longer than the window needs to open: whoever needs the engine loads
/// it. Records go through it too, because HDF5 must be used by one copy of our code only.
struct EngineLibrary {
  Engine engine;
  Planner planner;
  int (*run_command_line)(int argc, char** argv, const Front& front) = nullptr;
};

/// Loads the library beside the program at the first call, in some 0.3 s, and keeps it; later calls cost nothing. Any
/// thread. Throws Error(file) when LibTorch or the library is not there; a later call tries again.
const EngineLibrary& engine_library();

}  // namespace variometer
