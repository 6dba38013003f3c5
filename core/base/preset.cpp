// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/preset.h"

#include <toml++/toml.h>

#include <sstream>
#include <type_traits>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/one_line.h"

namespace variometer {
namespace {

using nlohmann::json;

/// The file's [run], and the config it gives beside it as TOML again.
struct Parts {
  json run = json::object();
  std::string config;
  std::set<std::string> named;
};

json json_of(const toml::node& node) {
  if (const auto* list = node.as_array()) {
    json all = json::array();
    for (const auto& one : *list) all.push_back(json_of(one));
    return all;
  }
  if (const auto* text = node.as_string()) return text->get();
  return nullptr;  // nothing else has a place in [run]
}

Parts parts_of(std::string_view text, const std::string& where) {
  toml::table all;
  try {
    all = toml::parse(text, where);
  } catch (const toml::parse_error& error) {
    throw file_error(where + ":" + std::to_string(error.source().begin.line) + ": " +
                     std::string(error.description()));
  }
  Parts parts;
  if (const auto* run = all.get("run")) {
    if (!run->is_table()) throw usage_error(where + ": run is not a table");
    for (const auto& [key, value] : *run->as_table()) parts.run[std::string(key.str())] = json_of(value);
    all.erase("run");
  }
  for (const auto& [group, fields] : all) {
    if (!fields.is_table()) continue;
    for (const auto& [name, value] : *fields.as_table()) {
      parts.named.insert(std::string(group.str()) + "." + std::string(name.str()));
    }
  }
  std::ostringstream rest;
  rest << all;
  parts.config = rest.str();
  return parts;
}

std::string quoted(const std::string& text) {
  // JSON's escapes are TOML's, but for a control character it leaves as it is.
  std::string all = json_text(json(text)), escaped;
  for (const char c : all) escaped += c == '\x7f' ? std::string("\\u007f") : std::string(1, c);
  return escaped;
}

std::string list(const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& part : parts) all += (all.empty() ? "" : ", ") + quoted(part);
  return "[" + all + "]";
}

template <class T>
std::string toml_value(const T& value, const std::string& plain) {
  if constexpr (std::is_same_v<T, std::string>) {
    return quoted(value);
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    return list(value);
  } else if constexpr (std::is_same_v<T, double>) {
    // TOML tells numbers with a fraction by their point or exponent.
    return plain.find_first_of(".en") == std::string::npos ? plain + ".0" : plain;
  } else {
    return plain;
  }
}

std::string text_at(const json& run, const char* key, const std::string& where) {
  const auto found = run.find(key);
  if (found == run.end()) return {};
  if (!found->is_string()) throw usage_error(where + ": run." + key + " is not a string");
  return found->get<std::string>();
}

}  // namespace

RunPreset preset_from_toml(std::string_view text, const std::string& where) {
  const Parts parts = parts_of(text, where);
  const json& run = parts.run;
  RunPreset preset;
  for (const auto& [key, value] : run.items()) {
    if (key != "name" && key != "init" && key != "at") {
      throw usage_error(where + ": unknown key 'run." + key + "'; there are run.name, run.init and run.at");
    }
  }
  preset.name = text_at(run, "name", where);
  preset.init = text_at(run, "init", where);
  if (const auto at = run.find("at"); at != run.end()) {
    if (!at->is_array()) throw usage_error(where + ": run.at is not a list of \"STEP:key=value\"");
    for (const auto& one : *at) {
      if (!one.is_string()) throw usage_error(where + ": run.at is not a list of \"STEP:key=value\"");
      try {
        preset.at.push_back(timed_switch(one.get<std::string>()));
        RunConfig trial;
        set_field(trial, preset.at.back().set.key, preset.at.back().set.value);  // is there such a key and value?
      } catch (const Error& error) {
        throw usage_error(where + ": run.at: " + error.what());
      }
    }
  }
  preset.config = config_from_toml(parts.config, where);
  preset.named = parts.named;
  return preset;
}

std::string to_toml(const RunPreset& preset) {
  std::string text = "# " + (preset.name.empty() ? std::string("run") : one_line(preset.name)) + "\n\n[run]\n";
  text += "name = " + quoted(preset.name) + "\n";
  if (!preset.init.empty()) text += "init = " + quoted(preset.init) + "  # a model whose weights and tokenizer it starts from\n";
  if (!preset.at.empty()) {
    std::vector<std::string> at;
    for (const auto& one : preset.at) at.push_back(to_text(one));
    text += "at = " + list(at) + "  # switches: the update they come before, and what is set\n";
  }
  std::string group;
  visit_fields(preset.config, [&](std::string_view key, const auto& field, std::string_view help) {
    if (key == "data.sha256") return;  // filled in by the run
    if (key == "model.details" && preset.config.model.details.empty()) return;
    const auto dot = key.find('.');
    if (const std::string now(key.substr(0, dot)); now != group) {
      group = now;
      text += "\n[" + group + "]\n";
    }
    text += std::string(key.substr(dot + 1)) + " = " + toml_value(field, get_field(preset.config, key)) + "  # " +
            std::string(help) + "\n";
  });
  return text;
}

}  // namespace variometer
