// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/timed_switch.h"

namespace variometer {

/// A run as a TOML file says it: the tables [model], [train], ... are its config; [run] holds what a config does not:
///
///     [run]
///     name = "hybrid"
///     init = "/models/SmolLM2-135M"      # a model whose weights and tokenizer it starts from
///     at = ["300:tvr.enabled=true"]      # switches: the update they come before, and what is set
struct RunPreset {
  RunConfig config;
  std::string name;
  std::string init;
  std::vector<TimedSwitch> at;
  std::set<std::string> named;  ///< keys of the config that the file gives; the others have their defaults
};

/// `where` names the file in errors. Throws Error: no TOML (file), an unknown key or a value of the wrong kind (usage).
RunPreset preset_from_toml(std::string_view text, const std::string& where);

/// Every key with its help, so that the file says the whole run whatever defaults a later version has.
std::string to_toml(const RunPreset& preset);

}  // namespace variometer
