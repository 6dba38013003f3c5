// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/base/in_use.h"
#include "core/base/json_text.h"

namespace variometer {
namespace {

Json json_place(const ActivationPlace& place, bool batch) {
  Json json{{"value", json_number(place.value)}, {"token", place.token}, {"channel", place.channel}};
  if (batch) json["sequence"] = place.sequence;
  return json;
}

/// Of what the forward pass reads: parameters of switches that are off have no statistics.
Json json_weights(const WeightSnapshot& weights, const std::vector<TensorInfo>& tensors, const Mitigations& switches) {
  Json json = Json::object();
  for (std::size_t i = 0; i < std::min(weights.tensors.size(), tensors.size()); ++i) {
    if (!in_use(tensors[i], switches)) continue;
    const WeightStat& stat = weights.tensors[i];
    json[tensors[i].name] = {{"std", json_number(stat.std)},
                             {"mean", json_number(stat.mean)},
                             {"abs_max", json_number(stat.abs_max)},
                             {"tvr_ratio", json_number(stat.tvr_ratio)},
                             {"rescaled", stat.rescaled}};
  }
  return json;
}

Json json_applied(const std::vector<Applied>& applied) {
  Json json = Json::array();
  for (const auto& [step, command, error] : applied) {
    for (const auto& [key, value] : command.assignments) {
      Json one{{"step", step}, {"key", key}, {"value", value}};
      if (!error.empty()) one["error"] = error;
      json.push_back(std::move(one));
    }
  }
  return json;
}

}  // namespace

Json json_number(float value) {
  if (!std::isfinite(value)) return nullptr;
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), value);
  double shortest = 0;
  std::from_chars(text.data(), written.ptr, shortest);
  return shortest;
}

std::string to_line(const Json& json) { return json_text(json); }

Json json_layers(const ActivationSnapshot& activation, bool batch) {
  Json layers = Json::array();
  for (std::size_t i = 0; i < activation.layers.size(); ++i) {
    const LayerActivation& layer = activation.layers[i];
    Json top = Json::array(), massive = Json::array();
    for (const auto& place : layer.top) top.push_back(json_place(place, batch));
    for (const auto& place : activation.massive) {
      if (place.layer == static_cast<std::int32_t>(i)) massive.push_back(json_place(place, batch));
    }
    layers.push_back({{"layer", i},
                      {"top", std::move(top)},
                      {"median", json_number(layer.median)},
                      {"ratio", json_number(layer.ratio)},
                      {"mean", json_number(layer.mean)},
                      {"variance", json_number(layer.variance)},
                      {"kurtosis", json_number(layer.kurtosis)},
                      {"massive", std::move(massive)},
                      {"first_token_share", json_number(layer.first_token_share)},
                      {"kv_slot_share", json_number(layer.kv_slot_share)},
                      {"attention_entropy", json_number(layer.attention_entropy)},
                      {"non_finite", layer.non_finite}});
  }
  return layers;
}

Json json_update(const Snapshot& snapshot, const RunInfo& info) {
  Json json{{"step", snapshot.step},
            {"loss", json_number(snapshot.loss)},
            {"learning_rate", json_number(snapshot.learning_rate)},
            {"grad_norm", json_number(snapshot.grad_norm)},
            {"tokens_per_second", json_number(snapshot.tokens_per_second)},
            {"observe_fraction", json_number(snapshot.observe_fraction)}};
  if (std::isfinite(snapshot.validation_loss)) json["validation_loss"] = json_number(snapshot.validation_loss);
  if (snapshot.weights) json["weights"] = json_weights(*snapshot.weights, info.tensors, snapshot.mitigations);
  if (snapshot.probe) json["layers"] = json_layers(*snapshot.probe, /*batch=*/false);
  if (snapshot.batch) json["batch_layers"] = json_layers(*snapshot.batch, /*batch=*/true);
  if (auto applied = json_applied(snapshot.applied); !applied.empty()) json["applied"] = std::move(applied);
  return json;
}

}  // namespace variometer
