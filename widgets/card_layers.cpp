// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_layers.h"

#include <QComboBox>
#include <QMenu>
#include <QSignalBlocker>
#include <algorithm>
#include <cmath>

#include "widgets/number_text.h"

namespace variometer {

LayerLinesCard::LayerLinesCard(LayerMeasure measure, StepAxis* steps_axis, QWidget* parent)
    : PlotCard(measure.name, measure.title, measure.explanation, Plot::XAxis::steps, steps_axis, parent),
      reader_(std::move(measure)) {
  plot().setLabels(tr("step"), reader_.measure().axis_label);
  legend().setHead(tr("layer"));
  setBriefTitle(reader_.measure().brief);
  if (reader_.measure().log_y) plot().setLogY(true);
  connect(&plot(), &Plot::linesChanged, this, [this] {
    if (making_lines_) return;
    if (!lines_.empty()) noteVisible();
    nameAfterContents();
  });
  if (!reader_.measure().weight) return;
  role_ = new QComboBox(this);
  role_->setToolTip(tr("Which matrix of each block; tensors dragged here from the tree are drawn besides"));
  role_->setAccessibleName(tr("Matrix"));
  role_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  addHeaderWidget(role_);
  remove_ = new QMenu(tr("Remove series"), this);
  connect(role_, &QComboBox::currentIndexChanged, this, [this](int index) {
    reader_.setRole(role_->itemData(index).toString());
    again();
  });
}

void LayerLinesCard::noteVisible() {
  layers_.clear();
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    if (lines_[i]->visible) layers_ << static_cast<int>(i);
  }
  if (layers_.isEmpty()) {
    layers_ << -1;
  } else if (layers_.size() == static_cast<qsizetype>(lines_.size())) {
    layers_.clear();
  }
}

void LayerLinesCard::restart() {
  PlotCard::restart();
  taken_ = 0;
  for (PlotLine* line : lines_) line->series.clear();
  for (const Chosen& chosen : chosen_lines_) chosen.line->series.clear();
}

/// The chooser says what the reader reads.
void LayerLinesCard::showRole() {
  const QSignalBlocker quiet(role_);
  if (history()) fill_roles(*role_, reader_, history()->info(), chosen_.isEmpty() ? QString() : tr("chosen only"));
  role_->setCurrentIndex(role_->findData(reader_.role()));
}

/// What is drawn became something else.
void LayerLinesCard::again() {
  restart();
  if (!history()) return;
  take(*history());
  showStep(*history(), steps().shownStep());
}

/// Those the run has and the role does not draw anyway.
std::vector<std::size_t> LayerLinesCard::chosenTensors(const RunInfo& info) const {
  std::vector<std::size_t> found;
  if (chosen_.isEmpty()) return found;
  for (std::size_t i = 0; i < info.tensors.size(); ++i) {
    const TensorInfo& tensor = info.tensors[i];
    if (!reader_.isOfRole(tensor) && chosen_.contains(QString::fromStdString(tensor.name))) found.push_back(i);
  }
  return found;
}

void LayerLinesCard::makeLines(const RunInfo& info) {
  const bool by_layer = !reader_.measure().weight || !reader_.role().isEmpty();
  const auto n = by_layer ? static_cast<std::size_t>(info.n_layer) : 0;
  const std::vector<std::size_t> chosen = chosenTensors(info);
  const bool as_they_are =
      std::equal(chosen.begin(), chosen.end(), chosen_lines_.begin(), chosen_lines_.end(),
                 [&](std::size_t tensor, const Chosen& line) {
                   return tensor == line.tensor && line.name == QLatin1String(info.tensors[tensor].name.c_str());
                 });
  if (lines_.size() == n && as_they_are) return;
  making_lines_ = true;
  lines_.clear();
  chosen_lines_.clear();
  plot().removeLines();
  taken_ = 0;
  for (std::size_t i = 0; i < n; ++i) {
    lines_.push_back(&plot().addLine({.name = QString::number(i), .pen = [i, n](const Theme& theme) {
                                        return QPen(
                                            theme.layer(static_cast<std::int64_t>(i), static_cast<std::int64_t>(n)), 1);
                                      }}));
    lines_.back()->visible = layers_.isEmpty() || layers_.contains(static_cast<int>(i));
  }
  for (const std::size_t i : chosen) {
    const std::size_t colour = chosen_lines_.size();
    const TensorInfo& tensor = info.tensors[i];
    const QString name = layer_name(tensor), last = name.section(QLatin1Char('.'), -1);
    PlotLine& line = plot().addLine({.name = name,
                                     .pen = [colour](const Theme& theme) { return theme.pen(colour); },
                                     .brief = tensor.layer < 0 ? last : tr("%1 %2").arg(tensor.layer).arg(last),
                                     .in_ramp = false});
    chosen_lines_.push_back({i, QString::fromStdString(tensor.name), tensor.layer, &line});
  }
  making_lines_ = false;
  legend().setHead(n > 0 ? tr("layer") : QString());
  Q_EMIT plot().linesChanged();  // which of them are visible
}

