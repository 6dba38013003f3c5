// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspect_attention.h"

#include <QAction>
#include <QSignalBlocker>
#include <QSpinBox>
#include <algorithm>
#include <utility>

#include "widgets/number_text.h"

namespace variometer {

InspectAttention::InspectAttention(QWidget* parent)
    : PlotCard(QStringLiteral("inspect_attention"), tr("Attention, query × key"),
               tr("Probability of each key (across) for each query (down): softmax(q k / sqrt(d)), rows sum to 1.\n"
                  "PgUp and PgDn step through the heads; -1 is their mean."),
               Plot::XAxis::own, nullptr, parent),
      raster_(new MatrixRaster(plot(), MatrixRaster::Strips::none)),
      head_(new QSpinBox(this)),
      summary_(title()) {
  plot().setLabels(tr("key"), QString());
  plot().setYReversed(true);
  plot().setLabelWidth(12);
  plot().setReadout([this](double x, double y) { return describe(x, y); });
  legend().hide();
  for (const char* id : {"log_x", "log_y", "follow"}) plot().action(id)->setEnabled(false);
  head_->setRange(-1, 0);
  head_->setValue(-1);
  head_->setPrefix(tr("head "));
  head_->setSpecialValueText(tr("mean over heads"));
  head_->setToolTip(tr("Which head is shown (PgUp, PgDn)"));
  head_->setAccessibleName(tr("Head"));
  head_->setMinimumWidth(head_->fontMetrics().horizontalAdvance(head_->specialValueText()) + 40);
  addHeaderWidget(head_);
  connect(head_, &QSpinBox::valueChanged, this, &InspectAttention::headChosen);
}

QString InspectAttention::keyName(std::int64_t key) const {
  if (view_.pass->attention.slot) {
    if (key == 0) return tr("KV bias");
    --key;
  }
  return token_label(*view_.pass, key);
}

CellMatrix InspectAttention::matrix(std::span<const float> map) const {
  const AttentionMaps& maps = view_.pass->attention;
  CellMatrix m{.owner = view_.pass,
               .values = map,
               .rows = static_cast<int>(maps.rows),
               .columns = static_cast<int>(maps.columns),
               .row_block = static_cast<int>(maps.query_block),
               .column_block = static_cast<int>(maps.key_block)};
  // A query sees the keys up to itself, and the KV-bias slot.
  for (std::int64_t r = 0; r < maps.rows; ++r) {
    const std::int64_t last_query = std::min((r + 1) * maps.query_block, maps.n_query) - 1;
    const std::int64_t last_key = std::min(last_query + (maps.slot ? 1 : 0), maps.n_key - 1);
    m.shown.push_back({0, static_cast<int>(last_key / maps.key_block) + 1});
  }
  return m;
}

/// The key that the later queries give most attention to, and its share of all they give; -1: there are no later ones.
static std::pair<int, double> sink_of(const CellMatrix& m) {
  std::vector<double> taken(static_cast<std::size_t>(m.columns));
  double all = 0;
  for (int r = 0; r < m.rows; ++r) {
    const int last = m.span(r).end - 1;  // the query itself: it says nothing of a sink
    for (int c = 0; c < last; ++c) {
      taken[static_cast<std::size_t>(c)] += static_cast<double>(m.at(r, c));
      all += static_cast<double>(m.at(r, c));
    }
    if (r > 0) all += static_cast<double>(m.at(r, last));
  }
  const auto most = std::max_element(taken.begin(), taken.end());
  if (most == taken.end() || *most <= 0) return {-1, 0};
  return {static_cast<int>(most - taken.begin()), *most / all};
}

void InspectAttention::setView(const InspectView& view) {
  view_ = view;
  const auto map = view.pass ? view.pass->attention.map(view.layer, view.head) : std::span<const float>();
  if (map.empty()) {
    raster_->setMatrix({});
    const bool later = view.pass && !view.pass->attention.empty() && view.layer < view.pass->attention.n_layer;
    plot().setEmptyText(!view.pass ? tr("Nothing computed yet")
                        : later    ? tr("Attention of layer %1 is computed when it is looked at").arg(view.layer)
                                   : tr("No attention of this layer and head"));
    setValue({});
    setFooter({});
    return plot().touch();
  }
  plot().setEmptyText({});
  const AttentionMaps& maps = view.pass->attention;
  {
    const QSignalBlocker blocker(head_);
    head_->setRange(-1, static_cast<int>(maps.n_head) - 1);
    head_->setValue(static_cast<int>(view.head));
  }
  CellMatrix m = matrix(map);
  QString hidden;
  if (const auto [sink, share] = sink_of(m); view.hide_sink && sink >= 0) {
    m.hidden_column = sink;
    const std::int64_t key = sink * maps.key_block;
    hidden = tr("hidden: key %1 “%2”, %3 % of the attention of later queries")
                 .arg(key)
                 .arg(keyName(key))
                 .arg(100 * share, 0, 'f', 1);
  }
  raster_->setMatrix(std::move(m));
  setScale();
  QStringList queries, keys;
  for (std::int64_t q = 0; q < maps.n_query; ++q) queries += token_label(*view.pass, q);
  for (std::int64_t k = 0; k < maps.n_key; ++k) keys += keyName(k);
  plot().setYTicker(NumberTicker::Kind::whole, queries);
  plot().setXTicker(NumberTicker::Kind::whole, keys);
  plot().setFullX(-0.5, static_cast<double>(maps.n_key) - 0.5);
  plot().setFullY(-0.5, static_cast<double>(maps.n_query) - 0.5);
  setWords(hidden);
  plot().touch();
}

/// Without its sink a map has a scale of its own: the largest that is left.
void InspectAttention::setScale() {
  float upper = 1;
  if (raster_->matrix().hidden_column >= 0) {
    const auto& sizes = raster_->rowMax();
    upper = std::max(*std::max_element(sizes.begin(), sizes.end()), 1e-6F);
    // The first query has no choice but itself.
    if (sizes.size() > 1) upper = std::max(*std::max_element(sizes.begin() + 1, sizes.end()), 1e-6F);
  }
  raster_->setScale({.kind = CellScale::Kind::linear, .lower = 0, .upper = upper, .colours = ColourMap::Kind::viridis});
}

void InspectAttention::setWords(const QString& hidden) {
  const AttentionMaps& maps = view_.pass->attention;
  const QString who = view_.label.isEmpty() ? QString() : view_.label + tr(": ");
  setTitle(view_.head < 0 ? tr("%1attention, layer %2, mean over heads").arg(who).arg(view_.layer)
                          : tr("%1attention, layer %2, head %3").arg(who).arg(view_.layer).arg(view_.head));
  const LayerActivation& layer = view_.pass->activation.layers.at(static_cast<std::size_t>(view_.layer));
  setValue(tr("first token %1").arg(value_text(layer.first_token_share)));
  QString size =
      maps.query_block > 1
          ? tr("%1 × %2, the largest of each %3 × %3 cells").arg(maps.n_query).arg(maps.n_key).arg(maps.query_block)
          : tr("%1 queries × %2 keys").arg(maps.n_query).arg(maps.n_key);
  if (!hidden.isEmpty()) size += tr("; ") + hidden;
  setFooter(size, tr("entropy %1 nats").arg(value_text(layer.attention_entropy)));
  summary_ = tr("%1: %2").arg(title(), valueText());
  setAccessibleDescription(summary_);
}

QList<QAction*> InspectAttention::cardActions() const {
  QList<QAction*> actions;
  for (const char* id : {"fit", "fit_x", "fit_y", "previous_view"}) actions += plot().action(id);
  return actions;
}

QStringList InspectAttention::describe(double x, double y) const {
  const auto cell = view_.pass ? raster_->cellAt(x, y) : std::nullopt;
  if (!cell) return {};
  const AttentionMaps& maps = view_.pass->attention;
  const std::int64_t query = cell->row * maps.query_block, key = cell->column * maps.key_block;
  return {tr("query") + '\t' + QString::number(query) + ' ' + token_label(*view_.pass, query),
          tr("key") + '\t' + QString::number(key) + ' ' + keyName(key),
          tr("probability") + '\t' + value_text(raster_->matrix().at(cell->row, cell->column))};
}

QString InspectAttention::table(QChar separator, Rows) const {
  QString text = QStringList{QStringLiteral("layer"), QStringLiteral("head"), QStringLiteral("query"),
                             QStringLiteral("key"), QStringLiteral("probability")}
                     .join(separator) +
                 QLatin1Char('\n');
  if (!view_.pass) return text;
  const CellMatrix& m = raster_->matrix();
  const QString head = QString::number(view_.layer) + separator +
                       (view_.head < 0 ? QStringLiteral("mean") : QString::number(view_.head)) + separator;
  for (int r = 0; r < m.rows; ++r) {
    for (int c = 0; c < m.columns; ++c) {
      if (!m.has(r, c)) continue;
      text += head + QString::number(r * m.row_block) + separator + QString::number(c * m.column_block) + separator +
              QString::number(static_cast<double>(m.at(r, c)), 'g', 9) + QLatin1Char('\n');
    }
  }
  return text;
}

}  // namespace variometer
