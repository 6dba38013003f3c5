// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_heat_map.h"

#include <QKeyEvent>
#include <QSignalBlocker>
#include <algorithm>
#include <cmath>
#include <utility>

#include "widgets/number_text.h"

namespace variometer {

HeatMapCard::HeatMapCard(StepAxis* steps, QWidget* parent)
    : PlotCard(QStringLiteral("heat_map"), tr("|h|, token × channel"),
               tr("Magnitude of the residual stream after the chosen block, probe prompt, logarithmic colour.\n"
                  "A pixel that covers several cells shows the largest |h|. No unit."),
               Plot::XAxis::own, steps, parent),
      raster_(new Raster(plot())),
      layer_(new NumberField(NumberField::Kind::whole, this)),
      summary_(title()) {
  setBriefTitle(tr("|h| map"));
  plot().setLabels(tr("channel"), tr("token"));
  plot().setXTicker(NumberTicker::Kind::whole);
  plot().setYTicker(NumberTicker::Kind::whole);
  plot().setYReversed(true);
  plot().setLogAllowed(false, false);
  plot().setReadout([this](double x, double y) { return describe(x, y); });
  layer_->setPrefix(tr("layer "));
  layer_->setRange(0, 0);
  layer_->setStep(1);
  layer_->setFollowing(true);
  layer_->setToolTip(tr("Which block's output is shown (↑ ↓)"));
  layer_->setAccessibleName(tr("Layer"));
  addHeaderWidget(layer_);
  connect(layer_, &NumberField::valueChanged, this, [this] {
    chosen_ = true;
    Q_EMIT layerRequested(layer());
    showLayer();
  });
  connect(&this->steps(), &StepAxis::followingChanged, this, [this](bool following) {
    if (following && waiting_) setFrame(waiting_);
  });
  restart();
}

void HeatMapCard::restart() {
  PlotCard::restart();
  frames_.clear();
  asked_ = false;
  showNothing();
}

/// There is no frame of the layer; what was drawn of another one goes.
void HeatMapCard::showNothing() {
  frame_.reset();
  waiting_.reset();
  raster_->clear();
  setValue({});
  setFooter({});
  setLegendExtras({});
  QString text =
      tr("No frame of layer %1.\nA run draws one of the layer chosen above while it trains here.").arg(layer());
  QStringList others;
  for (const auto& [layer, frame] : frames_) others += QString::number(layer);
  if (!others.isEmpty()) text += tr("\nThere is one of layer %1.").arg(others.join(QStringLiteral(", ")));
  plot().setEmptyText(text);
  summary_ = tr("%1: no frame of layer %2").arg(title()).arg(layer());
  setAccessibleDescription(summary_);
  plot().touch();
}

void HeatMapCard::showLayer() {
  const auto found = frames_.find(layer());
  if (found == frames_.end()) return showNothing();
  if (found->second == frame_) return;
  frame_ = found->second;
  waiting_.reset();
  showFrame();
}

void HeatMapCard::choose(int layer) {
  layer_->setRange(0, std::max(layer_->maximum(), static_cast<double>(layer)));
  chosen_ = true;
  layer_->setValue(layer);
}

void HeatMapCard::setLayerSilently(int layer) {
  const QSignalBlocker blocker(layer_);
  layer_->setRange(0, std::max(layer_->maximum(), static_cast<double>(layer)));
  layer_->setValue(layer);
}

void HeatMapCard::take(const RunHistory& history) {
  const auto n = static_cast<int>(history.info().n_layer);
  if (n > 0 && layer_->maximum() != n - 1) {
    const int before = layer();
    const QSignalBlocker blocker(layer_);
    layer_->setRange(0, n - 1);  // a run with fewer layers has no such frame
    if (layer() != before) chosen_ = false;
    // The last but one block is where massive activations usually still stand.
    if (!chosen_ && !frame_) layer_->setValue(std::max(0, n - 2));
    showLayer();
  }
  if (n > 0 && !std::exchange(asked_, true)) Q_EMIT layerRequested(layer());
  PlotCard::take(history);
}

void HeatMapCard::showStep(const RunHistory&, std::int64_t step) {
  if (!frame_) return;
  const QString pooled = frame_->token_block * frame_->channel_block > 1
                             ? tr(", max of %1 × %2 cells").arg(frame_->token_block).arg(frame_->channel_block)
                             : QString();
  const QString snapshot = snapshotText(frame_->step, step);
  setFooter(tr("%1 tokens × %2 channels%3").arg(frame_->n_token).arg(frame_->n_channel).arg(pooled),
            snapshot.isEmpty() ? tr("step %1").arg(step_text(frame_->step)) : snapshot);
}

void HeatMapCard::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down) {
    return layer_->stepBy(event->key() == Qt::Key_Up ? 1 : -1);
  }
  PlotCard::keyPressEvent(event);
}

