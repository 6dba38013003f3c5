// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/weight_histogram.h"

#include <QStringList>

#include "widgets/number_text.h"

namespace variometer {

WeightHistogram::WeightHistogram(QWidget* parent)
    : PlotCard(QStringLiteral("weight_histogram"), tr("Weight histogram"),
               tr("How many values fall into each of %1 equal bins over ± the largest |w|; empty bins are left out.")
                   .arg(WeightSummary::kBins),
               Plot::XAxis::own, nullptr, parent),
      line_(&plot().addLine({.name = tr("count"),
                             .pen = [](const Theme& theme) { return theme.pen(0); },
                             .mark = LineStyle::Mark::line_and_points})) {
  plot().setLabels(tr("w"), tr("count"));
  plot().setLogY(true);
  plot().setEmptyText(tr("Choose a tensor"));
  legend().hide();
}

void WeightHistogram::setWeight(const WeightSummaryPtr& weight) {
  weight_ = weight;
  line_->series.clear();
  if (!weight) {
    setTitle(tr("Weight histogram"));
    setValue({});
  }
  plot().setEmptyText(!weight                      ? tr("Choose a tensor")
                      : weight->histogram.empty() ? tr("No histogram: the tensor is all zero, or was not stored whole")
                                                  : QString());
  if (!weight) return plot().touch();
  const double limit = weight->abs_max, width = 2 * limit / WeightSummary::kBins;
  for (std::size_t i = 0; i < weight->histogram.size(); ++i) {
    if (weight->histogram[i] == 0) continue;
    line_->series.append(-limit + (static_cast<double>(i) + 0.5) * width, static_cast<double>(weight->histogram[i]));
  }
  plot().setFullX(-limit * 1.02, limit * 1.02);
  setTitle(QString::fromStdString(weight->info.name));
  setValue(tr("std %1, largest %2").arg(value_text(weight->std), value_text(weight->abs_max)));
  plot().fit();
}

QString WeightHistogram::summary() const {
  return weight_ ? tr("%1: %2").arg(title(), valueText()) : tr("Weight histogram: no tensor chosen");
}

QString WeightHistogram::provenance() const {
  return QStringLiteral("Variometer") + (model_.isEmpty() ? QString() : QStringLiteral(" · ") + model_);
}

QString WeightHistogram::table(QChar separator, Rows) const {
  QString text = QStringList{QStringLiteral("from"), QStringLiteral("to"), QStringLiteral("count")}.join(separator) +
                 QLatin1Char('\n');
  if (!weight_) return text;
  const double limit = weight_->abs_max, width = 2 * limit / WeightSummary::kBins;
  for (std::size_t i = 0; i < weight_->histogram.size(); ++i) {
    const double from = -limit + static_cast<double>(i) * width;
    text += QString::number(from, 'g', 9) + separator + QString::number(from + width, 'g', 9) + separator +
            QString::number(weight_->histogram[i]) + QLatin1Char('\n');
  }
  return text;
}

}  // namespace variometer
