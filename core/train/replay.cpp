// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/replay.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "core/base/error.h"
#include "core/record/recorded_run.h"
#include "core/text/sha256.h"
#include "core/train/live_run.h"

namespace variometer {
namespace {

/// What a record says that decides the losses: what survived of it.
struct Recorded {
  RunInfo info;
  std::map<std::int64_t, float> losses;
  std::vector<TimedCommand> commands;
  std::filesystem::path init;  ///< model folder the weights came from
  std::string init_sha256;     ///< of its model.safetensors
};

void read_event(const Event& event, Recorded& recorded) {
  try {
    if (event.kind == "set") {
      Command command = command_from_json(nlohmann::json::parse(event.detail));
      // How long to go on is the record's to say.
      std::erase_if(command.assignments, [](const Assignment& a) { return a.key == "train.steps"; });
      recorded.commands.push_back({event.step, std::move(command)});
    } else if (event.kind == "restore") {
      recorded.commands.resize(nlohmann::json::parse(event.detail).at("commands").get<std::size_t>());
    } else if (event.kind == "init") {
      const auto detail = nlohmann::json::parse(event.detail);
      recorded.init = detail.at("path").get<std::string>();
      recorded.init_sha256 = detail.value("sha256", "");
    }
  } catch (const nlohmann::json::exception& error) {
    throw file_error("the event '" + event.kind + "' of step " + std::to_string(event.step) +
                     " cannot be read: " + error.what());
  }
}

Recorded read_record(const std::filesystem::path& path) {
  const auto run = open_record(path);
  Recorded recorded;
  for (auto batch = run->drain(); !batch.empty(); batch = run->drain()) {
    for (const auto& snapshot : batch) {
      // A step that is not beyond the last: what lies behind it was undone.
      recorded.losses.erase(recorded.losses.upper_bound(snapshot->step), recorded.losses.end());
      if (snapshot->is_update) recorded.losses[snapshot->step] = snapshot->loss;
      for (const auto& event : snapshot->events) read_event(event, recorded);
    }
  }
  recorded.info = run->info();
  if (recorded.info.first_step > 0) {
    throw file_error(path.string() + " begins at update " + std::to_string(recorded.info.first_step + 1) +
                     " of a resumed run; replay the record of its beginning");
  }
  if (!recorded.init_sha256.empty()) {
    const auto weights = recorded.init / "model.safetensors";
    if (!std::filesystem::exists(weights)) throw file_error(weights.string() + ", the start of this run, is missing");
    if (file_sha256(weights) != recorded.init_sha256) {
      throw file_error(weights.string() + " is not the file this run started from (its SHA-256 differs)");
    }
  }
  if (recorded.losses.empty()) throw file_error(path.string() + " holds no update; there is nothing to replay");
  return recorded;
}

RunConfig replay_config(const Recorded& recorded, bool record_again) {
  RunConfig config = recorded.info.config;
  config.train.steps = recorded.losses.rbegin()->first;
  config.train.device = recorded.info.device.substr(0, recorded.info.device.find(' '));
  if (!record_again) {
    // Measurements, validation and samples do not touch the losses.
    config.probe.enabled = false;
    config.train.validation_every = 0;
    config.train.sample_every = 0;
  }
  return config;
}

}  // namespace

ReplayResult replay(const std::filesystem::path& path, const ReplayOptions& options) {
  const Recorded recorded = read_record(path);
  LiveOptions live;
  live.name = recorded.info.name;
  live.record = options.record;
  live.overwrite = options.overwrite;
  live.init = recorded.init;
  live.timed = recorded.commands;
  ReplayResult result;
  result.n_step = static_cast<std::int64_t>(recorded.losses.size());
  result.n_command = static_cast<std::int64_t>(recorded.commands.size());
  result.corpus = recorded.info.config.data.corpus;
  result.sha256 = recorded.info.config.data.sha256;

  const RunConfig config = replay_config(recorded, !options.record.empty());
  const auto run = start_live_run(config, live);
  for (bool over = false; !over;) {
    for (const auto& snapshot : run->drain()) {
      if (snapshot->state == RunState::failed) throw run_error("the replayed run failed: " + snapshot->message);
      over = over || snapshot->state == RunState::finished || snapshot->state == RunState::stopped;
      const auto found = recorded.losses.find(snapshot->step);
      if (!snapshot->is_update || found == recorded.losses.end()) continue;
      ++result.n_compared;
      if (std::bit_cast<std::uint32_t>(snapshot->loss) == std::bit_cast<std::uint32_t>(found->second)) {
        ++result.n_equal;
      } else if (result.first_difference == 0) {
        result.first_difference = snapshot->step;
        result.recorded = found->second;
        result.replayed = snapshot->loss;
      }
      result.largest_difference =
          std::max(result.largest_difference, std::abs(static_cast<double>(snapshot->loss) - found->second));
    }
    if (over) break;
    if (options.progress && !options.progress(result.n_compared, result.n_step)) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return result;
}

}  // namespace variometer
