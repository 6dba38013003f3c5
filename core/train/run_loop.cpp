// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/run_loop.h"

#include <ATen/Parallel.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/error_in_flight.h"
#include "core/base/path_text.h"
#include "core/checkpoint/hf_model.h"
#include "core/train/recorded_course.h"

namespace variometer {
namespace {

double seconds_between(std::chrono::steady_clock::time_point begin, std::chrono::steady_clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

constexpr std::int64_t kSoundEvery = 50;  // updates between two copies of a sound state, at least
constexpr double kSoundShare = 0.01;      // of the time, at most

/// A third, to two digits: what people would type.
double a_third(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.2g", value / 3);
  return std::strtod(text.data(), nullptr);
}

}  // namespace

RunLoop::RunLoop(RunChannels& channels, RunConfig config, LiveOptions options, at::Device device,
                 RecorderFactory recorder)
    : channels_(channels),
      config_(std::move(config)),
      options_(std::move(options)),
      device_(device),
      make_recorder_(std::move(recorder)),
      record_path_(options_.record),
      kept_(options_.undo_budget),
      budget_(config_.probe.budget) {}

void RunLoop::run(const std::stop_token& stop) noexcept {
  stop_ = stop;
  try {
    const auto error = guarded([&] {
      const c10::DeviceGuard guard(device_);  // streams, events and pinned memory are this card's
      start(stop);
      if (!ended()) go(stop);
      if (!ended() && state_ != RunState::failed) {
        finish(options_.rests && complete() ? RunState::finished : RunState::stopped);
      }
    });
    if (error) fail(error->what(), error->kind());
    if (auto trouble = close_record(); !trouble.empty()) {
      message_ = std::move(trouble);
      publish(/*is_update=*/false);
    }
  } catch (...) {
    // Not even the failure could be told (no memory): the thread ends, its owner lives.
  }
}

void RunLoop::start(const std::stop_token& stop) {
  publish(/*is_update=*/false);  // initialising
  const auto n_core = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
  at::set_num_threads(static_cast<int>(config_.train.threads > 0 ? config_.train.threads : n_core));
  start_trainer(stop);
  if (ended()) return;

  RunInfo info;
  info.name = options_.name;
  info.config = trainer_->config();
  info.n_layer = config_.model.n_layer;
  info.n_embd = config_.model.n_embd;
  for (const auto& parameter : trainer_->decoder().parameters()) {
    info.tensors.push_back(parameter.info);
    if (!parameter.extra) info.n_parameter += parameter.value.numel();
  }
  info.first_step = trainer_->step();
  info.device = device_.str();
  info.dtype = config_.train.dtype;
  {
    const std::scoped_lock lock(channels_.info_mutex);
    channels_.info = info;
  }
  if (make_recorder_) recorder_ = make_recorder_(info);
  while (n_timed_ < options_.timed.size() && options_.timed[n_timed_].step <= trainer_->step()) ++n_timed_;

  state_ = options_.start_paused ? RunState::paused : RunState::running;
  if (trainer_->config().probe.enabled) measure_all();
  keep_sound_state();
  publish(/*is_update=*/false);
  mark_ = Clock::now();
}

void RunLoop::start_trainer(const std::stop_token& stop) {
  find_tokenizer();
  auto corpus = read_corpus(stop);
  if (ended()) return;
  trainer_ = std::make_unique<Trainer>(config_, std::move(corpus), device_);
  if (!options_.init.empty()) {
    if (!name_init(stop)) return;
    for (const auto& warning : load_hf_weights(options_.init, trainer_->decoder())) {
      add_event("warning", {{"what", warning}});
    }
  }
  if (options_.resume.empty()) {
    run_ = new_checkpoint_run(options_.checkpoint);
    return;
  }
  const auto checkpoint = require_checkpoint(options_.resume);
  run_ = new_checkpoint_run(options_.checkpoint, checkpoint);
  trainer_->restore(load_checkpoint(checkpoint, trainer_->decoder()));
  add_event("resume", {{"path", path_text(std::filesystem::absolute(checkpoint))},
                       {"step", trainer_->step()},
                       {"run", read_checkpoint_run(checkpoint).id}});
  // What may differ from the checkpoint is switched, like any command; the rest must be the same run.
  Command change;
  for (const auto& [key, help, value] : field_help()) {
    const std::string now = get_field(config_, key), before = get_field(trainer_->config(), key);
    if (now == before) continue;
    if (!may_differ_on_resume(key)) {
      throw usage_error(key + " is " + now + ", but the checkpoint was made with " + before +
                        "; a resumed run keeps it");
    }
    if (is_live_field(key)) change.assignments.push_back({key, now});
  }
  if (!change.assignments.empty()) apply(change);
}

void RunLoop::go(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!idle() && complete()) options_.rests ? rest() : finish(RunState::finished);
    take_commands(stop);
    if (!idle()) apply_timed();
    if (!idle()) try_update();
  }
}

