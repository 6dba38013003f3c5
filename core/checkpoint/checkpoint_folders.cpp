// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/checkpoint_folders.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/unfinished.h"
#include "core/checkpoint/json_file.h"
#include "core/checkpoint/new_folder.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

/// "step-000300" -> 300
std::optional<std::int64_t> step_of(const std::string& name) {
  constexpr std::string_view kPrefix = "step-";
  if (!name.starts_with(kPrefix)) return std::nullopt;
  std::int64_t step = 0;
  const char* end = name.data() + name.size();
  const auto [at, error] = std::from_chars(name.data() + kPrefix.size(), end, step);
  if (error != std::errc{} || at != end || step < 0) return std::nullopt;
  return step;
}

/// None where state.json is damaged: whoever opens that checkpoint is told.
CheckpointRun run_of(const fs::path& checkpoint) {
  try {
    return read_checkpoint_run(checkpoint);
  } catch (const Error&) {
    return {};
  }
}

struct Numbered {
  std::int64_t step = 0;
  fs::path path;
  CheckpointRun run;
};

/// The checkpoints step-N in a folder, by their step.
std::vector<Numbered> numbered_checkpoints(const fs::path& directory) {
  std::vector<Numbered> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const auto step = step_of(entry.path().filename().string());
    if (step && is_checkpoint(entry.path())) found.push_back({*step, entry.path(), run_of(entry.path())});
  }
  std::ranges::sort(found, {}, &Numbered::step);
  return found;
}

nlohmann::json read_state(const fs::path& folder) {
  return read_json_file(require_checkpoint(folder) / "variometer" / "state.json");
}

std::string random_id() {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::size_t kDigits = 32;
  std::random_device random;
  std::string text;
  for (std::size_t i = 0; i < kDigits; ++i) text.push_back(kHex[random() % kHex.size()]);
  return text;
}

}  // namespace

bool is_checkpoint(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "variometer" / "state.json", error);
}

fs::path find_checkpoint(const fs::path& path) {
  if (!fs::exists(path)) throw file_error(path.string() + ": no such checkpoint");
  if (!is_checkpoint(path)) finish_interrupted(path);
  auto found = numbered_checkpoints(path);
  if (is_checkpoint(path)) {
    if (found.empty()) return path;
    found.push_back({read_checkpoint_step(path), path, run_of(path)});
  }
  if (found.empty()) {
    throw file_error(path.string() + ": no checkpoint of Variometer (variometer/state.json) in it; to start from a " +
                     "model's weights use --init");
  }
  // Steps count from the start of every run: the largest step may be one that was given up.
  return std::ranges::max_element(found, {}, [](const Numbered& one) { return std::pair(one.run.number, one.step); })
      ->path;
}

fs::path require_checkpoint(const fs::path& path) { return is_checkpoint(path) ? path : find_checkpoint(path); }

bool CheckpointRun::has(const std::string& other, std::int64_t step) const {
  if (other == id) return true;
  return std::ranges::any_of(came_from, [&](const Ancestor& one) { return one.id == other && step <= one.step; });
}

nlohmann::json to_json(const CheckpointRun& run) {
  nlohmann::json json{{"id", run.id}, {"number", run.number}, {"came_from", nlohmann::json::array()}};
  for (const auto& [id, step] : run.came_from) json["came_from"].push_back({{"id", id}, {"step", step}});
  return json;
}

CheckpointRun checkpoint_run_from_json(const nlohmann::json& state) {
  CheckpointRun run;
  const auto json = state.find("run");
  if (json == state.end()) return run;
  run.id = json->at("id").get<std::string>();
  run.number = json->at("number").get<std::int64_t>();
  for (const auto& one : json->at("came_from")) {
    run.came_from.push_back({one.at("id").get<std::string>(), one.at("step").get<std::int64_t>()});
  }
  return run;
}

CheckpointRun new_checkpoint_run(const fs::path& directory, const fs::path& from) {
  CheckpointRun run;
  if (!from.empty()) {
    run = read_checkpoint_run(from);
    run.came_from.push_back({run.id, read_checkpoint_step(from)});
  }
  run.id = random_id();
  if (!directory.empty()) {
    for (const auto& there : numbered_checkpoints(directory)) run.number = std::max(run.number, there.run.number);
    if (is_checkpoint(directory)) run.number = std::max(run.number, run_of(directory).number);
  }
  ++run.number;
  return run;
}

void require_checkpoint_place(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error) || is_checkpoint(folder)) return;
  if (!fs::is_directory(folder, error)) {
    throw file_error(folder.string() + " is a file; checkpoints are kept in a folder");
  }
  finish_interrupted(folder);
  if (is_checkpoint(folder)) return;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!is_model_file(name)) continue;
    throw file_error(folder.string() + ": holds something other than a checkpoint (" + name +
                     "); it will not be replaced");
  }
}

fs::path checkpoint_folder(const fs::path& directory, std::int64_t step) {
  std::array<char, 48> name{};
  std::snprintf(name.data(), name.size(), "step-%06lld", static_cast<long long>(step));
  return directory / name.data();
}

bool goes_on_in(const fs::path& directory, const fs::path& from) {
  std::error_code error;
  return !directory.empty() && !from.empty() &&
         (fs::equivalent(from, directory, error) || fs::equivalent(from.parent_path(), directory, error));
}

void prune_checkpoints(const fs::path& directory, std::int64_t keep, const CheckpointRun& run, bool replaces) {
  if (keep < 1) return;
  std::vector<fs::path> ours, others;
  for (const auto& one : numbered_checkpoints(directory)) {
    (run.has(one.run.id, one.step) ? ours : others).push_back(one.path);
  }
  if (!replaces) others.clear();
  if (std::ssize(ours) > keep) others.insert(others.end(), ours.begin(), ours.end() - keep);
  for (const auto& path : others) remove_whole(path);
}

RunConfig read_checkpoint_config(const fs::path& folder) {
  const auto state = read_state(folder);
  const auto config = state.find("config");
  if (config == state.end())
    throw file_error(folder.string() + ": state.json has no config; the checkpoint is damaged");
  try {
    return stored_config_from_json(*config);
  } catch (const Error& error) {
    throw file_error(folder.string() + ": state.json: " + error.what());
  }
}

std::string read_checkpoint_tokenizer(const fs::path& folder) {
  const auto state = read_state(folder);
  const auto trainer = state.find("trainer");
  if (trainer == state.end() || !trainer->is_object()) return {};
  const auto sha256 = trainer->find("tokenizer_sha256");
  return sha256 != trainer->end() && sha256->is_string() ? sha256->get<std::string>() : std::string();
}

CheckpointRun read_checkpoint_run(const fs::path& folder) {
  try {
    return checkpoint_run_from_json(read_state(folder));
  } catch (const nlohmann::json::exception& error) {
    throw file_error(folder.string() + ": state.json: " + error.what() + "; the checkpoint is damaged");
  }
}

std::int64_t read_checkpoint_step(const fs::path& folder) {
  const auto state = read_state(folder);
  const auto step = state.find("step");
  if (step == state.end() || !step->is_number_integer()) {
    throw file_error(folder.string() + ": state.json has no step; the checkpoint is damaged");
  }
  return step->get<std::int64_t>();
}

}  // namespace variometer