void LayerLinesCard::nameAfterContents() {
  const LayerMeasure& measure = reader_.measure();
  const QString& what = measure.of_tensors.isEmpty() ? measure.title : measure.of_tensors;
  const auto of_layer = [&](int layer) { setTitle(tr("%1, layer %2").arg(what).arg(layer)); };
  if (!lines_.empty() || chosen_lines_.empty()) {
    const bool alone = chosen_lines_.empty() && layers_.size() == 1 && layers_.front().toInt() >= 0;
    return alone ? of_layer(layers_.front().toInt()) : setTitle(measure.title);
  }
  const int layer = chosen_lines_.front().layer;
  const bool same = std::all_of(chosen_lines_.begin(), chosen_lines_.end(),
                                [layer](const Chosen& chosen) { return chosen.layer == layer; });
  return same && layer >= 0 ? of_layer(layer) : setTitle(tr("%1, chosen tensors").arg(what));
}

void LayerLinesCard::take(const RunHistory& history) {
  if (role_) showRole();
  makeLines(history.info());
  for (; taken_ < reader_.rows(history); ++taken_) {
    const auto x = static_cast<double>(reader_.step(history, taken_));
    if (!lines_.empty()) {
      const std::vector<double> values = reader_.values(history, taken_);
      for (std::size_t i = 0; i < lines_.size(); ++i) lines_[i]->series.append(x, values[i]);
    }
    if (chosen_lines_.empty()) continue;
    const auto point = history.weight_points().point(taken_);
    for (const Chosen& chosen : chosen_lines_) {
      const auto& stats = point.weights->tensors;
      const bool measured = chosen.tensor < stats.size();
      chosen.line->series.append(x, measured ? reader_.measure().weight(stats[chosen.tensor]) : NAN);
    }
  }
  if (history.last() && reader_.measure().limits) plot().setThresholds(reader_.measure().limits(history));
  plot().setEmptyText(emptyText());
  PlotCard::take(history);
}

std::optional<FigureRecipe> LayerLinesCard::recipe() const {
  if (!history()) return {};
  FigureRecipe recipe = axesRecipe();
  const auto& tensors = history()->info().tensors;
  const auto add = [&recipe](const PlotLine& line, const QString& column) {
    if (!line.visible) return;
    const QPen pen = line.style.pen(theme(Theme::Kind::print));
    recipe.lines.push_back({.column = column, .label = line.style.name, .colour = pen.color(), .dash = pen.style()});
  };
  if (!reader_.measure().weight) {
    for (std::size_t i = 0; i < lines_.size(); ++i) add(*lines_[i], QStringLiteral("layer%1").arg(i));
    return recipe;
  }
  if (!reader_.role().isEmpty()) recipe.title = tr("%1, %2").arg(title(), reader_.role());
  for (const TensorInfo& tensor : tensors) {
    const auto layer = static_cast<std::size_t>(tensor.layer);
    if (reader_.isOfRole(tensor) && layer < lines_.size()) add(*lines_[layer], QString::fromStdString(tensor.name));
  }
  for (const Chosen& chosen : chosen_lines_) add(*chosen.line, chosen.name);
  return recipe;
}

QString LayerLinesCard::emptyText() const {
  if (taken_ == 0) return tr("Not measured yet");
  const auto& lines = plot().lines();
  if (lines.empty()) return tr("This run has none of the chosen tensors");
  if (std::any_of(lines.begin(), lines.end(), [](const auto& l) { return l->series.n_finite() > 0; })) return {};
  return reader_.measure().absent.isEmpty() ? tr("No finite value was measured") : reader_.measure().absent;
}

std::string LayerLinesCard::tableName() const {
  return reader_.measure().table.empty() ? Card::tableName() : reader_.measure().table;
}

void LayerLinesCard::showStep(const RunHistory& history, std::int64_t step) {
  PlotCard::showStep(history, step);
  double largest = NAN;
  for (const auto& line : plot().lines()) {
    const auto point = line->series.at(static_cast<double>(step));
    if (line->visible && point && !(largest >= point->y)) largest = point->y;
  }
  setValue(std::isfinite(largest) ? tr("max ") + value_text(largest) : QString());
  const std::size_t rows = reader_.rows(history);
  std::size_t row = rows;
  while (row > 0 && reader_.step(history, row - 1) > step) --row;
  updateFooter(row > 0 ? snapshotText(reader_.step(history, row - 1), step) : QString());
}

QString LayerLinesCard::summary() const { return title() + (valueText().isEmpty() ? QString() : ", " + valueText()); }

}  // namespace variometer
