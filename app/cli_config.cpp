// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_config.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <charconv>
#include <limits>
#include <sstream>

#include "app/cli.h"
#include "app/cli_process.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/own_input.h"
#include "core/checkpoint/checkpoint_folders.h"
#include "core/checkpoint/hf_config.h"
#include "core/checkpoint/new_folder.h"
#include "core/text/text_file.h"
#include "core/train/recorded_course.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

/// --init: the shape comes from the folder; how much context to train with is the run's own choice, up to the folder's.
void take_model_of(const fs::path& folder, const TrainRequest& request, RunConfig& config) {
  const auto loaded = read_hf_config(folder);
  const auto preset_context = config.model.block_size;
  config.model = loaded;
  if (!request.preset.empty() || loaded.block_size > 1024) {
    config.model.block_size = std::min(preset_context, loaded.block_size);
  }
}

/// The newest that is still there and this run's own; what was undone does not count.
fs::path newest_checkpoint_named_in(const fs::path& record) {
  const RecordedCourse course = read_course(record);
  for (auto at = course.checkpoints.rbegin(); at != course.checkpoints.rend(); ++at) {
    if (is_checkpoint_of(course, *at)) return at->path;
  }
  throw file_error(record.string() + ": none of the checkpoints it names is there; record with --checkpoint DIR");
}

}  // namespace

void add_train_options(CLI::App& command, TrainRequest& request) {
  command.add_option("PRESET", request.preset, "configuration in TOML: [model], [train], ...; default: the first demo");
  command.add_option("--corpus", request.corpus, "text file to train on; default: built-in sentences")
      ->type_name("FILE");
  command.add_option("--steps", request.steps, "updates the run has made at its end")
      ->type_name("N")
      ->check(at_least(0));
  command.add_option("--seed", request.seed, "seed of weights and batches")->type_name("N")->check(at_least(0));
  command.add_option("--device", request.device, "auto, cpu, cuda or cuda:i")->type_name("NAME");
  command.add_option("--threads", request.threads, "CPU threads; 0: all cores")->type_name("N")->check(at_least(0));
  command.add_option("--set", request.set, "set a key (list below); may be repeated")
      ->type_name("KEY=VALUE")
      ->take_all();
  command.add_option("--at", request.at, "switch before that update; may be repeated")
      ->type_name("STEP:KEY=VALUE")
      ->take_all();
  command.add_option("--record", request.record, "HDF5 file to record into")->type_name("RUN.h5");
  command.add_flag("--overwrite", request.overwrite, "replace an existing record or checkpoint");
  add_checkpoint_options(command, request);
  auto* resume =
      command.add_option("--resume", request.resume, "go on from a checkpoint, or from a record that names one")
          ->type_name("DIR|RUN.h5");
  command.add_option("--init", request.init, "start from a model's weights")->type_name("DIR")->excludes(resume);
}

void add_checkpoint_options(CLI::App& command, TrainRequest& request) {
  auto* checkpoint =
      command.add_option("--checkpoint", request.checkpoint, "folder for checkpoints (Hugging Face format)")
          ->type_name("DIR");
  command.add_option("--every", request.every, "updates between checkpoints DIR/step-N; 0: DIR at the end")
      ->type_name("N")
      ->needs(checkpoint)
      ->check(at_least(0));
  command.add_option("--keep", request.keep, "how many of those stay (3)")
      ->type_name("K")
      ->needs(checkpoint)
      ->check(at_least(1));
}

void add_moved_options(CLI::App& command, MovedFiles& moved) {
  command.add_option("--corpus", moved.corpus, "where the run's text is now, if it was moved")->type_name("FILE");
  command.add_option("--init", moved.init, "where the model the run started from is now")->type_name("DIR");
  command.add_option("--from", moved.checkpoint, "where its checkpoints are now: their folder, or one of them")
      ->type_name("DIR");
}

