// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/in_force.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/command.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"

namespace variometer {

void InForce::apply(const Event& event) {
  const bool is_set = event.kind == "set";
  if (!is_set && event.kind != "prompt" && event.kind != "restore") return;
  try {
    const auto json = nlohmann::json::parse(event.detail);
    const Command command = command_from_json(json);
    if (command.kind != Command::Kind::restore) {
      Change change{.step = event.step, .is_set = is_set, .config = config()};
      for (const auto& [key, value] : command.assignments) set_field(change.config, key, value);
      changes_.push_back(std::move(change));
      return;
    }
    const bool counted = json.contains("commands");
    auto counting = json.value("commands", std::int64_t{0});
    const auto undone = std::find_if(changes_.begin() + 1, changes_.end(), [&](const Change& change) {
      return counted ? change.is_set && counting-- <= 0 : change.step >= command.count;
    });
    changes_.erase(undone, changes_.end());
  } catch (const nlohmann::json::exception&) {
  } catch (const Error&) {
  }
}

}  // namespace variometer
