// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_heat_map.h"

#include <QSignalBlocker>
#include <QSpinBox>
#include <algorithm>
#include <cmath>

#include "widgets/number_text.h"

namespace variometer {

HeatMapCard::HeatMapCard(StepAxis* steps, QWidget* parent)
    : PlotCard(QStringLiteral("heat_map"), tr("|h|, token × channel"),
               tr("Magnitude of the residual stream after the chosen block, probe prompt, logarithmic colour.\n"
                  "A pixel that covers several cells shows the largest |h|. No unit."),
               Plot::XAxis::own, steps, parent),
      raster_(new Raster(plot())),
      layer_(new QSpinBox(this)),
      summary_(title()) {
  plot().setLabels(tr("channel"), tr("token"));
  plot().setXTicker(NumberTicker::Kind::whole);
  plot().setYReversed(true);
  plot().setLabelWidth(7);
  plot().setEmptyText(tr("No frame of this layer yet"));
  plot().setReadout([this](double x, double y) { return describe(x, y); });
  layer_->setPrefix(tr("layer "));
  layer_->setMaximum(0);
  layer_->setToolTip(tr("Which block's output is shown (↑ ↓)"));
  layer_->setAccessibleName(tr("Layer"));
  addHeaderWidget(layer_);
  connect(layer_, &QSpinBox::valueChanged, this, [this](int layer) { Q_EMIT layerRequested(layer); });
}

void HeatMapCard::restart() {
  PlotCard::restart();
  frame_.reset();
  raster_->setGrid(0, 0, {}, {});
  plot().setEmptyText(tr("No frame of this layer yet"));
}

void HeatMapCard::take(const RunHistory& history) {
  const auto n = static_cast<int>(history.info().n_layer);
  if (n > 0 && layer_->maximum() != n - 1) {
    const bool fresh = layer_->maximum() == 0;
    layer_->setMaximum(n - 1);
    // The last but one block is where massive activations usually still stand.
    if (fresh && layer_->value() == 0) layer_->setValue(std::max(0, n - 2));
  }
  PlotCard::take(history);
}

void HeatMapCard::setFrame(const FramePtr& frame) {
  if (!frame || frame == frame_ || frame->rows <= 0 || frame->columns <= 0) return;
  frame_ = frame;
  std::vector<double> edges;
  edges.reserve(static_cast<std::size_t>(frame->columns) + 1);
  for (std::int32_t c = 0; c <= frame->columns; ++c) {
    edges.push_back(std::min<double>(static_cast<double>(c) * frame->channel_block, frame->n_channel) - 0.5);
  }
  raster_->setGrid(frame->columns, frame->rows, frame->values, std::move(edges));
  float largest = 0, smallest = INFINITY;
  for (const float value : frame->values) {
    if (!std::isfinite(value)) continue;
    largest = std::max(largest, std::abs(value));
    if (value != 0) smallest = std::min(smallest, std::abs(value));
  }
  // The floor of the colours is a tenth of the median: below it there is nothing to tell apart.
  const double floor = frame->median > 0 ? 0.1 * frame->median : std::max(1e-6, static_cast<double>(smallest));
  raster_->setScale(floor, std::max(static_cast<double>(largest), 10 * floor), /*log=*/true);
  QStringList names;
  for (std::int32_t row = 0; row < frame->rows; ++row) {
    const auto token = static_cast<std::size_t>(row) * static_cast<std::size_t>(frame->token_block);
    names +=
        token < frame->token_texts.size() ? QString::fromStdString(frame->token_texts[token]) : QString::number(token);
  }
  plot().setYTicker(NumberTicker::Kind::whole, names);
  plot().setFullX(-0.5, frame->n_channel - 0.5);
  plot().setFullY(-0.5, frame->rows - 0.5);
  plot().setEmptyText({});
  if (frame->layer != layer_->value()) {
    const QSignalBlocker blocker(layer_);
    layer_->setMaximum(std::max(layer_->maximum(), frame->n_layer - 1));
    layer_->setValue(frame->layer);
  }
  setValue(tr("max ") + value_text(largest));
  const QString pooled = frame->token_block * frame->channel_block > 1
                             ? tr(", max of %1 × %2 cells").arg(frame->token_block).arg(frame->channel_block)
                             : QString();
  setFooter(tr("%1 tokens × %2 channels%3").arg(frame->n_token).arg(frame->n_channel).arg(pooled),
            tr("step %1").arg(step_text(frame->step)));
  summary_ = tr("%1 at layer %2, step %3, %4").arg(title()).arg(frame->layer).arg(frame->step).arg(valueText());
  plot().touch();
}

QStringList HeatMapCard::describe(double x, double y) const {
  const int column = raster_->columnAt(x), row = raster_->rowAt(y);
  if (!frame_ || column < 0 || row < 0) return {};
  const auto i =
      static_cast<std::size_t>(row) * static_cast<std::size_t>(frame_->columns) + static_cast<std::size_t>(column);
  const std::int32_t token = i < frame_->arg_token.size() ? frame_->arg_token[i] : row * frame_->token_block;
  const std::int32_t channel = i < frame_->arg_channel.size() ? frame_->arg_channel[i] : column * frame_->channel_block;
  const auto t = static_cast<std::size_t>(token);
  const QString text = t < frame_->token_texts.size() ? QString::fromStdString(frame_->token_texts[t]) : QString();
  const float h = frame_->values[i];
  return {tr("token") + '\t' + QString::number(token) + QStringLiteral(" ") + text,
          tr("channel") + '\t' + QString::number(channel), tr("h") + '\t' + value_text(h),
          tr("× median") + '\t' + value_text(frame_->median > 0 ? std::abs(h) / frame_->median : NAN)};
}

QString HeatMapCard::table(QChar separator, Rows) const {
  if (!frame_) return {};
  QString text = QStringLiteral("token") + separator + QStringLiteral("channel") + separator + QStringLiteral("h\n");
  for (std::int32_t row = 0; row < frame_->rows; ++row) {
    for (std::int32_t column = 0; column < frame_->columns; ++column) {
      const auto i =
          static_cast<std::size_t>(row) * static_cast<std::size_t>(frame_->columns) + static_cast<std::size_t>(column);
      const std::int32_t token = i < frame_->arg_token.size() ? frame_->arg_token[i] : row * frame_->token_block;
      const std::int32_t channel =
          i < frame_->arg_channel.size() ? frame_->arg_channel[i] : column * frame_->channel_block;
      text += QString::number(token) + separator + QString::number(channel) + separator +
              QString::number(static_cast<double>(frame_->values[i]), 'g', 9) + QLatin1Char('\n');
    }
  }
  return text;
}

QVariantMap HeatMapCard::state() const { return {{QStringLiteral("layer"), layer_->value()}}; }

void HeatMapCard::setState(const QVariantMap& state) {
  const auto layer = state.find(QStringLiteral("layer"));
  if (layer == state.end()) return;
  layer_->setMaximum(std::max(layer_->maximum(), layer->toInt()));
  layer_->setValue(layer->toInt());
}

}  // namespace variometer
