// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/alarms.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/event_story.h"
#include "core/base/json_text.h"

namespace variometer {
namespace {

constexpr std::int64_t kQuiet = 100;   ///< updates between two alarms of a kind
constexpr std::int64_t kSettled = 50;  ///< updates before a jump of the loss can be told from learning
constexpr double kForget = 0.05;
constexpr double kSigmas = 6.0, kLeastJump = 0.5;

}  // namespace

void Alarms::watch(const Snapshot& snapshot, std::vector<Event>& events) {
  watch_loss(snapshot, events);
  if (snapshot.probe) watch_activations(snapshot, *snapshot.probe, "probe prompt", events);
  if (snapshot.batch) watch_activations(snapshot, *snapshot.batch, "training batch", events);
}

bool Alarms::loss_is_sound() const { return n_ == 0 || (last_is_sound_ && mean_ - lowest_mean_ <= kLeastJump); }

void Alarms::watch_loss(const Snapshot& snapshot, std::vector<Event>& events) {
  const double difference = snapshot.loss - mean_;
  const double limit = std::max(kLeastJump, kSigmas * std::sqrt(variance_));
  if (n_ >= kSettled && difference > limit && snapshot.step - last_spike_ >= kQuiet) {
    last_spike_ = snapshot.step;
    nlohmann::json detail{{"what", "loss jumped"}, {"loss", snapshot.loss}, {"before", mean_}};
    if (snapshot.step - last_rescaling_ <= EventStory::kAfterRescaling) detail["tvr_rescaled_at"] = last_rescaling_;
    events.push_back({snapshot.step, "alarm", json_text(detail)});
  }
  last_is_sound_ = std::isfinite(snapshot.loss) && (n_ == 0 || difference <= limit);
  if (n_++ == 0) {
    mean_ = lowest_mean_ = snapshot.loss;
    return;
  }
  mean_ += kForget * difference;
  variance_ = (1 - kForget) * (variance_ + kForget * difference * difference);
  lowest_mean_ = std::min(lowest_mean_, mean_);
}

void Alarms::watch_activations(const Snapshot& snapshot, const ActivationSnapshot& activations, const char* where,
                               std::vector<Event>& events) {
  if (!massive_seen_ && !activations.massive.empty()) {
    massive_seen_ = true;
    const ActivationPlace& place = activations.massive.front();
    events.push_back({snapshot.step, "alarm",
                      json_text(nlohmann::json{{"what", snapshot.probe_config.ratio_only ? "first outlier activation"
                                                                                         : "first massive activation"},
                                               {"where", where},
                                               {"layer", place.layer},
                                               {"token", place.token},
                                               {"channel", place.channel},
                                               {"value", place.value},
                                               {"ratio", place.ratio}})});
  }
  for (std::size_t layer = 0; layer < activations.layers.size(); ++layer) {
    if (activations.layers[layer].non_finite == 0) continue;
    if (snapshot.step - last_non_finite_ >= kQuiet) {
      last_non_finite_ = snapshot.step;
      events.push_back(
          {snapshot.step, "alarm",
           json_text(nlohmann::json{{"what", "activations are not finite"}, {"where", where}, {"layer", layer}})});
    }
    return;
  }
}

}  // namespace variometer