void RunLoop::try_update() {
  // Nothing is lost but this update: the thread stays, for whoever undoes a switch, lowers the learning rate, saves the
  // weights, or makes room in the memory.
  if (const auto error = guarded([&] { one_update(); })) fail(error->what(), error->kind());
}

void RunLoop::take_commands(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const bool slept = idle();
    const auto command = next_command(stop);
    if (!command) return;
    handle(*command);
    if (slept) mark_ = Clock::now();  // pauses are not counted
  }
}

std::optional<Command> RunLoop::next_command(const std::stop_token& stop) {
  if (early_.empty()) return idle() ? channels_.commands.wait_take(stop) : channels_.commands.try_take();
  std::optional<Command> command(std::move(early_.front()));
  early_.pop_front();
  return command;
}

void RunLoop::one_update() {
  const std::int64_t n = trainer_->step() + 1;
  const ProbeConfig probe = trainer_->config().probe;
  const bool last = n == trainer_->config().train.steps;
  const bool activations = probe.enabled && (last || is_due(n, probe.every * budget_.thinning(), probe.dense_start));
  const bool weights =
      probe.enabled && (last || is_due(n, probe.weights_every * budget_.thinning(), probe.dense_start));

  saved_ = false;
  const auto report = trainer_->update({.batch = activations && probe.batch, .weights = weights});
  auto begin = Clock::now();
  double observe_seconds = report.observe_seconds;
  pending_.loss = report.loss;
  pending_.grad_norm = report.grad_norm;
  pending_.learning_rate = report.learning_rate;
  pending_.batch = report.batch;
  pending_.weights = report.weights;
  if (activations) measure_prompt();
  observe_seconds += seconds_between(begin, Clock::now());

  after_update(report);

  begin = Clock::now();
  const double step_seconds = seconds_between(mark_, begin);
  pending_.tokens_per_second =
      static_cast<float>(static_cast<double>(trainer_->tokens_per_update()) / std::max(step_seconds, 1e-9));
  pending_.observe_fraction = static_cast<float>(budget_.fraction());
  seconds_ += step_seconds;
  publish(/*is_update=*/true);
  mark_ = Clock::now();
  observe_seconds += seconds_between(begin, mark_);
  seconds_ += seconds_between(begin, mark_);
  budget_.add_step(step_seconds + seconds_between(begin, mark_), observe_seconds);

  if (steps_left_ > 0 && --steps_left_ == 0) {
    steps_left_ = -1;
    if (state_ == RunState::running && !last) {
      state_ = RunState::paused;
      publish(/*is_update=*/false);
    }
  }
}

void RunLoop::measure_prompt() {
  FramePtr frame;
  pending_.probe = std::make_shared<ActivationSnapshot>(trainer_->measure_prompt(
      {.attention = trainer_->config().probe.attention, .maps = true, .frame_layer = frame_layer_}, &frame));
  if (frame) channels_.frame.set(std::move(frame));
}

