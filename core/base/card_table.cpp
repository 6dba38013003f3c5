// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/card_table.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

#include "core/base/card_table_builder.h"
#include "core/base/error.h"
#include "core/base/in_use.h"

namespace variometer {
namespace {

using Scalars = RunHistory::Scalars;

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

struct ScalarName {
  const char* name;
  const char* unit;
  const std::vector<double> Scalars::*values;
  const char* help;
};
constexpr std::array<ScalarName, 5> kScalars{
    {{"loss", "nat", &Scalars::loss, "training loss"},
     {"learning_rate", "", &Scalars::learning_rate, "learning rate"},
     {"grad_norm", "", &Scalars::grad_norm, "gradient norm before clipping"},
     {"tokens_per_second", "1/s", &Scalars::tokens_per_second, "training tokens per second"},
     {"observe_fraction", "", &Scalars::observe_fraction, "share of the time spent on measuring"}}};

struct WeightName {
  const char* name;
  float WeightStat::*value;
  const char* help;
};
constexpr std::array<WeightName, 7> kWeights{
    {{"weight_std", &WeightStat::std, "standard deviation of every tensor"},
     {"update_ratio", &WeightStat::update_ratio, "norm of the update / norm of the tensor"},
     {"weight_mean", &WeightStat::mean, "mean of every tensor"},
     {"weight_abs_max", &WeightStat::abs_max, "largest absolute value of every tensor"},
     {"weight_grad_norm", &WeightStat::grad_norm, "gradient norm of every tensor"},
     {"weight_update_ratio", &WeightStat::update_ratio, "the same as update_ratio"},
     {"tvr_ratio", &WeightStat::tvr_ratio, "std / TVR's target"}}};

std::int64_t whole(double step) { return static_cast<std::int64_t>(step); }

// Validation is measured on some steps only: put beside the loss of its step.
CardTable scalar_table(const RunHistory& history, const std::vector<const ScalarName*>& names, bool validation,
                       StepRange range) {
  const Scalars& s = history.scalars();
  TableBuilder table;
  table.number("step", "updates");
  for (const auto* each : names) table.number(each->name, each->unit);
  if (validation) table.number("validation_loss", "nat");
  std::size_t v = 0;
  for (std::size_t i = 0; i < s.step.size(); ++i) {
    if (!range.holds(whole(s.step[i]))) continue;
    table << s.step[i];
    for (const auto* each : names) table << (s.*each->values)[i];
    if (validation) {
      while (v < s.validation_step.size() && s.validation_step[v] < s.step[i]) ++v;
      const bool measured = v < s.validation_step.size() && s.validation_step[v] == s.step[i];
      table << (measured ? s.validation_loss[v] : kNothing);
    }
    table.end_row();
  }
  return table.take();
}

CardTable validation_table(const RunHistory& history, StepRange range) {
  const Scalars& s = history.scalars();
  TableBuilder table;
  table.number("step", "updates");
  table.number("validation_loss", "nat");
  for (std::size_t i = 0; i < s.validation_step.size(); ++i) {
    if (!range.holds(whole(s.validation_step[i]))) continue;
    table << s.validation_step[i] << s.validation_loss[i];
    table.end_row();
  }
  return table.take();
}

// Calls visit(step, statistics of the tensors) for every measurement of the weights in the range.
template <class Visit>
void visit_weights(const RunHistory& history, StepRange range, Visit&& visit) {
  const std::size_t n_tensor = history.info().tensors.size();
  for (const auto& [step, weights] : history.weights()) {
    if (!range.holds(step)) continue;
    visit(step, std::span(weights->tensors).first(std::min(n_tensor, weights->tensors.size())));
  }
}

CardTable weight_table(const RunHistory& history, float WeightStat::*value, StepRange range) {
  const auto& tensors = history.info().tensors;
  // Parameters of a switch that was never on in these steps have no column: nothing read them.
  std::vector<bool> shown(tensors.size());
  for (std::size_t i = 0; i < tensors.size(); ++i) shown[i] = switch_of(tensors[i]).empty();
  visit_weights(history, range, [&](std::int64_t, std::span<const WeightStat> stats) {
    for (std::size_t i = 0; i < stats.size(); ++i) shown[i] = shown[i] || !std::isnan(stats[i].std);
  });
  TableBuilder table;
  table.number("step", "updates");
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (shown[i]) table.number(tensors[i].name);
  }
  visit_weights(history, range, [&](std::int64_t step, std::span<const WeightStat> stats) {
    table << step;
    for (std::size_t i = 0; i < stats.size(); ++i) {
      if (shown[i]) table << stats[i].*value;
    }
    table.end_row();
  });
  return table.take();
}

// One row per step and tensor, so that any picture of it (by layer, by role) can be made again.
CardTable carpet_table(const RunHistory& history, StepRange range) {
  TableBuilder table;
  table.number("step", "updates");
  table.number("layer");
  table.text("role");
  table.text("tensor");
  table.number("std");
  const auto& tensors = history.info().tensors;
  visit_weights(history, range, [&](std::int64_t step, std::span<const WeightStat> stats) {
    for (std::size_t i = 0; i < stats.size(); ++i) {
      if (!switch_of(tensors[i]).empty() && std::isnan(stats[i].std)) continue;  // its switch is off
      table << step << tensors[i].layer << tensors[i].role << tensors[i].name << stats[i].std;
      table.end_row();
    }
  });
  return table.take();
}

CardTable sample_table(const RunHistory& history, StepRange range) {
  TableBuilder table;
  table.number("step", "updates");
  table.text("prompt");
  table.text("text");
  for (const auto& [step, sample] : history.samples()) {
    if (!range.holds(step)) continue;
    table << step << sample.prompt << sample.text;
    table.end_row();
  }
  return table.take();
}

CardTable event_table(const RunHistory& history, StepRange range) {
  TableBuilder table;
  table.number("step", "updates");
  table.text("kind");
  table.text("detail");
  for (const auto& event : history.events()) {
    if (!range.holds(event.step)) continue;
    table << event.step << event.kind << event.detail;
    table.end_row();
  }
  return table.take();
}

}  // namespace

