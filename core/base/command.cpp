// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/command.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/base/error.h"

namespace variometer {
namespace {

constexpr std::array<std::pair<Command::Kind, std::string_view>, 13> kKindNames{{
    {Command::Kind::set, "set"},
    {Command::Kind::run, "run"},
    {Command::Kind::pause, "pause"},
    {Command::Kind::step, "step"},
    {Command::Kind::stop, "stop"},
    {Command::Kind::preview, "preview"},
    {Command::Kind::sample, "sample"},
    {Command::Kind::checkpoint, "checkpoint"},
    {Command::Kind::restore, "restore"},
    {Command::Kind::cancel, "cancel"},
    {Command::Kind::record_hidden, "record_hidden"},
    {Command::Kind::mark, "mark"},
    {Command::Kind::show_layer, "show_layer"},
}};

}  // namespace

Assignment parse_assignment(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) {
    throw usage_error("'" + std::string(text) + "' is not key=value; write for instance tvr.enabled=true");
  }
  return {std::string(text.substr(0, equals)), std::string(text.substr(equals + 1))};
}

std::string_view to_string(Command::Kind kind) {
  const auto* found =
      std::find_if(kKindNames.begin(), kKindNames.end(), [&](const auto& k) { return k.first == kind; });
  return found->second;
}

nlohmann::json to_json(const Command& command) {
  nlohmann::json json{{"kind", to_string(command.kind)}};
  if (!command.assignments.empty()) {
    auto& set = json["set"] = nlohmann::json::object();
    for (const auto& [key, value] : command.assignments) set[key] = value;
  }
  if (command.count != 1) json["count"] = command.count;
  if (!command.text.empty()) json["text"] = command.text;
  return json;
}

Command command_from_json(const nlohmann::json& json) {
  Command command;
  const std::string kind = json.value("kind", "");
  const auto* found =
      std::find_if(kKindNames.begin(), kKindNames.end(), [&](const auto& k) { return k.second == kind; });
  if (found == kKindNames.end()) throw file_error("unknown command '" + kind + "' in the event log");
  command.kind = found->first;
  if (const auto set = json.find("set"); set != json.end()) {
    for (const auto& [key, value] : set->items()) command.assignments.push_back({key, value.get<std::string>()});
  }
  command.count = json.value("count", std::int64_t{1});
  command.text = json.value("text", "");
  return command;
}

}  // namespace variometer
