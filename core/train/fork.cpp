// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/fork.h"

#include <algorithm>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/path_text.h"
#include "core/train/recorded_course.h"

namespace variometer {
namespace {

void check_request(const ForkRequest& request, const RecordedCourse& course) {
  const std::int64_t last = course.losses.empty() ? course.info.first_step : course.losses.rbegin()->first;
  // Beyond its end the recorded run is gone on with as it was, where it is said how far.
  const bool reached = request.step <= last + 1 || request.n_step.value_or(0) >= request.step;
  if (request.step <= course.info.first_step || !reached) {
    throw usage_error("--at " + std::to_string(request.step) + ": " + request.record.string() + " has updates " +
                      std::to_string(course.info.first_step + 1) + " to " + std::to_string(last) +
                      "; choose one of them or the one behind, or a later one together with --steps");
  }
  RunConfig changed = course.info.config;
  for (const auto& [key, value] : request.change) set_live_field(changed, key, value);
}

/// The newest checkpoint before the change that is there and this run's own.
std::optional<RecordedCourse::Checkpoint> nearest_checkpoint(const RecordedCourse& course, std::int64_t step) {
  std::vector<RecordedCourse::Checkpoint> candidates = course.checkpoints;
  if (course.resumed) candidates.push_back(*course.resumed);
  std::ranges::stable_sort(candidates, std::greater<>{}, &RecordedCourse::Checkpoint::step);
  for (const auto& candidate : candidates) {
    if (candidate.step < step && is_checkpoint_of(course, candidate)) return candidate;
  }
  return std::nullopt;
}

/// The recorded switches in the order they were made, the change among them.
void plan_commands(const ForkRequest& request, const RecordedCourse& course, ForkPlan& plan) {
  const auto changes = [&](const Assignment& a) {
    return std::ranges::find(request.change, a.key, &Assignment::key) != request.change.end();
  };
  std::vector<TimedCommand> recorded = course.commands;
  recorded.insert(recorded.end(), course.prompts.begin(), course.prompts.end());
  std::ranges::stable_sort(recorded, std::less<>{}, &TimedCommand::step);
  for (const auto& timed : recorded) {
    if (timed.step <= plan.first_step) continue;  // the checkpoint has them
    if (timed.step <= request.step) {
      plan.live.timed.push_back(timed);
      continue;
    }
    TimedCommand stays = timed, goes = timed;
    std::erase_if(stays.command.assignments, changes);
    std::erase_if(goes.command.assignments, [&](const Assignment& a) { return !changes(a); });
    if (!stays.command.assignments.empty()) plan.kept.push_back(std::move(stays));
    if (!goes.command.assignments.empty()) plan.left_out.push_back(std::move(goes));
  }
  if (!request.change.empty()) {
    plan.live.timed.push_back({request.step,
                               {.kind = Command::Kind::set,
                                .assignments = request.change,
                                .text = "fork of " + path_text(std::filesystem::absolute(request.record))}});
  }
  plan.live.timed.insert(plan.live.timed.end(), plan.kept.begin(), plan.kept.end());
}

}  // namespace

ForkPlan plan_fork(const ForkRequest& request) {
  const RecordedCourse course = read_course(request.record, request.moved);
  check_request(request, course);
  require_corpus(course);
  ForkPlan plan;
  if (const auto checkpoint = nearest_checkpoint(course, request.step)) {
    plan.checkpoint = checkpoint->path;
    plan.first_step = checkpoint->step;
    plan.live.resume = checkpoint->path;
    plan.config = resume_config(checkpoint->path);
    plan.config.data.corpus = course.info.config.data.corpus;
  } else if (course.info.first_step == 0) {
    require_init(course);
    plan.live.init = course.init;
    plan.live.tokenizer_sha256 = course.tokenizer_sha256;
    plan.config = course.info.config;
  } else {
    throw file_error(request.record.string() + " begins at update " + std::to_string(course.info.first_step + 1) +
                     ", and no checkpoint of it before update " + std::to_string(request.step) +
                     " is there; if they were moved, --from DIR says where, else fork the record of its beginning");
  }
  plan.config.train.device = course.device();
  plan.config.train.steps = request.n_step.value_or(course.n_step);
  if (plan.config.train.steps < request.step) {
    throw usage_error("--at " + std::to_string(request.step) + " comes after the last update, " +
                      std::to_string(plan.config.train.steps) + "; raise --steps");
  }
  plan.live.name = course.info.name;
  plan_commands(request, course, plan);
  for (const auto& [step, loss] : course.losses) {
    if (step > plan.first_step && step < request.step) plan.losses[step] = loss;
  }
  return plan;
}

}  // namespace variometer
