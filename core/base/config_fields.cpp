// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/config_fields.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <type_traits>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/path_text.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

using nlohmann::json;

[[noreturn]] void refuse_value(std::string_view key, std::string_view value, std::string_view wanted) {
  throw usage_error(std::string(key) + ": '" + std::string(value) + "' is not " + std::string(wanted));
}

template <class T>
T parse_number(std::string_view key, std::string_view text, std::string_view wanted) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) refuse_value(key, text, wanted);
  return value;
}

template <class T>
T parse_value(std::string_view key, std::string_view text) {
  if constexpr (std::is_same_v<T, bool>) {
    if (text == "true" || text == "1" || text == "on") return true;
    if (text == "false" || text == "0" || text == "off") return false;
    refuse_value(key, text, "true or false");
  } else if constexpr (std::is_same_v<T, std::int64_t>) {
    return parse_number<std::int64_t>(key, text, "a whole number");
  } else if constexpr (std::is_same_v<T, double>) {
    return parse_number<double>(key, text, "a number");
  } else if constexpr (std::is_same_v<T, std::string>) {
    return std::string(text);
  } else {
    std::vector<std::string> parts;
    std::stringstream stream{std::string(text)};
    for (std::string part; std::getline(stream, part, ',');) {
      if (!part.empty()) parts.push_back(part);
    }
    return parts;
  }
}

template <class T>
std::string format_value(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_same_v<T, std::string>) {
    return value;
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    std::string text;
    for (const auto& part : value) text += (text.empty() ? "" : ",") + part;
    return text;
  } else {
    std::array<char, 64> buffer{};
    const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return {buffer.data(), end};
  }
}

template <class T>
T value_from_json(const std::string& key, const json& value) {
  const bool fits = std::is_same_v<T, bool>           ? value.is_boolean()
                    : std::is_same_v<T, std::int64_t> ? value.is_number_integer()
                    : std::is_same_v<T, double>       ? value.is_number()
                    : std::is_same_v<T, std::string>  ? value.is_string()
                                                      : value.is_array();
  if (!fits) {
    refuse_value(key, json_text(value),
                 std::is_same_v<T, bool>           ? "true or false"
                 : std::is_same_v<T, std::int64_t> ? "a whole number"
                 : std::is_same_v<T, double>       ? "a number"
                 : std::is_same_v<T, std::string>  ? "a string"
                                                   : "a list of strings");
  }
  return value.get<T>();
}

/// The fields that name files, whose names may be any bytes. All other texts are UTF-8.
bool is_path(std::string_view key) { return key == "data.corpus"; }

/// Calls f(field) for the field named `key`; throws on an unknown one.
template <class Config, class F>
void with_field(Config& config, std::string_view key, F&& f) {
  bool found = false;
  visit_fields(config, [&](std::string_view name, auto& field, std::string_view) {
    if (name != key) return;
    found = true;
    f(field);
  });
  if (!found) {
    throw usage_error("unknown key '" + std::string(key) + "'; did you mean " + nearest_key(key) + "?");
  }
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, substitute}));
    }
  }
  return row.back();
}

json json_from_toml(const toml::node& node, const std::string& where) {
  switch (node.type()) {
    case toml::node_type::table: {
      json object = json::object();
      for (const auto& [key, value] : *node.as_table()) object[std::string(key.str())] = json_from_toml(value, where);
      return object;
    }
    case toml::node_type::array: {
      json array = json::array();
      for (const auto& value : *node.as_array()) array.push_back(json_from_toml(value, where));
      return array;
    }
    case toml::node_type::string: return std::string(node.as_string()->get());
    case toml::node_type::integer: return node.as_integer()->get();
    case toml::node_type::floating_point: return node.as_floating_point()->get();
    case toml::node_type::boolean: return node.as_boolean()->get();
    default: throw usage_error(where + ": dates have no place in a preset");
  }
}

}  // namespace

std::vector<FieldHelp> field_help() {
  std::vector<FieldHelp> all;
  const RunConfig defaults;
  visit_fields(defaults, [&](std::string_view key, const auto& field, std::string_view help) {
    all.push_back({std::string(key), std::string(help), format_value(field)});
  });
  return all;
}

