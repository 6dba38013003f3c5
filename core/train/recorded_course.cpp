// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/recorded_course.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/path_text.h"
#include "core/checkpoint/checkpoint_folders.h"
#include "core/checkpoint/safetensors.h"
#include "core/record/recorded_run.h"

namespace variometer {
namespace {

/// Back to the state before update `step`: what was done in it and behind it does not count.
void undo(RecordedCourse& course, std::int64_t step, std::size_t n_command) {
  course.commands.resize(std::min(n_command, course.commands.size()));
  std::erase_if(course.prompts, [step](const TimedCommand& prompt) { return prompt.step >= step; });
  std::erase_if(course.checkpoints, [step](const auto& checkpoint) { return checkpoint.step >= step; });
}

std::filesystem::path path_of(const nlohmann::json& detail) {
  return path_from_text(detail.at("path").get<std::string>());
}

void read_event(const Event& event, RecordedCourse& course) {
  try {
    const auto detail = [&] { return nlohmann::json::parse(event.detail); };
    if (event.kind == "set") {
      course.commands.push_back({event.step, command_from_json(detail())});
    } else if (event.kind == "prompt") {
      course.prompts.push_back({event.step, command_from_json(detail())});
    } else if (event.kind == "restore") {
      undo(course, detail().value("count", std::int64_t{1}), detail().at("commands").get<std::size_t>());
    } else if (event.kind == "checkpoint") {
      course.checkpoints.push_back({event.step, path_of(detail()), detail().value("run", "")});
    } else if (event.kind == "resume") {
      course.resumed = {detail().at("step").get<std::int64_t>(), path_of(detail()), detail().value("run", "")};
    } else if (event.kind == "init") {
      course.init = path_of(detail());
      course.init_sha256 = detail().value("sha256", "");
    } else if (event.kind == "tokenizer") {
      course.tokenizer_sha256 = detail().at("sha256").get<std::string>();
    }
  } catch (const nlohmann::json::exception& error) {
    throw file_error("the event '" + event.kind + "' of step " + std::to_string(event.step) +
                     " cannot be read: " + error.what());
  }
}

/// How long to go on is said apart from what to switch.
void take_out_steps(RecordedCourse& course) {
  course.n_step = course.info.config.train.steps;
  for (auto& [step, command] : course.commands) {
    for (const auto& [key, value] : command.assignments) {
      if (key == "train.steps") std::from_chars(value.data(), value.data() + value.size(), course.n_step);
    }
    std::erase_if(command.assignments, [](const Assignment& a) { return a.key == "train.steps"; });
  }
  std::erase_if(course.commands, [](const TimedCommand& timed) { return timed.command.assignments.empty(); });
}

std::filesystem::path whole_path(const std::filesystem::path& path) {
  return std::filesystem::absolute(path).lexically_normal();
}

/// Takes the places that were told. Whether it is the same that lies there is checked where it is used.
void move_files(RecordedCourse& course, const MovedFiles& moved, const std::filesystem::path& record) {
  if (!moved.corpus.empty()) {
    std::string& corpus = course.info.config.data.corpus;
    if (corpus.empty()) throw usage_error(record.string() + " was trained on the built-in sentences, not on a file");
    corpus = whole_path(moved.corpus).string();
  }
  if (!moved.init.empty()) {
    if (course.init.empty()) throw usage_error(record.string() + " did not start from a model");
    course.init = whole_path(moved.init);
  }
  if (moved.checkpoint.empty()) return;
  const auto folder = whole_path(moved.checkpoint);
  const auto move = [&](RecordedCourse::Checkpoint& checkpoint) {
    const auto inside = folder / checkpoint.path.filename();
    if (is_checkpoint(inside)) {
      checkpoint.path = inside;
    } else if (is_checkpoint(folder) && read_checkpoint_step(folder) == checkpoint.step) {
      checkpoint.path = folder;
    }
  };
  if (!is_checkpoint(folder) && !std::filesystem::is_directory(folder)) {
    throw file_error(folder.string() + ": no such folder of checkpoints");
  }
  for (auto& checkpoint : course.checkpoints) move(checkpoint);
  if (course.resumed) move(*course.resumed);
}

}  // namespace

bool may_differ_on_resume(std::string_view key) {
  return is_live_field(key) || key == "train.device" || key == "train.threads" || key == "data.corpus" ||
         key == "data.sha256";
}

RecordedCourse read_course(const std::filesystem::path& record, const MovedFiles& moved) {
  RecordedCourse course;
  course.info = read_snapshots(record, [&](const SnapshotPtr& snapshot) {
    // A step that is not beyond the last: what lies behind it was undone.
    course.losses.erase(course.losses.upper_bound(snapshot->step), course.losses.end());
    if (snapshot->is_update) course.losses[snapshot->step] = snapshot->loss;
    for (const auto& event : snapshot->events) read_event(event, course);
  });
  take_out_steps(course);
  move_files(course, moved, record);
  return course;
}

bool is_checkpoint_of(const RecordedCourse& course, const RecordedCourse::Checkpoint& at) {
  if (!is_checkpoint(at.path)) return false;
  try {
    const RunConfig theirs = read_checkpoint_config(at.path);
    const auto& ours = course.info.config;
    if (read_checkpoint_step(at.path) != at.step || theirs.data.sha256 != ours.data.sha256) return false;
    if (!at.run.empty() && read_checkpoint_run(at.path).id != at.run) return false;
    const auto fields = field_help();
    return std::ranges::all_of(fields, [&](const FieldHelp& field) {
      return may_differ_on_resume(field.key) || get_field(theirs, field.key) == get_field(ours, field.key);
    });
  } catch (const Error&) {
    return false;  // damaged: no checkpoint of anything
  }
}

void require_corpus(const RecordedCourse& course) {
  const std::string& corpus = course.info.config.data.corpus;
  if (corpus.empty() || std::filesystem::exists(corpus)) return;
  throw file_error(corpus +
                   ", the text this run was trained on, is missing; if it was moved, --corpus FILE says where");
}

void require_init(const RecordedCourse& course) {
  if (course.init_sha256.empty()) return;
  if (!std::filesystem::exists(course.init)) {
    throw file_error(course.init.string() +
                     ", the model this run started from, is missing; if it was moved, --init DIR says where");
  }
  if (weights_sha256(course.init) != course.init_sha256) {
    throw file_error(course.init.string() + " does not hold the weights this run started from (their SHA-256 differs)");
  }
}

}  // namespace variometer
