// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_config.h"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <limits>
#include <set>
#include <sstream>

#include "app/cli.h"
#include "app/cli_process.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/own_input.h"
#include "core/base/preset.h"
#include "core/checkpoint/checkpoint_folders.h"
#include "core/checkpoint/new_folder.h"
#include "core/text/text_file.h"
#include "core/train/recorded_course.h"
#include "core/train/timed_commands.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

std::vector<TimedSwitch> switches_of(const TrainRequest& request) {
  std::vector<TimedSwitch> all;
  for (const auto& text : request.at) {
    try {
      all.push_back(timed_switch(text));
    } catch (const Error& error) {
      throw usage_error(std::string("--at ") + error.what());
    }
  }
  return all;
}

/// Keys somebody gave a value for: a preset's, --set's, --at's.
std::set<std::string> keys_given(const TrainRequest& request, const RunPreset& preset) {
  std::set<std::string> keys = preset.named;
  for (const auto& text : request.set) keys.insert(parse_assignment(text).key);
  for (const auto& one : switches_of(request)) keys.insert(one.set.key);
  if (request.steps) keys.insert("train.steps");
  return keys;
}

/// --init: sizes come from the model; what nobody gave is proposed from it and from the text.
void take_model(const fs::path& folder, const std::set<std::string>& given, RunConfig& config, InitTaken& taken) {
  taken.model = read_start_model(folder, [] { return interrupted(); });
  const StartModel& model = *taken.model;
  take_sizes(model, config);
  const TextLength text = read_text_length(config.data, folder, model.config.vocab_size);
  RunConfig proposed = config;
  const double memory = run_memory(resolved(proposed)).available;
  for (Proposal& one : propose(model, config, text, memory)) {
    if (given.contains(one.key)) continue;
    set_field(config, one.key, one.value);
    taken.proposals.push_back(std::move(one));
  }
}

bool switches_tvr_on(const RunConfig& config, const TrainRequest& request, const RunPreset& preset) {
  if (config.mitigations.tvr.enabled) return true;
  auto all = switches_of(request);
  all.insert(all.end(), preset.at.begin(), preset.at.end());
  return std::ranges::any_of(all, [](const TimedSwitch& one) {
    RunConfig after;
    set_field(after, one.set.key, one.set.value);
    return after.mitigations.tvr.enabled;
  });
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

RunPreset requested_preset(const TrainRequest& request) {
  return request.preset.empty() ? RunPreset{} : preset_from_toml(read_file(request.preset), request.preset);
}

RunConfig train_config(const TrainRequest& request, InitTaken* out) {
  InitTaken ours;
  InitTaken& taken = out == nullptr ? ours : *out;
  RunConfig config;
  RunPreset preset;
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
  } else {
    preset = requested_preset(request);
    config = preset.config;
  }
  const auto set_given = [&request](RunConfig& target) {
    if (!request.corpus.empty()) {
      target.data.corpus = request.corpus;
      target.data.sha256.clear();
    }
    if (request.steps) target.train.steps = *request.steps;
    if (request.seed) target.train.seed = *request.seed;
    if (request.threads) target.train.threads = *request.threads;
    if (!request.device.empty()) target.train.device = request.device;
    for (const auto& text : request.set) {
      const auto [key, value] = parse_assignment(text);
      set_field(target, key, value);
    }
  };
  set_given(config);
  const auto given = keys_given(request, preset);
  const std::string init = request.init.empty() ? preset.init : request.init;
  if (!init.empty() && request.resume.empty()) {
    take_model(init, given, config, taken);
    set_given(config);  // what is asked for against the model is refused when its weights are read
  } else if (request.resume.empty() && !given.contains("tvr.target_std") && switches_tvr_on(config, request, preset)) {
    config.mitigations.tvr.target_std = proposed_tvr_target(config.model, {});
    taken.proposals.push_back({"tvr.target_std", get_field(config, "tvr.target_std"),
                               tvr_target_reason(config.model, {})});
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
  const RunPreset preset = request.resume.empty() ? requested_preset(request) : RunPreset{};
  options.init = request.init.empty() ? preset.init : request.init;
  std::vector<TimedSwitch> switches = preset.at;
  for (const auto& one : switches_of(request)) switches.push_back(one);
  options.timed = timed_commands(switches);
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
