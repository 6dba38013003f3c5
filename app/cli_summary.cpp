// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_summary.h"

#include <array>
#include <cmath>
#include <cstdio>

#include "app/cli_progress.h"

namespace variometer {
namespace {

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

/// Of the whole run: the last update alone may have been a slow one.
double tokens_per_second(const RunEnd& end) {
  const auto n_token = static_cast<double>(end.n_update * end.tokens_per_update);
  return end.seconds > 0 ? n_token / end.seconds : 0;
}

}  // namespace

std::string summary(const RunEnd& end, const TrainRequest& request) {
  std::string text = std::to_string(end.n_update) + " updates in " + short_duration(end.seconds);
  if (end.last_update) {
    const Snapshot& last = *end.last_update;
    text += " (" + short_count(tokens_per_second(end)) + " tokens/s";
    if (std::isfinite(last.observe_fraction)) text += ", " + number(100 * last.observe_fraction) + " % observing";
    text += "); loss " + number(last.loss);
  }
  if (std::isfinite(end.validation_loss)) text += ", validation " + number(end.validation_loss);
  if (end.measured) {
    text += "; largest |h| " + number(std::abs(end.largest.value)) + " at layer " + std::to_string(end.largest.layer) +
            ", token " + std::to_string(end.largest.token) + ", channel " + std::to_string(end.largest.channel);
    if (end.last_update && end.first_step < end.last_update->step) {
      text += " (" + number(std::abs(end.first_largest.value)) + " at step " + std::to_string(end.first_step) + ")";
    }
  }
  if (!end.began) return text + "; stopped before it began, nothing was written";
  if (!end.record.empty()) text += "; recorded in " + end.record;
  // A message says that the last one could not be saved.
  if (!request.checkpoint.empty() && end.message.empty()) text += "; checkpoint in " + request.checkpoint;
  return text;
}

}  // namespace variometer