RunConfig train_config(const TrainRequest& request) {
  RunConfig config;
  if (!request.resume.empty()) {
    if (!request.preset.empty()) throw usage_error("--resume has its configuration already; leave the preset out");
    config = resume_config(checkpoint_of(request.resume));
    for (const auto& text : request.set) {
      const auto key = parse_assignment(text).key;
      if (!is_live_field(key) && key != "train.device" && key != "train.threads" && key != "data.corpus") {
        get_field(config, key);  // an unknown key is told first, with the nearest
        throw usage_error(key + " cannot change in a resumed run; start a new one, or use --init");
      }
    }
    if (request.seed) throw usage_error("--seed cannot change in a resumed run; start a new one, or use --init");
  } else if (!request.preset.empty()) {
    config = config_from_toml(read_file(request.preset), request.preset);
  }
  if (!request.init.empty()) take_model_of(request.init, request, config);
  if (!request.corpus.empty()) {
    config.data.corpus = request.corpus;
    config.data.sha256.clear();
  }
  if (request.steps) config.train.steps = *request.steps;
  if (request.seed) config.train.seed = *request.seed;
  if (request.threads) config.train.threads = *request.threads;
  if (!request.device.empty()) config.train.device = request.device;
  for (const auto& text : request.set) {
    const auto [key, value] = parse_assignment(text);
    set_field(config, key, value);
  }
  // Whoever resumes, replays or forks the run may stand in another folder.
  if (!config.data.corpus.empty()) config.data.corpus = fs::absolute(config.data.corpus).lexically_normal().string();
  return resolved(config);
}

LiveOptions train_options(const TrainRequest& request, const RunConfig& config) {
  LiveOptions options;
  options.name = !request.record.empty()  ? fs::path(request.record).stem().string()
                 : request.preset.empty() ? "train"
                                          : fs::path(request.preset).stem().string();
  options.record = request.record;
  options.overwrite = request.overwrite;
  if (!request.resume.empty()) options.resume = checkpoint_of(request.resume);
  options.init = request.init;
  options.timed = timed_commands(request.at);
  options.undo_budget = 0;  // nobody is there to undo
  for (const auto& timed : options.timed) {
    if (timed.step > config.train.steps) {
      throw usage_error("--at " + std::to_string(timed.step) + " comes after the last update, " +
                        std::to_string(config.train.steps) + "; raise --steps");
    }
  }
  // The same folder again is how a resumed run goes on saving.
  take_checkpoint_folder(request, options, goes_on_in(request.checkpoint, options.resume));
  const std::vector<Input> inputs{{request.preset, "the preset of this run"},
                                  {request.resume, "what the run goes on from"}};
  refuse_own_input(options.record, inputs);
  refuse_own_input(options.checkpoint, {inputs.front()});
  return options;
}

void take_checkpoint_folder(const TrainRequest& request, LiveOptions& options, bool own) {
  options.checkpoint = request.checkpoint;
  options.checkpoint_every = request.every;
  options.checkpoint_keep = request.keep;
  std::error_code error;
  const fs::path folder = request.checkpoint;
  const bool taken = !folder.empty() && fs::is_directory(folder, error) && !holds_nothing(folder);
  if (taken && !own && !request.overwrite) {
    throw usage_error(request.checkpoint + " is not empty; use --overwrite, or another folder");
  }
  if (own) return;
  refuse_folder_of_input(folder, {{options.init, "the model the run starts from"},
                                  {options.resume, "the checkpoint the run goes on from"}});
}

std::vector<TimedCommand> timed_commands(const std::vector<std::string>& at) {
  std::vector<TimedCommand> timed;
  for (const auto& text : at) {
    const auto colon = text.find(':');
    std::int64_t step = 0;
    const char* end = text.data() + (colon == std::string::npos ? 0 : colon);
    const auto [stop, error] = std::from_chars(text.data(), end, step);
    if (colon == std::string::npos || error != std::errc{} || stop != end) {
      throw usage_error("--at " + text + " is not STEP:key=value; write for instance 300:tvr.enabled=true");
    }
    const auto assignment = parse_assignment(text.substr(colon + 1));
    const auto same = std::ranges::find(timed, step, &TimedCommand::step);
    if (same != timed.end()) {
      same->command.assignments.push_back(assignment);
    } else {
      timed.push_back({step, {.kind = Command::Kind::set, .assignments = {assignment}}});
    }
  }
  return timed;
}

fs::path checkpoint_of(const fs::path& path) {
  if (fs::is_regular_file(path)) return newest_checkpoint_named_in(path);
  return find_checkpoint(path);
}

std::string key_list() {
  std::ostringstream text;
  text << "Keys for --set, --at and presets (default in brackets):\n";
  for (const auto& [key, help, value] : field_help()) {
    text << "  " << key << std::string(key.size() < 27 ? 27 - key.size() : 1, ' ') << help << " ["
         << (value.empty() ? "none" : value) << "]\n";
  }
  return text.str();
}

std::string read_file(const fs::path& path) {
  // A file's size is what it says; a device such as /dev/zero would never end.
  constexpr std::uintmax_t kMostOfADevice = std::uintmax_t{256} << 20U;
  std::error_code none;
  return read_whole_file(path,
                         fs::is_regular_file(path, none) ? std::numeric_limits<std::uintmax_t>::max() : kMostOfADevice);
}

}  // namespace variometer
