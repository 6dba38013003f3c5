// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/checkpoint_folders.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <vector>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/checkpoint/json_file.h"

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

struct Numbered {
  std::int64_t step;
  fs::path path;
};

/// The checkpoints step-N in a folder, oldest first.
std::vector<Numbered> numbered_checkpoints(const fs::path& directory) {
  std::vector<Numbered> found;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const auto step = step_of(entry.path().filename().string());
    if (step && is_checkpoint(entry.path())) found.push_back({*step, entry.path()});
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.step < b.step; });
  return found;
}

nlohmann::json read_state(const fs::path& folder) {
  return read_json_file(find_checkpoint(folder) / "variometer" / "state.json");
}

}  // namespace

bool is_checkpoint(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / "variometer" / "state.json", error);
}

fs::path find_checkpoint(const fs::path& path) {
  if (!fs::exists(path)) throw file_error(path.string() + ": no such checkpoint");
  if (is_checkpoint(path)) return path;
  const auto found = numbered_checkpoints(path);
  if (found.empty()) {
    throw file_error(path.string() + ": no checkpoint of Variometer (variometer/state.json) in it; to start from a " +
                     "model's weights use --init");
  }
  return found.back().path;
}

fs::path checkpoint_folder(const fs::path& directory, std::int64_t step) {
  std::array<char, 48> name{};
  std::snprintf(name.data(), name.size(), "step-%06lld", static_cast<long long>(step));
  return directory / name.data();
}

void prune_checkpoints(const fs::path& directory, std::int64_t keep) {
  if (keep < 1) return;
  const auto found = numbered_checkpoints(directory);
  for (std::size_t i = 0; i + static_cast<std::size_t>(keep) < found.size(); ++i) {
    std::error_code error;
    fs::remove_all(found[i].path, error);
    if (error) throw file_error(found[i].path.string() + ": cannot be removed: " + error.message());
  }
}

RunConfig read_checkpoint_config(const fs::path& folder) {
  const auto state = read_state(folder);
  const auto config = state.find("config");
  if (config == state.end())
    throw file_error(folder.string() + ": state.json has no config; the checkpoint is damaged");
  try {
    return config_from_json(*config);
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

std::int64_t read_checkpoint_step(const fs::path& folder) {
  const auto state = read_state(folder);
  const auto step = state.find("step");
  if (step == state.end() || !step->is_number_integer()) {
    throw file_error(folder.string() + ": state.json has no step; the checkpoint is damaged");
  }
  return step->get<std::int64_t>();
}

}  // namespace variometer
