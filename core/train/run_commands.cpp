// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/error_in_flight.h"
#include "core/base/json_text.h"
#include "core/base/path_text.h"
#include "core/checkpoint/checkpoint.h"
#include "core/train/run_loop.h"

namespace variometer {
namespace {

bool starts_with(const std::string& text, std::string_view start) { return text.starts_with(start); }

bool is_switch(const Assignment& a) {
  return starts_with(a.key, "tvr.") || starts_with(a.key, "kv_bias.") || starts_with(a.key, "dyt.");
}

}  // namespace

void RunLoop::apply_timed() {
  const auto& timed = options_.timed;
  while (n_timed_ < timed.size() && timed[n_timed_].step <= trainer_->step() + 1) handle(timed[n_timed_++].command);
}

void RunLoop::handle(const Command& command) {
  if (command.kind == Command::Kind::show_layer) {
    frame_layer_ = std::clamp<std::int64_t>(command.count, 0, config_.model.n_layer - 1);
    const auto error = guarded([&] {
      FramePtr frame;
      trainer_->measure_prompt({.frame_layer = frame_layer_}, &frame);
      if (frame) channels_.frame.set(std::move(frame));
    });
    if (error) add_event("warning", {{"what", std::string("the layer could not be measured: ") + error->what()}});
    return;
  }
  const RunState before = state_;
  Applied applied{trainer_->step() + 1, command, {}};
  // A preview or a sample waits for no one: the one before it is published first.
  if ((command.kind == Command::Kind::preview && pending_.preview) ||
      (command.kind == Command::Kind::sample && pending_.sample)) {
    publish(/*is_update=*/false);
  }
  // Whatever a command throws, it is refused and the run lives.
  if (const auto error = guarded([&] { apply(command); })) applied.error = error->what();
  const bool answer_now = idle() || state_ != before || command.kind == Command::Kind::preview ||
                          command.kind == Command::Kind::sample || command.kind == Command::Kind::restore;
  if (applied.error.empty() && (command.kind == Command::Kind::run || command.kind == Command::Kind::step ||
                                command.kind == Command::Kind::pause || command.kind == Command::Kind::stop)) {
    add_event(std::string(to_string(command.kind)), to_json(command), /*ahead=*/1);
  }
  pending_.applied.push_back(std::move(applied));
  if (command.kind == Command::Kind::stop && !ended() && state_ != RunState::failed) {
    return options_.rests ? rest() : finish(RunState::stopped);
  }
  if (answer_now) publish(/*is_update=*/false);
}

void RunLoop::apply(const Command& command) {
  using Kind = Command::Kind;
  switch (command.kind) {
    case Kind::set: apply_set(command); break;
    case Kind::run: go_on(-1); break;
    case Kind::step: go_on(std::max<std::int64_t>(command.count, 1)); break;
    case Kind::pause:
      if (!ended() && state_ != RunState::failed) state_ = RunState::paused;
      break;
    case Kind::stop: break;  // see handle
    case Kind::preview:
      pending_.preview = trainer_->preview(command.assignments);
      pending_.preview->ticket = command.ticket;
      break;
    case Kind::sample: {
      pending_.sample = draw_sample(command.text);
      if (!pending_.sample) throw usage_error("the text was cancelled");
      break;
    }
    case Kind::cancel: throw usage_error("nothing is being drawn that could be cancelled");
    case Kind::checkpoint: {
      if (command.text.empty() && options_.checkpoint.empty()) {
        throw usage_error("no folder for the checkpoint; name one");
      }
      save_to(command.text.empty() ? checkpoint_folder(options_.checkpoint, trainer_->step())
                                   : std::filesystem::path(command.text));
      break;
    }
    case Kind::restore: apply_restore(command); break;
    case Kind::record_hidden: apply_record_hidden(); break;
    case Kind::mark: apply_mark(command); break;
    case Kind::show_layer: break;
  }
}

void RunLoop::go_on(std::int64_t n_step) {
  if (ended()) throw usage_error("the run has ended; resume it from a checkpoint, or start another");
  // Room in the memory may have been made meanwhile; numbers come out as they did.
  if (state_ == RunState::failed && failure_ == Error::Kind::run) {
    throw usage_error("the run failed and would again; undo the last switch, or change what made it fail, first");
  }
  if (options_.rests && complete()) {
    throw usage_error("all " + std::to_string(trainer_->config().train.steps) +
                      " updates are made; set train.steps to more to go on");
  }
  leave_failure();
  if (!backlog_.empty() && !write_backlog()) throw file_error(message_);
  message_.clear();  // of a model that could not be saved where the run rested
  steps_left_ = n_step;
  state_ = RunState::running;
}

void RunLoop::apply_set(const Command& command) {
  if (ended()) throw usage_error("the run has ended; nothing was switched");
  const auto& assignments = command.assignments;
  if (const std::size_t size = json_text(to_json(command)).size(); size > 1000) {
    throw usage_error("the command is " + std::to_string(size) + " bytes long; the record holds 1000");
  }
  trainer_->check(assignments);
  // What can fail comes first: nothing is kept of a command that is refused.
  const bool switches = std::any_of(assignments.begin(), assignments.end(), is_switch);
  std::optional<KeptStates::Kept> before;
  if (switches) {
    save_before_switch();
    before = kept_.copy(*trainer_, n_command_, KeptStates::Why::before_switch, alarms_.loss_is_sound());
  }
  trainer_->set(assignments);
  saved_ = false;
  if (before) {
    kept_.add(std::move(*before));
  } else if (switches && !kept_.why_not().empty()) {
    add_event("alarm", {{"what", "no state kept to undo this switch"}, {"why", kept_.why_not()}}, /*ahead=*/1);
  }
  leave_failure();
  budget_.set_budget(trainer_->config().probe.budget);
  const bool only_prompt =
      std::all_of(assignments.begin(), assignments.end(), [](const Assignment& a) { return a.key == "probe.prompt"; });
  if (!only_prompt) ++n_command_;
  add_event(only_prompt ? "prompt" : "set", to_json(command), /*ahead=*/1);
  // How it is trained changes no model at rest.
  const bool measured = std::any_of(assignments.begin(), assignments.end(),
                                    [](const Assignment& a) { return !starts_with(a.key, "train."); });
  if (measured && idle() && trainer_->config().probe.enabled) measure_all();
}

void RunLoop::apply_restore(const Command& command) {
  if (ended()) throw usage_error("the run has ended; nothing was undone");
  trainer_->check(command.assignments);
  const auto kept = kept_.take(command.count);
  if (!kept) {
    throw usage_error("no state is kept from before update " + std::to_string(command.count) +
                      "; there are: " + kept_.steps());
  }
  if (kept->state) {
    trainer_->restore(*kept->state);
  } else {
    trainer_->restore(load_checkpoint(kept->folder, trainer_->decoder()));
  }
  saved_ = false;
  leave_failure();
  n_command_ = kept->n_command;
  alarms_ = {};
  // `commands`: how many of the `set` events before this one still count; a replay keeps that many.
  nlohmann::json detail = to_json(Command{.kind = Command::Kind::restore, .assignments = {}, .count = command.count});
  detail["commands"] = n_command_;
  add_event("restore", detail);
  // What is to be different from there on, in the same breath: a lower learning rate.
  if (!command.assignments.empty()) apply_set(Command{.kind = Command::Kind::set, .assignments = command.assignments});
  if (trainer_->config().probe.enabled) measure_all();
}

void RunLoop::leave_failure() {
  if (state_ != RunState::failed) return;
  state_ = RunState::paused;
  message_.clear();
  way_back_.reset();
}

void RunLoop::apply_record_hidden() {
  if (!recorder_) throw usage_error("nothing is recorded; start the run with a record");
  HiddenStates hidden;
  pending_.probe = std::make_shared<ActivationSnapshot>(
      trainer_->measure_prompt({.attention = true, .maps = true, .frame_layer = frame_layer_}, nullptr, &hidden));
  recorder_->write_hidden(hidden);
  add_event("record_hidden", {{"n_token", hidden.n_token}});
}

void RunLoop::apply_mark(const Command& command) {
  if (ended()) throw usage_error("the run has ended; nothing more is recorded");
  const std::int64_t step = std::clamp<std::int64_t>(command.count, 0, trainer_->step());
  nlohmann::json detail{{"text", command.text}};
  for (const Assignment& was : command.assignments) detail[was.key] = was.value;
  add_event("mark", detail, /*ahead=*/step - trainer_->step());
}

void RunLoop::save_to(const std::filesystem::path& folder) {
  CheckpointState state = trainer_->checkpoint_state();
  state.run = run_;
  save_checkpoint(folder, trainer_->decoder(), state, &tokenizer_);
  add_event("checkpoint", {{"path", path_text(std::filesystem::absolute(folder))}, {"run", run_.id}});
  kept_.add_written({trainer_->step() + 1, n_command_, alarms_.loss_is_sound(), std::filesystem::absolute(folder)});
  saved_ = true;
}

void RunLoop::save_at_rest() {
  if (options_.checkpoint.empty() || saved_) return;
  const auto error = guarded([&] { save_to(checkpoint_folder(options_.checkpoint, trainer_->step())); });
  if (error) message_ = std::string("the weights could not be saved: ") + error->what();
  if (!error) prune();
}

void RunLoop::save_if_due() {
  if (options_.checkpoint.empty() || options_.checkpoint_every <= 0) return;
  if (trainer_->step() % options_.checkpoint_every != 0) return;
  const auto error = guarded([&] { save_to(checkpoint_folder(options_.checkpoint, trainer_->step())); });
  if (!error) return prune();
  add_event("alarm", {{"what", "checkpoint not saved"}, {"why", error->what()}});
}

void RunLoop::prune() {
  const bool replaces = options_.overwrite && !goes_on_in(options_.checkpoint, options_.resume);
  const auto error = guarded([&] { prune_checkpoints(options_.checkpoint, options_.checkpoint_keep, run_, replaces); });
  if (error) add_event("alarm", {{"what", "an older checkpoint was not removed"}, {"why", error->what()}});
}

void RunLoop::save_before_switch() {
  if (options_.checkpoint.empty() || options_.checkpoint_every <= 0 || !options_.checkpoint_switches) return;
  std::string number = std::to_string(trainer_->step() + 1);
  number.insert(0, number.size() < 6 ? 6 - number.size() : 0, '0');
  save_to(options_.checkpoint / ("switch-" + number));  // another name than step-N: these are not thinned out
}

}  // namespace variometer
