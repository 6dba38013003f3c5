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
      raster_(new Raster(plot())) {
  plot().setLabels(tr("step"), tr("layer"));
  plot().setYTicker(NumberTicker::Kind::whole);
  plot().setFullY(-0.5, 0.5);
  raster_->setColours(ColourMap::Kind::viridis);
  role_->setToolTip(tr("Which matrix of each block"));
  role_->setAccessibleName(tr("Matrix"));
  addHeaderWidget(role_);
  connect(role_, &QComboBox::currentTextChanged, this, [this](const QString& role) {
    reader_.setRole(role);
    restart();
    if (history()) take(*history());
  });
  plot().setReadout([this](double x, double y) {
    const int column = raster_->columnAt(x), row = raster_->rowAt(y);
    if (column < 0 || row < 0) return QStringList();
    return QStringList{tr("measured at step") + '\t' +
                           step_text(static_cast<std::int64_t>(steps_measured_[static_cast<std::size_t>(column)])),
                       tr("layer") + '\t' + QString::number(row),
                       tr("std") + '\t' + value_text(raster_->value(column, row))};
  });
}

void WeightCarpetCard::restart() {
  PlotCard::restart();
  columns_.clear();
  steps_measured_.clear();
  raster_->setGrid(0, 0, {}, {});
}

void WeightCarpetCard::take(const RunHistory& history) {
  fill_roles(*role_, reader_, history.info());
  const std::size_t before = columns_.size();
  for (std::size_t row = before; row < reader_.rows(history); ++row) {
    columns_.push_back(reader_.values(history, row));
    steps_measured_.push_back(static_cast<double>(reader_.step(history, row)));
  }
  const std::size_t n = columns_.size();
  const auto layers = static_cast<std::size_t>(history.info().n_layer);
  if (n != before && layers > 0) {
    std::vector<float> values(layers * n);
    double low = INFINITY, high = 0;
    for (std::size_t c = 0; c < n; ++c) {
      for (std::size_t layer = 0; layer < layers; ++layer) {
        const double value = columns_[c][layer];
        values[layer * n + c] = static_cast<float>(value);
        if (value > 0 && std::isfinite(value)) low = std::min(low, value), high = std::max(high, value);
      }
    }
    // A measurement stands until the next one; the last as long as the one before it did.
    std::vector<double> edges = steps_measured_;
    edges.push_back(n > 1 ? 2 * edges[n - 1] - edges[n - 2] : edges[0] + 1);
    raster_->setGrid(static_cast<int>(n), static_cast<int>(layers), std::move(values), std::move(edges));
    if (low <= high) raster_->setScale(low, std::max(high, low * 1.01), /*log=*/true);
    plot().setFullY(-0.5, static_cast<double>(layers) - 0.5);
    setValue(low <= high ? value_text(low) + QStringLiteral(" … ") + value_text(high) : QString());
  }
  plot().setEmptyText(n == 0 ? tr("Weights were not measured yet") : QString());
  setFooter(n == 0 ? QString()
                   : tr("%1 measurements × %2 layers").arg(count_text(static_cast<std::int64_t>(n))).arg(layers));
  PlotCard::take(history);
}

QString WeightCarpetCard::summary() const { return title() + ", " + reader_.role() + ", " + valueText(); }

QVariantMap WeightCarpetCard::state() const { return {{QStringLiteral("role"), reader_.role()}}; }

void WeightCarpetCard::setState(const QVariantMap& state) {
  const QString role = state.value(QStringLiteral("role")).toString();
  if (role.isEmpty()) return;
  reader_.setRole(role);
  role_->setCurrentText(role);
}

}  // namespace variometer