std::size_t CardTable::n_row() const {
  if (columns.empty()) return 0;
  return columns[0].is_text ? columns[0].texts.size() : columns[0].numbers.size();
}

const CardTable::Column* CardTable::find(std::string_view name) const {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& c) { return c.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

std::vector<CardTableName> card_table_names() {
  return {
      {"loss", "training and validation loss"},
      {"weight_std", "standard deviation of every tensor, one column each"},
      {"weight_std_carpet", "the same, one row per step and tensor, with layer and role"},
      {"top_activation", "largest |h| (signed) with token and channel, median and ratio, one row per step and layer"},
      {"max_activation",
       "largest |h| (signed) of all layers, of the probe prompt and of the training batch, with its "
       "place, and what is massive above it, one row per step"},
      {"ratio", "largest |h| / median |h|, one column per layer"},
      {"massive_map", "every massive activation, one row each"},
      {"attention", "attention to token 0 and to the KV-bias slot, entropy, one row per step and layer"},
      {"grad_norm", "gradient norm before clipping"},
      {"learning_rate", "learning rate"},
      {"tokens_per_second", "training tokens per second"},
      {"update_ratio", "norm of the update / norm of the tensor, one column per tensor"},
      {"samples", "text the model wrote"},
      {"events", "commands, prompts, checkpoints, alarms"},
      {"scalars", "all scalars, one column each"},
      {"validation_loss", "validation loss, where it was measured"},
      {"observe_fraction", "share of the time spent on measuring"},
      {"weight_mean", "mean of every tensor"},
      {"weight_abs_max", "largest absolute value of every tensor"},
      {"weight_grad_norm", "gradient norm of every tensor"},
      {"tvr_ratio", "std / TVR's target of every tensor"},
      {"median", "median |h|, one column per layer"},
      {"mean", "mean of h, one column per layer"},
      {"variance", "variance of h, one column per layer"},
      {"kurtosis", "excess kurtosis of h, one column per layer"},
      {"dyt_saturation", "share of saturated DyT inputs, one column per layer"},
      {"first_token_share", "attention to token 0, one column per layer"},
      {"kv_slot_share", "attention to the KV-bias slot, one column per layer"},
      {"attention_entropy", "entropy of attention, one column per layer"},
      {"token_max", "largest |h| of every token, one row per step and layer"},
      {"channel_max", "largest |h| of every channel, one row per step and layer"}};
}

CardTable card_table(const RunHistory& history, std::string_view name, std::int64_t first_step,
                     std::int64_t last_step) {
  const StepRange range{first_step, last_step};
  if (name == "loss") return scalar_table(history, {&kScalars[0]}, /*validation=*/true, range);
  if (name == "scalars") {
    std::vector<const ScalarName*> all;
    for (const auto& each : kScalars) all.push_back(&each);
    return scalar_table(history, all, /*validation=*/true, range);
  }
  for (const auto& each : kScalars) {
    if (name == each.name) return scalar_table(history, {&each}, /*validation=*/false, range);
  }
  if (name == "validation_loss") return validation_table(history, range);
  for (const auto& each : kWeights) {
    if (name == each.name) return weight_table(history, each.value, range);
  }
  if (name == "weight_carpet" || name == "weight_std_carpet") return carpet_table(history, range);
  if (name == "max_activation") return largest_table(history, range);
  if (name == "samples") return sample_table(history, range);
  if (name == "events") return event_table(history, range);
  const bool batch = name.starts_with("batch_");
  if (auto table = activation_table(history, batch ? name.substr(6) : name, batch, range)) return *std::move(table);
  std::string known;
  for (const auto& each : card_table_names()) known += (known.empty() ? "" : ", ") + each.name;
  throw usage_error("no data is called '" + std::string(name) + "'; there are " + known +
                    ", and batch_... for activations on the training batch");
}

}  // namespace variometer