void RunLoop::measure_all() {
  measure_prompt();
  pending_.weights = std::make_shared<WeightSnapshot>(trainer_->measure_weights_now());
  if (trainer_->config().probe.batch) {
    pending_.batch = std::make_shared<ActivationSnapshot>(trainer_->measure_held_batch());
  }
}

void RunLoop::after_update(const UpdateReport& report) {
  const RunConfig& config = trainer_->config();
  const std::int64_t n = trainer_->step();
  const auto due = [n](std::int64_t every) { return every > 0 && n % every == 0; };
  if (due(config.train.validation_every)) pending_.validation_loss = trainer_->validation_loss();
  if (const TvrConfig& tvr = config.mitigations.tvr; !report.rescaled.empty()) {
    alarms_.note_rescaling(n);
    if (tvr.log_granularity == "layer") {
      for (const auto& r : report.rescaled) {
        add_event("rescale", {{"tensor", trainer_->decoder().parameters()[r.parameter].info.name},
                              {"std", r.std_before},
                              {"target", r.target}});
      }
    } else if (tvr.log_granularity == "agg") {
      double largest = 0;
      for (const auto& r : report.rescaled) largest = std::max(largest, r.std_before / r.target);
      add_event("rescale", {{"n_tensor", report.rescaled.size()}, {"largest_ratio", largest}});
    }
  }
  if (budget_.thinning() != thinning_) {
    thinning_ = budget_.thinning();
    add_event("thinned",
              {{"factor", thinning_}, {"budget", config.probe.budget}, {"observe_fraction", budget_.fraction()}});
  }
  pending_.step = n;
  pending_.probe_config = config.probe;
  alarms_.watch(pending_, pending_.events);
  save_if_due();
  keep_sound_state();
  if (due(config.train.sample_every)) sample_if_due();
}

void RunLoop::rest() {
  state_ = RunState::paused;
  steps_left_ = -1;
  save_at_rest();
  publish(/*is_update=*/false);
}

void RunLoop::finish(RunState state) {
  state_ = state;
  if (options_.rests) {
    save_at_rest();
  } else if (!options_.checkpoint.empty()) {
    const bool own_folder = options_.checkpoint_every > 0;
    const auto error = guarded(
        [&] { save_to(own_folder ? checkpoint_folder(options_.checkpoint, trainer_->step()) : options_.checkpoint); });
    if (error) message_ = std::string("the last checkpoint could not be saved: ") + error->what();
    if (!error && own_folder) prune();
  }
  publish_last();
}

void RunLoop::keep_sound_state() {
  const std::int64_t n = trainer_->step();
  const auto now = Clock::now();
  const bool long_ago =
      sound_step_ < 0 || n < sound_step_ ||
      (n - sound_step_ >= kSoundEvery && seconds_between(sound_kept_at_, now) >= sound_seconds_ / kSoundShare);
  if (!long_ago || !alarms_.loss_is_sound()) return;
  auto kept = kept_.copy(*trainer_, n_command_, KeptStates::Why::sound, /*sound=*/true);
  if (kept) kept_.add(std::move(*kept));
  sound_step_ = n;
  sound_kept_at_ = Clock::now();
  sound_seconds_ = seconds_between(now, sound_kept_at_);
}

std::optional<WayBack> RunLoop::way_back() const {
  const auto step = kept_.newest_sound();
  if (!step) return std::nullopt;
  const TrainConfig& train = trainer_->config().train;
  return WayBack{*step - 1, a_third(train.learning_rate), a_third(train.min_learning_rate)};
}

void RunLoop::fail(const std::string& what, Error::Kind kind) {
  state_ = RunState::failed;
  failure_ = kind;
  message_ = what;
  if (recorder_ && !record_path_.empty()) message_ += " (recorded so far: " + record_path_.string() + ")";
  // `status`: what a command exits with.
  add_event("failed", {{"what", what}, {"status", static_cast<int>(kind)}});
  if (kind == Error::Kind::run) way_back_ = way_back();
  publish(/*is_update=*/false);
}

}  // namespace variometer