void set_field(RunConfig& config, std::string_view key, std::string_view value) {
  if (const auto at = first_non_text(value); at != std::string::npos && !is_path(key)) {
    throw usage_error(std::string(key) + ": the value is not UTF-8 text (byte " + std::to_string(at + 1) +
                      "); type it in a UTF-8 terminal, or convert it with iconv");
  }
  with_field(config, key, [&](auto& field) { field = parse_value<std::decay_t<decltype(field)>>(key, value); });
}

std::string get_field(const RunConfig& config, std::string_view key) {
  std::string text;
  with_field(config, key, [&](const auto& field) { text = format_value(field); });
  return text;
}

bool is_live_field(std::string_view key) {
  for (const std::string_view group : {"tvr.", "kv_bias.", "dyt.", "probe."}) {
    if (key.starts_with(group)) return true;
  }
  constexpr std::array<std::string_view, 15> kLive{"train.learning_rate",
                                                   "train.min_learning_rate",
                                                   "train.warmup_steps",
                                                   "train.lr_decay_steps",
                                                   "train.weight_decay",
                                                   "train.beta1",
                                                   "train.beta2",
                                                   "train.eps",
                                                   "train.grad_clip",
                                                   "train.validation_every",
                                                   "train.validation_batches",
                                                   "train.sample_every",
                                                   "train.sample_tokens",
                                                   "train.sample_prompt",
                                                   "train.steps"};
  return std::find(kLive.begin(), kLive.end(), key) != kLive.end();
}

void set_live_field(RunConfig& config, std::string_view key, std::string_view value) {
  set_field(config, key, value);
  if (!is_live_field(key)) {
    throw usage_error(std::string(key) + " cannot change while a model trains; start a new run with it");
  }
}

std::string nearest_key(std::string_view key) {
  std::string best;
  std::size_t best_distance = std::string_view::npos;
  const RunConfig defaults;
  visit_fields(defaults, [&](std::string_view name, const auto&, std::string_view) {
    // A key without its group ("n_layers") is measured against the bare names too.
    const std::size_t distance =
        std::min(edit_distance(key, name), edit_distance(key, name.substr(name.find('.') + 1)));
    if (distance < best_distance) {
      best_distance = distance;
      best = name;
    }
  });
  return best;
}

json to_json(const RunConfig& config) {
  json all = json::object();
  visit_fields(config, [&](std::string_view key, const auto& field, std::string_view) {
    const auto dot = key.find('.');
    json& value = all[std::string(key.substr(0, dot))][std::string(key.substr(dot + 1))];
    if constexpr (std::is_same_v<std::decay_t<decltype(field)>, std::string>) {
      value = is_path(key) ? path_text(field) : field;
    } else {
      value = field;
    }
  });
  return all;
}

RunConfig config_from_json(const json& all) {
  RunConfig config;
  if (!all.is_object()) throw usage_error("a configuration is a set of groups such as \"model\" and \"train\"");
  for (const auto& [group, fields] : all.items()) {
    if (!fields.is_object()) throw usage_error("unknown key '" + group + "'; did you mean " + nearest_key(group) + "?");
    for (const auto& [name, value] : fields.items()) {
      const std::string key = group + "." + name;
      with_field(config, key, [&, &given = value](auto& field) {  // by name: clang 14 captures no structured binding
        using Value = std::decay_t<decltype(field)>;
        field = value_from_json<Value>(key, given);
        if constexpr (std::is_same_v<Value, std::string>) {
          if (is_path(key)) field = path_from_text(field).string();
        }
      });
    }
  }
  return config;
}

RunConfig stored_config_from_json(const json& all) {
  RunConfig config = config_from_json(all);
  // What came later than the first records, and what it was before: a warm-up over one update is none.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kAdded{
      {{"kv_bias.warmup_steps", "1"}, {"dyt.warmup_steps", "1"}}};
  for (const auto& [key, before] : kAdded) {
    const auto dot = key.find('.');
    const auto group = all.find(std::string(key.substr(0, dot)));
    if (group == all.end() || !group->contains(std::string(key.substr(dot + 1)))) set_field(config, key, before);
  }
  return config;
}

RunConfig config_from_toml(std::string_view text, const std::string& where) {
  try {
    return config_from_json(json_from_toml(toml::parse(text, where), where));
  } catch (const toml::parse_error& error) {
    throw file_error(where + ":" + std::to_string(error.source().begin.line) + ": " + std::string(error.description()));
  } catch (const Error& error) {
    throw usage_error(where + ": " + error.what());
  }
}

}  // namespace variometer
