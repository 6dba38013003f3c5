// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "core/train/starting_point.h"

namespace variometer {

/// What a run would be, before it starts, as functions of the engine; core/train/starting_point.h says what each does.
/// All of them or none.
struct Planner {
  std::function<StartModel(const std::filesystem::path&, const StopAsked&)> read_model = {};
  std::function<TextLength(const DataConfig&, const std::filesystem::path&, std::int64_t)> read_text = {};
  std::function<std::vector<Proposal>(const StartModel&, const RunConfig&, const std::optional<TextLength>&, double)>
      propose = {};
  std::function<RunMemory(const RunConfig&)> memory = {};
  std::function<std::int64_t(const ModelConfig&)> parameters = {};
  std::function<std::optional<double>(const RunConfig&, const StopAsked&)> measure = {};
};

}  // namespace variometer
