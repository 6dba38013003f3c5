// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/base/card_table_builder.h"
#include "core/base/largest_place.h"

namespace variometer {
namespace {

using ActivationRow = RunHistory::ActivationRow;

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

CardTable layer_table(const RunHistory& history, const std::vector<ActivationRow>& rows, float LayerActivation::*value,
                      StepRange range) {
  TableBuilder table;
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

CardTable top_table(const std::vector<ActivationRow>& rows, bool batch, StepRange range) {
  std::size_t n_top = 0;
  for (const auto& row : rows) {
    for (const auto& layer : row.activation->layers) n_top = std::max(n_top, layer.top.size());
  }
  TableBuilder table;
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

CardTable massive_table(const std::vector<ActivationRow>& rows, bool batch, StepRange range) {
  TableBuilder table;
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

CardTable attention_table(const std::vector<ActivationRow>& rows, StepRange range) {
  TableBuilder table;
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
                    const char* what, StepRange range) {
  std::size_t width = 0;
  for (const auto& row : rows) {
    if (!range.holds(row.step)) continue;
    for (const auto& layer : row.activation->layers) width = std::max(width, (layer.*values).size());
  }
  TableBuilder table;
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

}  // namespace

std::optional<CardTable> activation_table(const RunHistory& history, std::string_view name, bool batch,
                                          StepRange range) {
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

CardTable largest_table(const RunHistory& history, StepRange range) {
  TableBuilder table;
  table.number("step", "updates");
  for (const char* name : {"probe", "probe_layer", "probe_token", "probe_channel", "threshold", "batch", "batch_layer",
                           "batch_sequence", "batch_token", "batch_channel"}) {
    table.number(name);
  }
  const double none = std::numeric_limits<double>::quiet_NaN();
  const ProbeConfig rule = history.last() ? history.last()->probe_config : ProbeConfig{};
  auto probe = history.probe().begin();
  auto batch = history.batch().begin();
  while (probe != history.probe().end() || batch != history.batch().end()) {
    const bool has_probe =
        probe != history.probe().end() && (batch == history.batch().end() || probe->step <= batch->step);
    const std::int64_t step = has_probe ? probe->step : batch->step;
    const bool has_batch = batch != history.batch().end() && batch->step == step;
    if (range.holds(step)) {
      table << step;
      const ActivationPlace* place = has_probe ? largest_place(*probe->activation) : nullptr;
      if (place != nullptr) {
        table << place->value << place->layer << place->token << place->channel
              << massive_threshold(*probe->activation, *place, rule);
      } else {
        for (int i = 0; i < 5; ++i) table << none;
      }
      place = has_batch ? largest_place(*batch->activation) : nullptr;
      if (place != nullptr) {
        table << place->value << place->layer << place->sequence << place->token << place->channel;
      } else {
        for (int i = 0; i < 5; ++i) table << none;
      }
      table.end_row();
    }
    if (has_probe) ++probe;
    if (has_batch) ++batch;
  }
  return table.take();
}

CardTable card_table(const Frame& frame) {
  TableBuilder table;
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
