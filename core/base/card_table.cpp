// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/card_table.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <utility>

#include "core/base/error.h"

namespace variometer {
namespace {

using Column = CardTable::Column;
using Scalars = RunHistory::Scalars;
using ActivationRow = RunHistory::ActivationRow;

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

struct Range {
  std::int64_t first, last;
  bool holds(std::int64_t step) const { return step >= first && step <= last; }
};

// Columns are named when the table is begun and filled row by row.
class Builder {
 public:
  std::size_t number(std::string name, std::string unit = "") {
    table_.columns.push_back({.name = std::move(name), .unit = std::move(unit)});
    return table_.columns.size() - 1;
  }
  std::size_t text(std::string name) {
    table_.columns.push_back({.name = std::move(name), .is_text = true});
    return table_.columns.size() - 1;
  }
  Builder& operator<<(double value) {
    next().numbers.push_back(value);
    return *this;
  }
  Builder& operator<<(float value) { return *this << static_cast<double>(value); }
  Builder& operator<<(std::int64_t value) { return *this << static_cast<double>(value); }
  Builder& operator<<(std::int32_t value) { return *this << static_cast<double>(value); }
  Builder& operator<<(std::string value) {
    next().texts.push_back(std::move(value));
    return *this;
  }
  void end_row() {
    while (at_ != 0 && at_ < table_.columns.size())
      table_.columns[at_].is_text ? *this << std::string() : *this << kNothing;
    at_ = 0;
  }
  CardTable take() { return std::move(table_); }

 private:
  Column& next() { return table_.columns[at_++]; }

