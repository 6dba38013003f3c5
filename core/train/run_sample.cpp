// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error_in_flight.h"
#include "core/base/utf8.h"
#include "core/train/run_loop.h"

namespace variometer {
namespace {

// A quick text is there before anyone could read how far it is.
constexpr std::chrono::milliseconds kUntold{200}, kBetween{100};

}  // namespace

std::optional<Sample> RunLoop::draw_sample(const std::string& prompt) {
  const TrainConfig& train = trainer_->config().train;
  Sampling sampling{printable_utf8(prompt.empty() ? train.sample_prompt : prompt), {}, 0, train.sample_tokens};
  std::vector<std::int32_t> ids;
  bool ended = false;
  auto tell_next = Clock::now() + kUntold;
  const auto on_token = [&](std::int32_t id) {
    ids.push_back(id);
    while (auto command = channels_.commands.try_take()) {
      if (command->kind == Command::Kind::cancel) {
        ended = true;
        pending_.applied.push_back({trainer_->step() + 1, std::move(*command), {}});
        continue;
      }
      // Nobody who stops a run waits for its text; what else was asked for comes after it.
      ended = ended || command->kind == Command::Kind::stop;
      early_.push_back(std::move(*command));
    }
    ended = ended || stop_.stop_requested();
    if (!ended && Clock::now() >= tell_next) {
      sampling.n_token = static_cast<std::int64_t>(ids.size());
      sampling.text = printable_utf8(tokenizer_.tokenizer->decode(ids, SpecialTokens::leave_out));
      tell(sampling);
      tell_next = Clock::now() + kBetween;
    }
    return !ended;
  };
  Sample sample = trainer_->sample(prompt, on_token);
  return ended ? std::nullopt : std::optional(std::move(sample));
}

void RunLoop::sample_if_due() {
  const auto error = guarded([this] { pending_.sample = draw_sample(""); });
  // A text is looked at, nothing depends on it: training goes on.
  if (error) add_event("alarm", {{"what", "no text could be drawn"}, {"why", error->what()}});
}

void RunLoop::tell(Sampling sampling) {
  Snapshot snapshot;
  fill_in(snapshot);
  snapshot.is_update = false;
  snapshot.step = published_step_;  // the update under way is not published yet
  snapshot.sampling = std::move(sampling);
  channels_.snapshots.push(std::make_shared<const Snapshot>(std::move(snapshot)));
}

}  // namespace variometer
