// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/event_words.h"

#include <algorithm>
#include <cstdio>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "core/base/json_text.h"

namespace variometer {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

std::string joined(const Words& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

std::string as_text(const json& value) {
  if (!value.is_number_float()) return value.is_string() ? value.get<std::string>() : json_text(value);
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value.get<double>());
  return text;
}

std::string assignment_text(const std::string& key, const json& value) {
  const std::string text = as_text(value);
  const std::string on_off = text == "true" || text == "1" ? " on" : " off";
  if (key == "tvr.enabled") return "TVR" + on_off;
  if (key == "kv_bias.enabled") return "KV bias" + on_off;
  if (key == "dyt.enabled") return "DyT" + on_off;
  if (key == "train.learning_rate") return "LR " + text;
  if (key == "train.steps") return "last update " + text;
  if (key == "tvr.target_std") return "TVR target " + text;
  return key + '=' + text;
}

bool is_switch(const std::string& key) { return key.ends_with(".enabled") && key != "probe.enabled"; }

std::string set_text(const json& detail) {
  Words switches, others;
  const json& set = detail.contains("set") ? detail["set"] : detail;  // core/base/command.h: to_json
  for (const auto& [key, value] : set.items()) {
    if (key == "kind" || key == "ticket" || key == "error") continue;
    (is_switch(key) ? switches : others).push_back(assignment_text(key, value));
  }
  // A switch posted with its parameters is marked by its name alone.
  return joined(switches.empty() ? others : switches);
}

json parsed(const Event& event) {
  json detail = json::parse(event.detail, nullptr, /*allow_exceptions=*/false);
  return detail.is_object() ? detail : json::object();
}

/// "layer 0, token 21": all that the detail holds but what is named in `without`.
std::string pairs(const json& detail, std::initializer_list<std::string_view> without) {
  Words parts;
  for (const auto& [key, value] : detail.items()) {
    if (std::find(without.begin(), without.end(), key) == without.end()) parts.push_back(key + ' ' + as_text(value));
  }
  return joined(parts);
}

/// Where an alarm struck, in the order one reads: "layer 0, token 21, channel 1, h 0.5438, 10.16 × median (training
/// batch)"; then whatever else there is.
std::string place_text(const json& detail) {
  Words parts;
  for (const char* key : {"layer", "token", "channel"}) {
    if (detail.contains(key)) parts.push_back(key + (' ' + as_text(detail[key])));
  }
  if (detail.contains("value")) parts.push_back("h " + as_text(detail["value"]));
  if (detail.contains("ratio")) parts.push_back(as_text(detail["ratio"]) + " × median");
  const std::string rest =
      pairs(detail, {"what", "why", "status", "where", "layer", "token", "channel", "value", "ratio"});
  if (!rest.empty()) parts.push_back(rest);
  if (detail.contains("why")) parts.push_back(as_text(detail["why"]));
  const std::string where = detail.contains("where") ? '(' + as_text(detail["where"]) + ')' : std::string();
  const std::string text = joined(parts);
  return text + (text.empty() || where.empty() ? "" : " ") + where;
}

/// How often is measured, and why: the share of its time a run may spend on it is its budget.
std::string thinned_text(const json& detail) {
  const auto percent = [&](const char* key) {
    const json value = detail.value(key, json());
    return value.is_number() ? as_text(json(100 * value.get<double>())) + " %" : std::string("?");
  };
  const std::string factor = as_text(detail.value("factor", json("?")));
  return (factor == "1" ? "observing at every measurement that is due"
                        : "observing thinned to 1 in " + factor + " measurements") +
         ": it takes " + percent("observe_fraction") + " of the time, the budget is " + percent("budget");
}

/// "the/file (SHA-256 1a2b3c4d5e6f…)"
std::string path_and_fingerprint(const json& detail) {
  std::string text = detail.contains("path") ? as_text(detail["path"]) : std::string("?");
  if (const json sum = detail.value("sha256", json()); sum.is_string() && !sum.get<std::string>().empty()) {
    text += " (SHA-256 " + sum.get<std::string>().substr(0, 12) + "…)";
  }
  return text;
}

/// A word or two for what core/train/alarms.cpp tells in a sentence.
std::string alarm_mark(const json& detail) {
  const std::string what = detail.contains("what") ? as_text(detail["what"]) : "alarm";
  const auto says = [&what](const char* words) { return what.find(words) != std::string::npos; };
  if (says("massive")) return "massive";
  if (says("outlier") || says("past the ratio")) return "outlier";
  if (says("not finite")) return "not finite";
  if (says("loss jumped")) return "loss jump";
  if (says("checkpoint")) return "not saved";
  return what;
}

/// How long the run is to be: nothing happens to the curves there.
bool sets_length_alone(const json& detail) {
  const json& set = detail.contains("set") ? detail["set"] : detail;
  return set.is_object() && set.size() == 1 && set.contains("train.steps");
}

}  // namespace

