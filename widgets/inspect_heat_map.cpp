// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspect_heat_map.h"

#include <QAction>
#include <algorithm>
#include <cmath>

#include "widgets/number_text.h"

namespace variometer {

using Mode = InspectView::Mode;

InspectHeatMap::InspectHeatMap(QWidget* parent)
    : PlotCard(QStringLiteral("inspect_heat_map"), tr("|h|, token × channel"),
               tr("h: residual stream after the chosen block, before the final norm. No unit.\n"
                  "A pixel that covers several cells shows the largest |h|; wheel zooms channels, Shift tokens, "
                  "Ctrl both.\nAbove: largest |h| of each channel; right: of each token. Ring: what the rule at the right finds."),
               Plot::XAxis::own, nullptr, parent),
      raster_(new MatrixRaster(plot(), MatrixRaster::Strips::both)),
      summary_(title()) {
  plot().setLabels(tr("channel"), QString());
  plot().setXTicker(NumberTicker::Kind::whole);
  plot().setYTicker(NumberTicker::Kind::whole);
  plot().setYReversed(true);
  plot().setReadout([this](double x, double y) { return describe(x, y); });
  legend().hide();
  for (const char* id : {"log_x", "log_y", "follow"}) plot().action(id)->setEnabled(false);
  connect(&plot(), &Plot::clicked, this, [this](double x, double y) {
    const auto cell = raster_->cellAt(x, y);
    if (!cell) return;
    const qint64 token = cell->row + raster_->matrix().row_offset;
    select(token, cell->column);
    Q_EMIT cellClicked(token, cell->column);
  });
  // Nothing lies beyond the matrix: a zoom or pan stops at its edge.
  const auto stay = [this](QCPAxis* axis, double low, double high) {
    const QCPRange range = axis->range();
    if (high <= low || (range.lower >= low && range.upper <= high)) return;
    axis->setRange(range.size() >= high - low ? QCPRange(low, high)
                                              : QCPRange(range.lower < low ? low : high - range.size(),
                                                         range.lower < low ? low + range.size() : high));
  };
  connect(plot().xAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this,
          [this, stay] { stay(plot().xAxis, extent_.left(), extent_.right()); });
  connect(plot().yAxis, qOverload<const QCPRange&>(&QCPAxis::rangeChanged), this,
          [this, stay] { stay(plot().yAxis, extent_.top(), extent_.bottom()); });
  clear(tr("Nothing computed yet"));
}

void InspectHeatMap::clear(const QString& why) {
  view_.pass.reset();
  showNothing(why);
}

void InspectHeatMap::showNothing(const QString& why) {
  raster_->setMatrix({});
  plot().setYTicker(NumberTicker::Kind::whole);  // tokens of what was there before say nothing now
  plot().setEmptyText(why);
  setValue({});
  setFooter({});
  setTitle(tr("|h|, token × channel"));
  plot().touch();
}

void InspectHeatMap::setView(const InspectView& view) {
  view_ = view;
  if (!view.pass) return clear(view.emptyText());
  plot().setEmptyText({});
  if (view.mode == Mode::difference) {
    if (!view.other) return clear(view.swapped().emptyText());
    showDifference();
  } else {
    showPass();
  }
  placeSelection();
  plot().touch();
}

CellScale InspectHeatMap::scaleOf(double largest) const {
  const LayerActivation& layer = view_.pass->activation.layers.at(static_cast<std::size_t>(view_.layer));
  double median = std::isfinite(layer.median) ? layer.median : 0;
  if (view_.same_scale) {
    for (const auto& other : view_.pass->activation.layers) {
      if (!other.top.empty() && std::isfinite(other.top[0].value)) {
        largest = std::max(largest, std::abs(static_cast<double>(other.top[0].value)));
      }
      if (other.median > 0 && (median <= 0 || other.median < median)) median = other.median;
    }
  }
  // Below a tenth of the median there is nothing to tell apart.
  const double floor = median > 0 ? 0.1 * median : 1e-6;
  CellScale scale;
  scale.lower = floor;
  scale.upper = std::max(largest, 10 * floor);
  if (view_.mode == Mode::signed_value || view_.mode == Mode::difference) {
    scale.kind = CellScale::Kind::symlog;
    scale.colours = ColourMap::Kind::diverging;
    // Two passes may differ by far less than they are large.
    const double middle = view_.mode == Mode::difference ? medianShown() : median;
    scale.lower = middle > 0 ? middle : largest > 0 ? 1e-3 * largest : floor;
    scale.upper = std::max(largest, 10 * scale.lower);
  } else if (view_.mode == Mode::ratio && layer.median > 0) {
    scale.divisor = layer.median;
    scale.lower = 0.1;
    scale.upper = std::max(largest / layer.median, 10.0);
    scale.colours = ColourMap::Kind::magma;
  }
  return scale;
}

/// Lower median of the finite |values| that are shown.
double InspectHeatMap::medianShown() const {
  const CellMatrix& m = raster_->matrix();
  std::vector<float> sizes;
  for (int r = 0; r < m.rows; ++r) {
    const CellSpan here = m.span(r);
    for (int c = here.first; c < here.end; ++c) {
      if (const float size = std::abs(m.at(r, c)); std::isfinite(size)) sizes.push_back(size);
    }
  }
  if (sizes.empty()) return 0;
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>((sizes.size() - 1) / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  return *middle;
}

/// Tokens that are not looked at stay blank. Empty: all are.
std::vector<CellSpan> InspectHeatMap::shownRows(std::int64_t first, std::int64_t n) const {
  std::vector<CellSpan> rows;
  if (view_.filter.all()) return rows;
  const CellSpan whole{0, static_cast<int>(view_.pass->hidden.n_channel)};
  for (std::int64_t t = first; t < first + n; ++t) {
    rows.push_back(is_shown(*view_.pass, t, view_.filter) ? whole : CellSpan{});
  }
  return rows;
}

void InspectHeatMap::showPass() {
  const InspectedPass& pass = *view_.pass;
  const auto values = pass.layer(view_.layer);
  if (values.empty()) {
    return showNothing(tr("%1 has %2 layers, and none of number %3")
                           .arg(view_.label.isEmpty() ? tr("This model") : view_.label)
                           .arg(pass.hidden.n_layer)
                           .arg(view_.layer));
  }
  raster_->setMatrix({.owner = view_.pass,
                      .values = values,
                      .rows = static_cast<int>(pass.hidden.n_token),
                      .columns = static_cast<int>(pass.hidden.n_channel),
                      .shown = shownRows(0, pass.hidden.n_token)});
  std::vector<CellPlace> rings;
  for (const ActivationPlace& place : view_.massivePlaces()) {
    if (place.layer == view_.layer) rings.push_back({place.token, place.channel});
  }
  raster_->setRings(std::move(rings));
  finish();
}

void InspectHeatMap::showDifference() {
  auto difference = std::make_shared<LayerDifference>(layer_difference(*view_.pass, *view_.other, view_.layer));
  if (!difference->problem.isEmpty()) {
    return showNothing(difference->problem);
  }
  shift_ = difference->shift;
  raster_->setMatrix({.owner = difference,
                      .values = difference->values,
                      .rows = static_cast<int>(difference->n_token),
                      .columns = static_cast<int>(difference->n_channel),
                      .row_offset = static_cast<int>(difference->first_token),
                      .shown = shownRows(difference->first_token, difference->n_token)});
  finish();
}

/// Scale, axes and words, by the largest finite cell that is shown; of equal ones the first.
void InspectHeatMap::finish() {
  const CellMatrix& m = raster_->matrix();
  std::optional<CellPlace> at;
  float size = -1;
  for (int r = 0; r < m.rows; ++r) {
    const CellSpan here = m.span(r);
    for (int c = here.first; c < here.end; ++c) {
      const float each = std::abs(m.at(r, c));
      if (std::isfinite(each) && each > size) at = {r, c}, size = each;
    }
  }
  raster_->setScale(scaleOf(std::max(size, 0.0F)));
  setExtent();
  setWords(at ? m.at(at->row, at->column) : 0.0F, at);
}

void InspectHeatMap::setExtent() {
  const CellMatrix& m = raster_->matrix();
  extent_ = QRectF(QPointF(-0.5, m.row_offset - 0.5), QPointF(m.columns - 0.5, m.row_offset + m.rows - 0.5));
  plot().setFullX(extent_.left(), extent_.right());
  plot().setFullY(extent_.top(), extent_.bottom());
  QStringList names;
  for (int t = 0; t < m.row_offset + m.rows; ++t) names += token_label(*view_.pass, t);
  plot().setYTicker(NumberTicker::Kind::whole, names);
}

void InspectHeatMap::setWords(float largest, std::optional<CellPlace> at) {
  const QString what = view_.mode == Mode::difference     ? tr("h, %1 − %2").arg(view_.label, view_.other_label)
                       : view_.mode == Mode::signed_value ? tr("h, signed")
                       : view_.mode == Mode::ratio        ? tr("|h| / median")
                                                          : tr("|h|");
  const QString who = view_.label.isEmpty() || view_.mode == Mode::difference ? QString() : view_.label + tr(": ");
  setTitle(tr("%1%2, layer %3").arg(who, what).arg(view_.layer));
  const double median = view_.pass->activation.layers.at(static_cast<std::size_t>(view_.layer)).median;
  const CellMatrix& m = raster_->matrix();
  if (at) {
    const int token = at->row + m.row_offset;
    const double shown = view_.mode == Mode::ratio ? static_cast<double>(std::abs(largest)) / median : largest;
    setValue(tr("largest %1 at %2 “%3”, channel %4")
                 .arg(value_text(shown))
                 .arg(token)
                 .arg(token_label(*view_.pass, token))
                 .arg(at->column),
             value_text(shown));
  } else {
    setValue(m.rows > 0 && std::count(m.shown.begin(), m.shown.end(), CellSpan{}) < m.rows ? tr("no value is finite")
                                                                                         : tr("no token is shown"));
  }
  const auto n_hidden = std::count(m.shown.begin(), m.shown.end(), CellSpan{});
  QString size =
      tr("%1 tokens × %2 channels; largest per pixel").arg(count_text(m.rows), count_text(m.columns));
  if (n_hidden > 0) size += tr("; %1 tokens left out").arg(n_hidden);
  const std::int64_t n_bad = view_.pass->nonFinite(view_.layer);
  const bool bad = n_bad > 0 && view_.mode != Mode::difference;
  if (bad) size += tr("; ") + not_finite_text(n_bad);
  legend().setVisible(bad);
  setLegendExtras(bad ? std::vector<LegendStrip::Item>{{.name = tr("not finite (%1)").arg(count_text(n_bad)),
                                                        .pen = QPen(currentTheme().not_finite),
                                                        .sign = LegendStrip::Item::Sign::hatch}}
                      : std::vector<LegendStrip::Item>{});
  setFooter(size, view_.mode == Mode::difference ? tr("median |A − B| %1").arg(value_text(medianShown()))
                                                 : tr("median |h| %1").arg(value_text(median)));
  summary_ = tr("%1: %2").arg(title(), valueText());
  setAccessibleDescription(summary_);
}

void InspectHeatMap::select(std::int64_t token, std::int64_t channel) {
  selected_ = CellPlace{static_cast<int>(token), static_cast<int>(channel)};
  placeSelection();
  plot().touch();
}

void InspectHeatMap::placeSelection() {
  const CellMatrix& m = raster_->matrix();
  raster_->setSelected({});
  if (!selected_ || selected_->column < 0 || selected_->column >= m.columns) return;
  const int row = selected_->row - m.row_offset;
  if (row >= 0 && row < m.rows) raster_->setSelected(CellPlace{row, selected_->column});
}

void InspectHeatMap::jumpTo(std::int64_t token, std::int64_t channel) {
  select(token, channel);
  const QRect area = plot().axisRect()->rect();
  if (raster_->matrix().empty() || area.isEmpty()) return;
  // Cells a little larger than their numbers need.
  const double across = std::min(extent_.width(), std::max(3.0, area.width() / 58.0));
  const double down = std::min(extent_.height(), std::max(3.0, area.height() / 24.0));
  const auto around = [](double centre, double size, double low, double high) {
    const double lower = std::clamp(centre - size / 2, low, high - size);
    return QCPRange(lower, lower + size);
  };
  plot().setView(around(static_cast<double>(channel), across, extent_.left(), extent_.right()),
                 around(static_cast<double>(token), down, extent_.top(), extent_.bottom()));
}

QStringList InspectHeatMap::describe(double x, double y) const {
  const auto cell = view_.pass ? raster_->cellAt(x, y) : std::nullopt;
  if (!cell) return {};
  const std::int64_t token = cell->row + raster_->matrix().row_offset;
  const float value = raster_->matrix().at(cell->row, cell->column);
  QStringList rows = {tr("token") + '\t' + QString::number(token) + ' ' + token_label(*view_.pass, token),
                      tr("channel") + '\t' + QString::number(cell->column)};
  if (view_.mode == Mode::difference) {
    const auto at = [&](const InspectedPass& pass, std::int64_t t) {
      return pass.layer(view_.layer)[static_cast<std::size_t>(t * pass.hidden.n_channel + cell->column)];
    };
    rows += view_.label + '\t' + value_text(at(*view_.pass, token));
    rows += view_.other_label + '\t' + value_text(at(*view_.other, token - shift_));
    rows += tr("difference") + '\t' + value_text(value);
  } else {
    const float median = view_.pass->activation.layers.at(static_cast<std::size_t>(view_.layer)).median;
    rows += tr("h") + '\t' + value_text(value);
    rows += tr("× median") + '\t' + value_text(median > 0 ? std::abs(value) / median : NAN);
  }
  return rows;
}

QList<QAction*> InspectHeatMap::cardActions() const {
  QList<QAction*> actions;
  for (const char* id : {"fit", "fit_x", "fit_y", "previous_view"}) actions += plot().action(id);
  return actions;
}

QString InspectHeatMap::table(QChar separator, Rows rows) const {
  QString text = QStringList{QStringLiteral("layer"), QStringLiteral("token"), QStringLiteral("text"),
                             QStringLiteral("channel"), QStringLiteral("h")}
                     .join(separator) +
                 QLatin1Char('\n');
  if (!view_.pass) return text;
  const CellMatrix& m = raster_->matrix();
  const QCPRange x = plot().xRange(), y = plot().yRange();
  for (int r = 0; r < m.rows; ++r) {
    const std::int64_t token = r + m.row_offset;
    if (rows == Rows::visible && !y.contains(static_cast<double>(token))) continue;
    QString label = token_label(*view_.pass, token);
    label.replace(QLatin1Char('"'), QStringLiteral("\"\""));
    const QString head = QString::number(view_.layer) + separator + QString::number(token) + separator +
                         QLatin1Char('"') + label + QLatin1Char('"') + separator;
    for (int c = 0; c < m.columns; ++c) {
      if (!m.has(r, c) || (rows == Rows::visible && !x.contains(c))) continue;
      text += head + QString::number(c) + separator + QString::number(static_cast<double>(m.at(r, c)), 'g', 9) +
              QLatin1Char('\n');
    }
  }
  return text;
}

}  // namespace variometer
