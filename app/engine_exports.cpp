// SPDX-License-Identifier: GPL-3.0-or-later
// The one door of libvariometer_engine.so.
#include "app/cli.h"
#include "app/engine_library.h"
#include "core/analysis/model_inspector.h"
#include "core/kernels/tensor_memory.h"
#include "core/model/parameter_count.h"
#include "core/record/record_check.h"
#include "core/record/recorded_run.h"
#include "core/record/stored_inspector.h"
#include "core/train/fork.h"
#include "core/train/live_run.h"
#include "core/train/starting_point.h"

namespace {

std::string repair(const std::filesystem::path& path) {
  return variometer::repair_record(path) ? "The record was closed properly." : "The record was closed already.";
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const variometer::EngineLibrary* variometer_engine() {
  variometer::use_tensor_memory();
  static const variometer::EngineLibrary library{.engine = {.start = variometer::start_live_run,
                                                            .open = variometer::open_record,
                                                            .resume_config = variometer::resume_config,
                                                            .repair = repair,
                                                            .fork = variometer::plan_fork,
                                                            .inspect = variometer::open_inspector,
                                                            .is_snapshot = variometer::is_snapshot_file},
                                                 .planner = {.read_model = variometer::read_start_model,
                                                             .read_text = variometer::read_text_length,
                                                             .propose = variometer::propose,
                                                             .memory = variometer::run_memory,
                                                             .parameters = variometer::count_parameters,
                                                             .measure = variometer::measure_update},
                                                 .run_command_line = variometer::run_command_line};
  return &library;
}