std::string switch_words(const Mitigations& mitigations) {
  Words on;
  if (mitigations.tvr.enabled) on.emplace_back("TVR");
  if (mitigations.kv_bias.enabled) on.emplace_back("KV bias");
  if (mitigations.dyt.enabled) on.emplace_back("DyT");
  return on.empty() ? "no switch on" : joined(on) + " on";
}

std::string event_mark_words(const Event& event) {
  if (event.kind == "set") return sets_length_alone(parsed(event)) ? std::string() : set_text(parsed(event));
  if (event.kind == "restore") return "undo";
  if (event.kind == "prompt" || event.kind == "failed") return event.kind;
  if (event.kind == "alarm") {
    const json detail = parsed(event);
    return detail.contains("tvr_rescaled_at") ? std::string() : alarm_mark(detail);
  }
  if (event.kind == "mark") return as_text(parsed(event).value("text", json("mark")));
  return {};
}

std::string event_words(const Event& event) {
  const json detail = parsed(event);
  if (event.kind == "set") return set_text(detail);
  if (event.kind == "restore" || event.kind == "prompt" || event.kind == "mark") return event_mark_words(event);
  if (event.kind == "tokenizer") return "texts are read with the tokenizer of " + path_and_fingerprint(detail);
  if (event.kind == "init") return "weights from " + path_and_fingerprint(detail);
  if (event.kind == "checkpoint" && detail.contains("path")) return "saved as " + as_text(detail["path"]);
  if (event.kind == "resume" && detail.contains("path")) {
    return "resumed at step " + as_text(detail.value("step", json("?"))) + " from " + as_text(detail["path"]);
  }
  if (event.kind == "record_hidden") {
    return "hidden states of the probe prompt recorded, " + as_text(detail.value("n_token", json("?"))) + " tokens";
  }
  if (event.kind == "warning" && detail.contains("what")) return as_text(detail["what"]);
  if (event.kind == "thinned") return thinned_text(detail);
  if (event.kind == "alarm" && detail.contains("tvr_rescaled_at")) {
    const json& at = detail["tvr_rescaled_at"];
    return as_text(detail.value("what", json("loss jumped"))) + " from " + as_text(detail.value("before", json("?"))) +
           " to " + as_text(detail.value("loss", json("?"))) + ", right after TVR rescaled weights at step " +
           as_text(at);
  }
  if ((event.kind == "alarm" || event.kind == "failed") && detail.contains("what")) {
    const std::string rest = place_text(detail);
    return as_text(detail["what"]) + (rest.empty() ? "" : ": ") + rest;
  }
  if (event.kind == "rescale") return rescaling_words(event, 1);
  const std::string rest = pairs(detail, {"kind"});
  return event.kind + (rest.empty() ? "" : ": ") + rest;
}

bool is_loss_alarm(const Event& event) {
  return event.kind == "alarm" && event.detail.find("loss jumped") != std::string::npos;
}

std::string event_kind_words(const Event& event) {
  const std::string& kind = event.kind;
  if (kind == "set") return "changed";
  if (kind == "restore") return "undo";
  if (kind == "rescale") return "TVR";
  if (kind == "thinned") return "measuring";
  if (kind == "checkpoint") return "saved";
  if (kind == "record_hidden") return "recorded";
  if (kind == "init") return "start";
  if (kind == "resume") return "resumed";
  if (kind == "mark") return "marker";
  std::string plain = kind;  // alarm, failed, prompt, tokenizer, warning, ...
  std::replace(plain.begin(), plain.end(), '_', ' ');
  return plain;
}

std::string rescaling_words(const Event& event, std::size_t n) {
  const json detail = parsed(event);
  if (n == 1 && detail.contains("tensor")) {
    return "TVR rescaled " + as_text(detail["tensor"]) + ": std " + as_text(detail.value("std", json())) + " → " +
           as_text(detail.value("target", json()));
  }
  const std::string count = detail.contains("n_tensor") ? as_text(detail["n_tensor"]) : std::to_string(n);
  std::string text = "TVR rescaled " + count + (count == "1" ? " matrix" : " matrices");
  if (detail.contains("largest_ratio")) text += ", the widest " + as_text(detail["largest_ratio"]) + " × its target";
  return text;
}

}  // namespace variometer