  CardTable table_;
  std::size_t at_ = 0;
};

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

struct LayerName {
  const char* name;
  float LayerActivation::*value;
  const char* help;
};
constexpr std::array<LayerName, 9> kLayers{
    {{"ratio", &LayerActivation::ratio, "largest |h| / median |h| of every layer"},
     {"median", &LayerActivation::median, "median |h| of every layer"},
     {"mean", &LayerActivation::mean, "mean of h of every layer"},
     {"variance", &LayerActivation::variance, "variance of h of every layer"},
     {"kurtosis", &LayerActivation::kurtosis, "excess kurtosis of h of every layer"},
     {"dyt_saturation", &LayerActivation::dyt_saturation, "share of saturated DyT inputs of every layer"},
     {"first_token_share", &LayerActivation::first_token_share, "attention to token 0 of every layer"},
     {"kv_slot_share", &LayerActivation::kv_slot_share, "attention to the KV-bias slot of every layer"},
     {"attention_entropy", &LayerActivation::attention_entropy, "entropy of attention of every layer"}}};

std::int64_t whole(double step) { return static_cast<std::int64_t>(step); }

// Validation is measured on some steps only: put beside the loss of its step.
CardTable scalar_table(const RunHistory& history, const std::vector<const ScalarName*>& names, bool validation,
                       Range range) {
  const Scalars& s = history.scalars();
  Builder table;
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

CardTable validation_table(const RunHistory& history, Range range) {
  const Scalars& s = history.scalars();
  Builder table;
  table.number("step", "updates");
  table.number("validation_loss", "nat");
  for (std::size_t i = 0; i < s.validation_step.size(); ++i) {
    if (!range.holds(whole(s.validation_step[i]))) continue;
    table << s.validation_step[i] << s.validation_loss[i];
    table.end_row();
  }
  return table.take();
}

CardTable weight_table(const RunHistory& history, float WeightStat::*value, Range range) {
  Builder table;
  table.number("step", "updates");
  const std::size_t n_tensor = history.info().tensors.size();
  for (const auto& tensor : history.info().tensors) table.number(tensor.name);
  for (const auto& [step, weights] : history.weights()) {
    if (!range.holds(step)) continue;
    table << step;
    for (std::size_t i = 0; i < std::min(n_tensor, weights->tensors.size()); ++i) table << weights->tensors[i].*value;
    table.end_row();
  }
  return table.take();
}

// One row per step and tensor, so that any picture of it (by layer, by role) can be made again.
CardTable carpet_table(const RunHistory& history, Range range) {
  Builder table;
  table.number("step", "updates");
  table.number("layer");
  table.text("role");
  table.text("tensor");
  table.number("std");
  const auto& tensors = history.info().tensors;
  for (const auto& [step, weights] : history.weights()) {
    if (!range.holds(step)) continue;
    for (std::size_t i = 0; i < std::min(tensors.size(), weights->tensors.size()); ++i) {
      table << step << tensors[i].layer << tensors[i].role << tensors[i].name << weights->tensors[i].std;
      table.end_row();
    }
  }
  return table.take();
}

CardTable layer_table(const RunHistory& history, const std::vector<ActivationRow>& rows, float LayerActivation::*value,
                      Range range) {
  Builder table;
  table.number("step", "updates");
  const auto n_layer = static_cast<std::size_t>(std::max<std::int64_t>(history.info().n_layer, 0));
  for (std::size_t layer = 0; layer < n_layer; ++layer) table.number("layer" + std::to_string(layer));
  for (const auto& [step, activation] : rows) {
    if (!range.holds(step)) continue;
    table << step;
    for (std::size_t l = 0; l < std::min(n_layer, activation->layers.size()); ++l)
      table << activation->layers[l].*value;
    table.end_row();
  }
  return table.take();
}

CardTable top_table(const std::vector<ActivationRow>& rows, bool batch, Range range) {
  std::size_t n_top = 0;
  for (const auto& row : rows) {
    for (const auto& layer : row.activation->layers) n_top = std::max(n_top, layer.top.size());
  }
  Builder table;
  table.number("step", "updates");
  for (const char* name : {"layer", "median", "ratio"}) table.number(name);
  for (std::size_t k = 1; k <= n_top; ++k) {
    const std::string top = "top" + std::to_string(k);
    table.number(top);
    table.number(top + "_token");
    table.number(top + "_channel");
    if (batch) table.number(top + "_sequence");
  }
  for (const auto& [step, activation] : rows) {
    if (!range.holds(step)) continue;
    for (std::size_t l = 0; l < activation->layers.size(); ++l) {
      const LayerActivation& layer = activation->layers[l];
      table << step << static_cast<std::int64_t>(l) << layer.median << layer.ratio;
      for (const auto& place : layer.top) {
        table << place.value << place.token << place.channel;
        if (batch) table << place.sequence;
      }
      table.end_row();
    }
  }
  return table.take();
}

std::string token_text(const ActivationSnapshot& activation, std::int32_t token) {
  const auto i = static_cast<std::size_t>(token);
  return i < activation.token_texts.size() ? activation.token_texts[i] : std::string();
}

CardTable massive_table(const std::vector<ActivationRow>& rows, bool batch, Range range) {
  Builder table;
  table.number("step", "updates");
  for (const char* name : {"layer", "token", "channel"}) table.number(name);
  batch ? table.number("sequence") : table.text("token_text");
  for (const char* name : {"value", "ratio"}) table.number(name);
  for (const auto& [step, activation] : rows) {
    if (!range.holds(step)) continue;
    for (const auto& place : activation->massive) {
      table << step << place.layer << place.token << place.channel;
      batch ? table << place.sequence : table << token_text(*activation, place.token);
      table << place.value << place.ratio;
      table.end_row();
    }
  }
  return table.take();
}

CardTable attention_table(const std::vector<ActivationRow>& rows, Range range) {
  Builder table;
  table.number("step", "updates");
  for (const char* name : {"layer", "first_token_share", "kv_slot_share"}) table.number(name);
  table.number("attention_entropy", "nat");
  for (const auto& [step, activation] : rows) {
    if (!range.holds(step)) continue;
    for (std::size_t l = 0; l < activation->layers.size(); ++l) {
      const LayerActivation& layer = activation->layers[l];
      table << step << static_cast<std::int64_t>(l) << layer.first_token_share << layer.kv_slot_share
            << layer.attention_entropy;
      table.end_row();
    }
  }
  return table.take();
}

// One row per step and layer, one column per token or channel.
CardTable map_table(const std::vector<ActivationRow>& rows, std::vector<float> LayerActivation::*values,
                    const char* what, Range range) {
  std::size_t width = 0;
  for (const auto& row : rows) {
    if (!range.holds(row.step)) continue;
    for (const auto& layer : row.activation->layers) width = std::max(width, (layer.*values).size());
  }
  Builder table;
  table.number("step", "updates");
  table.number("layer");
  for (std::size_t i = 0; i < width; ++i) table.number(what + std::to_string(i));
  for (const auto& [step, activation] : rows) {
    if (!range.holds(step)) continue;
    for (std::size_t l = 0; l < activation->layers.size(); ++l) {
      const auto& maxima = activation->layers[l].*values;
      if (maxima.empty()) continue;
      table << step << static_cast<std::int64_t>(l);
      for (const float each : maxima) table << each;
      table.end_row();
    }
  }
  return table.take();
}

CardTable sample_table(const RunHistory& history, Range range) {
  Builder table;
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

CardTable event_table(const RunHistory& history, Range range) {
  Builder table;
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

// Tables of activations, which there are of the probe prompt and of the training batch.
std::optional<CardTable> activation_table(const RunHistory& history, std::string_view name, bool batch, Range range) {
  const auto& rows = batch ? history.batch() : history.probe();
  if (name == "top_activation") return top_table(rows, batch, range);
  if (name == "massive_map") return massive_table(rows, batch, range);
  if (name == "attention") return attention_table(rows, range);
  if (name == "token_max") return map_table(rows, &LayerActivation::token_max, "token", range);
  if (name == "channel_max") return map_table(rows, &LayerActivation::channel_max, "channel", range);
  for (const auto& each : kLayers) {
    if (name == each.name) return layer_table(history, rows, each.value, range);
  }
  return std::nullopt;
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
      {"weight_carpet", "the same, one row per step and tensor, with layer and role"},
      {"top_activation", "largest |h| (signed) with token and channel, median and ratio, one row per step and layer"},
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
  const Range range{first_step, last_step};
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
  if (name == "samples") return sample_table(history, range);
  if (name == "events") return event_table(history, range);
  const bool batch = name.starts_with("batch_");
  if (auto table = activation_table(history, batch ? name.substr(6) : name, batch, range)) return *std::move(table);
  std::string known;
  for (const auto& each : card_table_names()) known += (known.empty() ? "" : ", ") + each.name;
  throw usage_error("no data is called '" + std::string(name) + "'; there are " + known +
                    ", and batch_... for activations on the training batch");
}

CardTable card_table(const Frame& frame) {
  Builder table;
  table.number("token");
  table.text("token_text");
  table.number("channel");
  table.number("value");
  for (std::int32_t r = 0; r < frame.rows; ++r) {
    for (std::int32_t c = 0; c < frame.columns; ++c) {
      const auto i =
          static_cast<std::size_t>(r) * static_cast<std::size_t>(frame.columns) + static_cast<std::size_t>(c);
      const std::int32_t token = frame.arg_token.empty() ? r : frame.arg_token[i];
      const std::int32_t channel = frame.arg_channel.empty() ? c : frame.arg_channel[i];
      const auto t = static_cast<std::size_t>(token);
      table << token << (t < frame.token_texts.size() ? frame.token_texts[t] : std::string()) << channel
            << frame.values[i];
      table.end_row();
    }
  }
  return table.take();
}

}  // namespace variometer
