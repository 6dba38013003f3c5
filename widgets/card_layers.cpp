// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_layers.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QSignalBlocker>
#include <algorithm>
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
          .absent = tr_card("No update ratio in this run's measurements")};
}

LayerMeasure ratio_measure() {
  LayerMeasure measure{.name = QStringLiteral("ratio"),
                       .title = tr_card("Max / median of |h|"),
                       .explanation = tr_card("Largest |h| over the lower median of |h| at each block's output, probe "
                                              "prompt.\nMassive: above 1,000 (arXiv 2503.22329, eq. 1). No unit."),
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
  return measure_.weight ? history.weights().size() : history.probe().size();
}

std::int64_t LayerReader::step(const RunHistory& history, std::size_t row) const {
  return measure_.weight ? history.weights()[row].step : history.probe()[row].step;
}

std::vector<double> LayerReader::values(const RunHistory& history, std::size_t row) const {
  std::vector<double> values(static_cast<std::size_t>(history.info().n_layer), NAN);
  if (measure_.weight) {
    const auto& tensors = history.info().tensors;
    const auto& stats = history.weights()[row].weights->tensors;
    for (std::size_t i = 0; i < tensors.size() && i < stats.size(); ++i) {
      const auto layer = static_cast<std::size_t>(tensors[i].layer);
      if (tensors[i].layer < 0 || layer >= values.size() || !tensors[i].tvr_target) continue;
      if (role_ == QLatin1String(tensors[i].role.c_str())) values[layer] = measure_.weight(stats[i]);
    }
  } else {
    const auto& layers = history.probe()[row].activation->layers;
    for (std::size_t i = 0; i < layers.size() && i < values.size(); ++i) values[i] = measure_.activation(layers[i]);
  }
  return values;
}

bool fill_roles(QComboBox& box, LayerReader& reader, const RunInfo& info) {
  const QStringList roles = LayerReader::roles(info);
  if (roles.isEmpty()) return false;
  QStringList now;
  for (int i = 0; i < box.count(); ++i) now += box.itemText(i);
  if (roles == now) return false;
  const QSignalBlocker blocker(box);
  box.clear();
  box.addItems(roles);
  const QString wanted = roles.contains(reader.role()) ? reader.role() : roles.back();
  box.setCurrentText(wanted);
  const bool changed = wanted != reader.role();
  reader.setRole(wanted);
  return changed;
}

LayerLinesCard::LayerLinesCard(LayerMeasure measure, StepAxis* steps_axis, QWidget* parent)
    : PlotCard(measure.name, measure.title, measure.explanation, Plot::XAxis::steps, steps_axis, parent),
      reader_(std::move(measure)) {
  plot().setLabels(tr("step"), reader_.measure().axis_label);
  legend().setHead(tr("layer"));
  setBriefTitle(reader_.measure().brief);
  if (reader_.measure().log_y) plot().setLogY(true);
  if (!reader_.measure().weight) return;
  role_ = new QComboBox(this);
  role_->setToolTip(tr("Which matrix of each block"));
  role_->setAccessibleName(tr("Matrix"));
  role_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  addHeaderWidget(role_);
  connect(role_, &QComboBox::currentTextChanged, this, [this](const QString& role) {
    reader_.setRole(role);
    restart();
    if (!history()) return;
    take(*history());
    showStep(*history(), steps().shownStep());
  });
}

void LayerLinesCard::restart() {
  PlotCard::restart();
  taken_ = 0;
  for (PlotLine* line : lines_) line->series.clear();
}

void LayerLinesCard::take(const RunHistory& history) {
  const auto n = static_cast<std::size_t>(history.info().n_layer);
  if (lines_.size() != n) {
    plot().removeLines();
    lines_.clear();
    taken_ = 0;
    for (std::size_t i = 0; i < n; ++i) {
      lines_.push_back(
          &plot().addLine({.name = QString::number(i), .pen = [i, n](const Theme& theme) {
                             return QPen(theme.layer(static_cast<std::int64_t>(i), static_cast<std::int64_t>(n)), 1);
                           }}));
    }
  }
  if (role_) fill_roles(*role_, reader_, history.info());
  for (; taken_ < reader_.rows(history); ++taken_) {
    const std::vector<double> values = reader_.values(history, taken_);
    const auto x = static_cast<double>(reader_.step(history, taken_));
    for (std::size_t i = 0; i < n; ++i) lines_[i]->series.append(x, values[i]);
  }
  if (history.last() && reader_.measure().limits) plot().setThresholds(reader_.measure().limits(history));
  plot().setEmptyText(emptyText());
  PlotCard::take(history);
}

std::optional<FigureRecipe> LayerLinesCard::recipe() const {
  if (!history()) return {};
  FigureRecipe recipe = axesRecipe();
  const Theme& print = theme(Theme::Kind::print);
  const auto add = [&](std::size_t layer, const QString& column) {
    if (layer >= lines_.size() || !lines_[layer]->visible) return;
    recipe.lines.push_back(
        {.column = column, .label = QString::number(layer), .colour = lines_[layer]->style.pen(print).color()});
  };
  if (reader_.measure().weight) {
    recipe.title = tr("%1, %2").arg(title(), reader_.role());
    for (const TensorInfo& tensor : history()->info().tensors) {
      if (tensor.layer < 0 || !tensor.tvr_target || reader_.role() != QLatin1String(tensor.role.c_str())) continue;
      add(static_cast<std::size_t>(tensor.layer), QString::fromStdString(tensor.name));
    }
  } else {
    for (std::size_t layer = 0; layer < lines_.size(); ++layer) add(layer, QStringLiteral("layer%1").arg(layer));
  }
  return recipe;
}

QString LayerLinesCard::emptyText() const {
  if (taken_ == 0) return tr("Not measured yet");
  const bool any =
      std::any_of(lines_.begin(), lines_.end(), [](const PlotLine* l) { return l->series.n_finite() > 0; });
  if (any) return {};
  return reader_.measure().absent.isEmpty() ? tr("No finite value was measured") : reader_.measure().absent;
}

std::string LayerLinesCard::tableName() const {
  return reader_.measure().table.empty() ? Card::tableName() : reader_.measure().table;
}

void LayerLinesCard::showStep(const RunHistory& history, std::int64_t step) {
  PlotCard::showStep(history, step);
  double largest = NAN;
  for (const PlotLine* line : lines_) {
    const auto point = line->series.at(static_cast<double>(step));
    if (point && !(largest >= point->y)) largest = point->y;
  }
  setValue(std::isfinite(largest) ? tr("max ") + value_text(largest) : QString());
  const std::size_t rows = reader_.rows(history);
  std::size_t row = rows;
  while (row > 0 && reader_.step(history, row - 1) > step) --row;
  updateFooter(row > 0 ? snapshotText(reader_.step(history, row - 1), step) : QString());
}

QString LayerLinesCard::summary() const { return title() + (valueText().isEmpty() ? QString() : ", " + valueText()); }

QVariantMap LayerLinesCard::state() const {
  QVariantMap state = PlotCard::state();
  if (role_) state[QStringLiteral("role")] = reader_.role();
  return state;
}

void LayerLinesCard::setState(const QVariantMap& state) {
  PlotCard::setState(state);
  const auto role = state.find(QStringLiteral("role"));
  if (role_ && role != state.end()) {
    reader_.setRole(role->toString());
    role_->setCurrentText(role->toString());
  }
}

}  // namespace variometer
