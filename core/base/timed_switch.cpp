// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/timed_switch.h"

#include <algorithm>
#include <charconv>

#include "core/base/config_fields.h"
#include "core/base/error.h"

namespace variometer {

TimedSwitch timed_switch(std::string_view text) {
  const auto colon = text.find(':');
  std::int64_t step = 0;
  const char* end = text.data() + (colon == std::string_view::npos ? 0 : colon);
  const auto [stop, error] = std::from_chars(text.data(), end, step);
  if (colon == std::string_view::npos || error != std::errc{} || stop != end) {
    throw usage_error("'" + std::string(text) + "' is not STEP:key=value; write for instance 300:tvr.enabled=true");
  }
  return {step, parse_assignment(text.substr(colon + 1))};
}

std::string to_text(const TimedSwitch& one) {
  return std::to_string(one.step) + ":" + one.set.key + "=" + one.set.value;
}

void check_timed(const RunConfig& config, const std::vector<TimedSwitch>& switches) {
  std::vector<TimedSwitch> ordered = switches;
  std::ranges::stable_sort(ordered, {}, &TimedSwitch::step);
  RunConfig changed = config;
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    const auto& [step, set] = ordered[i];
    const std::string where = "before update " + std::to_string(step) + ": ";
    if (step < 1) throw usage_error(where + "updates count from 1");
    try {
      set_field(changed, set.key, set.value);
      if (!is_live_field(set.key)) {
        throw usage_error(set.key + " cannot change while a model trains; set it from the start");
      }
      // What is set at one step is set together.
      if (i + 1 == ordered.size() || ordered[i + 1].step != step) resolved(changed);
    } catch (const Error& error) {
      throw usage_error(where + error.what());
    }
  }
}

void check_timed_within(const RunConfig& config, const std::vector<TimedSwitch>& switches) {
  for (const auto& one : switches) {
    if (one.step <= config.train.steps) continue;
    throw usage_error("before update " + std::to_string(one.step) + ": the last update is " +
                      std::to_string(config.train.steps) + "; choose an earlier one, or raise train.steps");
  }
}

}  // namespace variometer