void HeatMapCard::setFrame(const FramePtr& frame) {
  if (!frame || frame == frame_ || frame->rows <= 0 || frame->columns <= 0) return;
  const FramePtr taken = frame;  // `frame` may be waiting_ itself
  if (frame_ && !steps().following() && frame_->layer == taken->layer) {
    waiting_ = taken;
    return;
  }
  frames_[taken->layer] = taken;
  if (!chosen_) setLayerSilently(taken->layer);
  showLayer();
}

void HeatMapCard::showFrame() {
  const Frame& frame = *frame_;
  std::vector<double> edges;
  edges.reserve(static_cast<std::size_t>(frame.columns) + 1);
  for (std::int32_t c = 0; c <= frame.columns; ++c) {
    edges.push_back(std::min<double>(static_cast<double>(c) * frame.channel_block, frame.n_channel) - 0.5);
  }
  raster_->setGrid(frame.columns, frame.rows, frame.values, std::move(edges));
  showScale();
  QStringList names;
  for (std::int32_t row = 0; row < frame.rows; ++row) {
    const auto token = static_cast<std::size_t>(row) * static_cast<std::size_t>(frame.token_block);
    QString name =
        token < frame.token_texts.size() ? QString::fromStdString(frame.token_texts[token]) : QString::number(token);
    name.replace(QLatin1Char('\n'), QStringLiteral("⏎"));
    names += name.trimmed().isEmpty() ? QStringLiteral("␣") : name;
  }
  plot().setYTicker(NumberTicker::Kind::whole, names);
  plot().setFullX(-0.5, frame.n_channel - 0.5);
  plot().setFullY(-0.5, frame.rows - 0.5);
  plot().setEmptyText({});
  summary_ = tr("%1 at layer %2, step %3, %4").arg(title()).arg(frame.layer).arg(frame.step).arg(valueText());
  setAccessibleDescription(summary_);
  if (history()) showStep(*history(), steps().shownStep());
  plot().touch();
}

void HeatMapCard::showScale() {
  float largest = 0, smallest = INFINITY;
  for (const float value : frame_->values) {
    if (!std::isfinite(value)) continue;
    largest = std::max(largest, std::abs(value));
    if (value != 0) smallest = std::min(smallest, std::abs(value));
  }
  // The floor of the colours is a tenth of the median: below it there is nothing to tell apart. The bar says "≤" there.
  double floor = frame_->median > 0 ? 0.1 * frame_->median : std::isfinite(smallest) ? smallest : 1.0;
  if (largest > 0) floor = std::clamp(floor, 1e-6 * largest, 0.5 * largest);
  raster_->setScale(floor, largest > 0 ? largest : 10 * floor, /*log=*/true);
  const std::int64_t n = raster_->nonFinite();
  setValue(n > 0 ? tr("%1 not finite").arg(count_text(n)) : tr("max ") + value_text(largest));
  if (n == 0) return setLegendExtras({});
  setLegendExtras({{.name = tr("not finite (%1)").arg(count_text(n)),
                    .pen = QPen(currentTheme().not_finite),
                    .sign = LegendStrip::Item::Sign::hatch}});
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

CardTable HeatMapCard::cells(Rows) const { return frame_ ? card_table(*frame_) : CardTable(); }

std::optional<FigureRecipe> HeatMapCard::recipe() const {
  if (!frame_) return {};
  FigureRecipe recipe = axesRecipe();
  recipe.kind = FigureRecipe::Kind::map;
  recipe.title = tr("%1, layer %2").arg(title()).arg(frame_->layer);
  recipe.x = QStringLiteral("channel");
  recipe.y = QStringLiteral("token");
  recipe.value = QStringLiteral("value");
  recipe.value_label = QStringLiteral("|h|");
  recipe.colours = ColourMap::name(plot().colours(ColourMap::Kind::cividis));
  // Of pooled rows the table has the tokens themselves.
  recipe.y_axis.lower = recipe.y_axis.upper = std::nullopt;
  return recipe;
}

Card::Offer HeatMapCard::offer(const SeriesPick& pick) const {
  if (!pick.whole || pick.layer < 0) return {false, tr("This card shows the output of a layer, not a tensor")};
  if (pick.layer == layer()) return {false, tr("%1 is shown here already").arg(pick.text)};
  return {true, tr("Show %1").arg(pick.text)};
}

QVariantMap HeatMapCard::state() const { return {{QStringLiteral("layer"), layer()}}; }

void HeatMapCard::setState(const QVariantMap& state) {
  const auto layer = state.find(QStringLiteral("layer"));
  if (layer == state.end()) return;
  choose(layer->toInt());
}

}  // namespace variometer
