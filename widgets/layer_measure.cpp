// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layer_measure.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QSignalBlocker>
#include <cmath>

#include "widgets/number_text.h"
#include "widgets/tvr_limits.h"

namespace variometer {
namespace {

QString tr_card(const char* text) { return QCoreApplication::translate("variometer::Card", text); }

}  // namespace

LayerMeasure weight_std_measure() {
  LayerMeasure measure{
      .name = QStringLiteral("weight_std"),
      .title = tr_card("Weight std by layer"),
      .explanation = tr_card("Unbiased standard deviation of all entries of one weight matrix, one line a "
                             "layer.\nstd = sqrt(sum (w - mean)² / (n - 1)). No unit."),
      .axis_label = tr_card("std"),
      .weight = [](const WeightStat& stat) { return stat.std; }};
  measure.limits = tvr_limits;
  measure.brief = tr_card("Std");
  measure.of_tensors = tr_card("Weight std");
  return measure;
}

LayerMeasure update_ratio_measure() {
  return {.name = QStringLiteral("update_ratio"),
          .title = tr_card("Update ratio by layer"),
          .explanation = tr_card("‖change of the weight in one update‖ / ‖weight‖, one line a layer. No unit."),
          .axis_label = tr_card("‖Δw‖ / ‖w‖"),
          .weight = [](const WeightStat& stat) { return stat.update_ratio; },
          .log_y = true,
          .brief = tr_card("Update ratio"),
          .absent = tr_card("No update ratio in this run's measurements"),
          .of_tensors = tr_card("Update ratio")};
}

LayerMeasure ratio_measure() {
  LayerMeasure measure{
      .name = QStringLiteral("ratio"),
      .title = tr_card("Max / median of |h|"),
      .explanation = tr_card("Largest |h| over the lower median of |h| at each block's output, probe "
                             "prompt.\nThe line is the ratio of the rule in force; massive, by arXiv 2503.22329 eq. "
                             "1, is above 1,000 and |h| > 100. No unit."),
      .axis_label = tr_card("max / median"),
      .activation = [](const LayerActivation& layer) { return layer.ratio; },
      .log_y = true};
  measure.brief = tr_card("Max / median");
  measure.limits = [](const RunHistory& history) {
    const ProbeConfig& probe = history.last()->probe_config;
    const double limit = probe.ratio_only ? probe.small_ratio_threshold : probe.ratio_threshold;
    return std::vector<Threshold>{{limit, limit_text(limit) + QStringLiteral(" ×"), probe.ratio_only}};
  };
  return measure;
}

LayerMeasure first_token_measure() {
  return {.name = QStringLiteral("attention"),
          .title = tr_card("Attention to the first token"),
          .explanation = tr_card("Share of attention that goes to token 0, mean over heads and queries of the probe "
                                 "prompt: the attention sink. 0 to 1."),
          .axis_label = tr_card("share"),
          .activation = [](const LayerActivation& layer) { return layer.first_token_share; },
          .brief = tr_card("First-token share"),
          .absent = tr_card("Attention was not measured"),
          .table = "first_token_share"};
}

LayerMeasure kv_slot_measure() {
  return {.name = QStringLiteral("kv_slot"),
          .title = tr_card("Attention to the KV-bias slot"),
          .explanation = tr_card("Share of attention that goes to the learned slot, mean over heads and queries of the "
                                 "probe prompt; empty while KV bias is off. 0 to 1."),
          .axis_label = tr_card("share"),
          .activation = [](const LayerActivation& layer) { return layer.kv_slot_share; },
          .brief = tr_card("KV-slot share"),
          .absent = tr_card("KV bias is off: there is no slot to attend to"),
          .table = "kv_slot_share"};
}

LayerMeasure kurtosis_measure() {
  return {.name = QStringLiteral("kurtosis"),
          .title = tr_card("Kurtosis of h by layer"),
          .explanation =
              tr_card("Excess kurtosis of the residual stream after each block: E[(h - mean)⁴] / variance² - 3.\n"
                      "0 for a normal distribution. No unit."),
          .axis_label = tr_card("excess kurtosis"),
          .activation = [](const LayerActivation& layer) { return layer.kurtosis; },
          .brief = tr_card("Kurtosis of h")};
}

QStringList LayerReader::roles(const RunInfo& info) {
  QStringList roles;
  for (const TensorInfo& tensor : info.tensors) {
    const QString role = QString::fromStdString(tensor.role);
    if (tensor.layer >= 0 && tensor.tvr_target && !roles.contains(role)) roles += role;
  }
  return roles;
}

std::size_t LayerReader::rows(const RunHistory& history) const {
  return measure_.weight ? history.weight_points().n_point() : history.probe_points().n_point();
}

std::int64_t LayerReader::step(const RunHistory& history, std::size_t row) const {
  return measure_.weight ? history.weight_points().point_step(row) : history.probe_points().point_step(row);
}

bool LayerReader::isOfRole(const TensorInfo& tensor) const {
  return tensor.layer >= 0 && tensor.tvr_target && role_ == QLatin1String(tensor.role.c_str());
}

std::vector<double> LayerReader::values(const RunHistory& history, std::size_t row) const {
  std::vector<double> values(static_cast<std::size_t>(history.info().n_layer), NAN);
  if (measure_.weight) {
    const auto& tensors = history.info().tensors;
    const auto point = history.weight_points().point(row);
    const auto& stats = point.weights->tensors;
    for (std::size_t i = 0; i < tensors.size() && i < stats.size(); ++i) {
      const auto layer = static_cast<std::size_t>(tensors[i].layer);
      if (isOfRole(tensors[i]) && layer < values.size()) values[layer] = measure_.weight(stats[i]);
    }
  } else {
    const auto point = history.probe_points().point(row);
    const auto& layers = point.activation->layers;
    for (std::size_t i = 0; i < layers.size() && i < values.size(); ++i) values[i] = measure_.activation(layers[i]);
  }
  return values;
}

bool fill_roles(QComboBox& box, LayerReader& reader, const RunInfo& info, const QString& none) {
  const QStringList roles = LayerReader::roles(info);
  if (roles.isEmpty()) return false;
  QStringList names = roles, now;
  if (!none.isEmpty()) names << none;
  for (int i = 0; i < box.count(); ++i) now << box.itemText(i);
  const bool possible = reader.role().isEmpty() ? !none.isEmpty() : roles.contains(reader.role());
  if (names == now && possible) return false;
  const QSignalBlocker blocker(box);
  box.clear();
  for (const QString& name : names) box.addItem(name, name == none ? QString() : name);
  const QString wanted = possible ? reader.role() : roles.back();
  box.setCurrentText(wanted.isEmpty() ? none : wanted);
  const bool changed = wanted != reader.role();
  reader.setRole(wanted);
  return changed;
}

}  // namespace variometer
