// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_carpet.h"

#include <QComboBox>
#include <cmath>

#include "widgets/number_text.h"

namespace variometer {

WeightCarpetCard::WeightCarpetCard(StepAxis* steps_axis, QWidget* parent)
    : PlotCard(QStringLiteral("weight_std_carpet"), tr("Weight std, layer × step"),
               tr("Unbiased standard deviation of one weight matrix of every layer, as colour (logarithmic).\n"
                  "A pixel that covers several measurements shows the largest. No unit."),
               Plot::XAxis::steps, steps_axis, parent),
      reader_(weight_std_measure()),
      role_(new QComboBox(this)),
      raster_(new Raster(plot())),
      summary_(title()) {
  setBriefTitle(tr("Std map"));
  plot().setLogAllowed(true, false);
  plot().setLabels(tr("step"), tr("layer"));
  plot().setYTicker(NumberTicker::Kind::whole);
  plot().setFullY(-0.5, 0.5);
  raster_->setColours(ColourMap::Kind::viridis);
  role_->setToolTip(tr("Which matrix of each block"));
  role_->setAccessibleName(tr("Matrix"));
  role_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  addHeaderWidget(role_);
  connect(role_, &QComboBox::currentTextChanged, this, [this](const QString& role) {
    reader_.setRole(role);
    restart();
    if (!history()) return;
    take(*history());
    showStep(*history(), this->steps().shownStep());
  });
  plot().setReadout([this](double x, double y) {
    const int column = raster_->columnAt(x), row = raster_->rowAt(y);
    if (column < 0 || row < 0) return QStringList();
    return QStringList{
        tr("measured at step") + '\t' + step_text(static_cast<std::int64_t>(raster_->columnStart(column))),
        tr("layer") + '\t' + QString::number(row), tr("std") + '\t' + value_text(raster_->value(column, row))};
  });
}

void WeightCarpetCard::restart() {
  PlotCard::restart();
  taken_ = 0;
  low_ = INFINITY;
  high_ = 0;
  raster_->clear();
  setLegendExtras({});
}

void WeightCarpetCard::take(const RunHistory& history) {
  fill_roles(*role_, reader_, history.info());
  const auto layers = static_cast<std::size_t>(std::max<std::int64_t>(0, history.info().n_layer));
  const std::size_t before = taken_;
  const std::int64_t not_finite_before = raster_->nonFinite();
  for (; layers > 0 && taken_ < reader_.rows(history); ++taken_) {
    const std::vector<double> values = reader_.values(history, taken_);
    raster_->appendColumn(static_cast<double>(reader_.step(history, taken_)),
                          std::vector<float>(values.begin(), values.end()));
    for (const double value : values) {
      if (value > 0 && std::isfinite(value)) low_ = std::min(low_, value), high_ = std::max(high_, value);
    }
  }
  if (taken_ != before) {
    if (low_ <= high_) raster_->setScale(low_, std::max(high_, low_ * 1.01), /*log=*/true);
    plot().setFullY(-0.5, static_cast<double>(layers) - 0.5);
  }
  if (const std::int64_t n = raster_->nonFinite(); n != not_finite_before) {
    setLegendExtras({{.name = tr("not finite (%1)").arg(count_text(n)),
                      .pen = QPen(currentTheme().not_finite),
                      .sign = LegendStrip::Item::Sign::hatch}});
  }
  plot().setEmptyText(taken_ == 0 ? tr("Weights were not measured yet") : QString());
  PlotCard::take(history);
}

void WeightCarpetCard::showStep(const RunHistory& history, std::int64_t step) {
  PlotCard::showStep(history, step);
  if (taken_ == 0) return setValue({}), setFooter({});
  std::size_t row = taken_;
  while (row > 0 && reader_.step(history, row - 1) > step) --row;
  const auto layers = static_cast<std::int64_t>(raster_->rows());
  const QString size = tr("%1 × %2 layers measured").arg(count_text(history.weight_points().n_measured())).arg(layers);
  if (row == 0) return setValue({}), setFooter(size, tr("not yet measured at step %1").arg(step_text(step)));
  const std::vector<double> values = reader_.values(history, row - 1);
  double largest = NAN;
  for (const double value : values) {
    if (std::isfinite(value) && !(largest >= value)) largest = value;
  }
  setValue(std::isfinite(largest) ? tr("max ") + value_text(largest) : tr("not finite"));
  setFooter(size, snapshotText(reader_.step(history, row - 1), step));
  summary_ = tr("%1, %2, largest %3 at step %4")
                 .arg(title(), reader_.role(), value_text(largest), step_text(reader_.step(history, row - 1)));
}

std::optional<FigureRecipe> WeightCarpetCard::recipe() const {
  FigureRecipe recipe = axesRecipe();
  recipe.kind = FigureRecipe::Kind::map;
  recipe.title = tr("%1, %2").arg(title(), reader_.role());
  recipe.y = QStringLiteral("layer");
  recipe.value = recipe.value_label = QStringLiteral("std");
  recipe.colours = ColourMap::name(plot().colours(ColourMap::Kind::viridis));
  recipe.only = {{QStringLiteral("role"), reader_.role(), /*is_number=*/false}};
  return recipe;
}

/// Empty: not of the matrices that are drawn.
QString WeightCarpetCard::roleOf(const SeriesPick& pick) const {
  if (history() == nullptr || pick.whole) return {};
  for (const TensorInfo& tensor : history()->info().tensors) {
    if (pick.tensors.front() != QLatin1String(tensor.name.c_str()) || tensor.layer < 0 || !tensor.tvr_target) continue;
    return QString::fromStdString(tensor.role);
  }
  return {};
}

Card::Offer WeightCarpetCard::offer(const SeriesPick& pick) const {
  const QString role = roleOf(pick);
  if (role.isEmpty()) return {false, tr("This card shows one matrix of every layer")};
  if (role == reader_.role()) return {false, tr("%1 is shown here already").arg(role)};
  return {true, tr("Show %1 of every layer").arg(role)};
}

void WeightCarpetCard::add(const SeriesPick& pick) {
  if (offer(pick).possible) role_->setCurrentText(roleOf(pick));
}

QVariantMap WeightCarpetCard::state() const { return {{QStringLiteral("role"), reader_.role()}}; }

void WeightCarpetCard::setState(const QVariantMap& state) {
  const QString role = state.value(QStringLiteral("role")).toString();
  if (role.isEmpty()) return;
  reader_.setRole(role);
  role_->setCurrentText(role);
}

}  // namespace variometer
