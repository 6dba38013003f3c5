// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/in_force.h"

#include <nlohmann/json.hpp>

#include "core/base/command.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"

namespace variometer {

void InForce::apply(const Event& event) {
  if (event.kind != "set" && event.kind != "restore") return;
  try {
    const Command command = command_from_json(nlohmann::json::parse(event.detail));
    if (command.kind == Command::Kind::restore) {
      while (steps_.size() > 1 && steps_.back().first > command.count) steps_.pop_back();
      return;
    }
    RunConfig config = steps_.back().second;
    for (const auto& [key, value] : command.assignments) set_field(config, key, value);
    steps_.emplace_back(event.step, std::move(config));
  } catch (const nlohmann::json::exception&) {
  } catch (const Error&) {
  }
}

}  // namespace variometer
