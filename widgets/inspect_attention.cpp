// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspect_attention.h"

#include <QAction>
#include <QSignalBlocker>
#include <QSpinBox>
#include <algorithm>

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
  plot().setLabelWidth(9);
  plot().setReadout([this](double x, double y) { return describe(x, y); });
  legend().hide();
  for (const char* id : {"log_x", "log_y", "follow"}) plot().action(id)->setEnabled(false);
  head_->setRange(-1, 0);
  head_->setValue(-1);
  head_->setPrefix(tr("head "));
  head_->setSpecialValueText(tr("mean over heads"));
  head_->setToolTip(tr("Which head is shown (PgUp, PgDn)"));
  head_->setAccessibleName(tr("Head"));
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

void InspectAttention::setView(const InspectView& view) {
  view_ = view;
  const auto map = view.pass ? view.pass->attention.map(view.layer, view.head) : std::span<const float>();
  if (map.empty()) {
    raster_->setMatrix({});
    plot().setEmptyText(view.pass ? tr("No attention of this layer and head") : tr("Nothing computed yet"));
    setValue({});
    return plot().touch();
  }
  plot().setEmptyText({});
  const AttentionMaps& maps = view.pass->attention;
  {
    const QSignalBlocker blocker(head_);
    head_->setRange(-1, static_cast<int>(maps.n_head) - 1);
    head_->setValue(static_cast<int>(view.head));
  }
  raster_->setMatrix({.owner = view.pass,
                      .values = map,
                      .rows = static_cast<int>(maps.rows),
                      .columns = static_cast<int>(maps.columns),
                      .row_block = static_cast<int>(maps.query_block),
                      .column_block = static_cast<int>(maps.key_block)});
  // A sink takes nearly everything: without its column the rest has a scale of its own.
  float upper = 0;
  const std::int64_t skipped = view.hide_first_key ? 1 : 0;
  for (std::int64_t r = 0; r < maps.rows; ++r) {
    for (std::int64_t c = skipped; c < maps.columns; ++c) {
      if (view.hide_first_key && r == c) continue;
      upper = std::max(upper, map[static_cast<std::size_t>(r * maps.columns + c)]);
    }
  }
  raster_->setScale({.kind = CellScale::Kind::linear,
                     .lower = 0,
                     .upper = view.hide_first_key ? std::max(upper, 1e-6F) : 1.0,
                     .colours = ColourMap::Kind::viridis});
  QStringList queries, keys;
  for (std::int64_t q = 0; q < maps.n_query; ++q) queries += token_label(*view.pass, q);
  for (std::int64_t k = 0; k < maps.n_key; ++k) keys += keyName(k);
  plot().setYTicker(NumberTicker::Kind::whole, queries);
  plot().setXTicker(NumberTicker::Kind::whole, keys);
  plot().setFullX(-0.5, static_cast<double>(maps.n_key) - 0.5);
  plot().setFullY(-0.5, static_cast<double>(maps.n_query) - 0.5);
  const QString who = view.label.isEmpty() ? QString() : view.label + tr(": ");
  setTitle(view.head < 0 ? tr("%1attention, layer %2, mean over heads").arg(who).arg(view.layer)
                         : tr("%1attention, layer %2, head %3").arg(who).arg(view.layer).arg(view.head));
  const LayerActivation& layer = view.pass->activation.layers.at(static_cast<std::size_t>(view.layer));
  setValue(tr("first token %1").arg(value_text(layer.first_token_share)));
  setFooter(
      maps.query_block > 1
          ? tr("%1 × %2, the largest of each %3 × %3 cells").arg(maps.n_query).arg(maps.n_key).arg(maps.query_block)
          : tr("%1 queries × %2 keys").arg(maps.n_query).arg(maps.n_key),
      tr("entropy %1 nats").arg(value_text(layer.attention_entropy)));
  summary_ = tr("%1: %2").arg(title(), valueText());
  setAccessibleDescription(summary_);
  plot().touch();
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
      text += head + QString::number(r * m.row_block) + separator + QString::number(c * m.column_block) + separator +
              QString::number(static_cast<double>(m.at(r, c)), 'g', 9) + QLatin1Char('\n');
    }
  }
  return text;
}

}  // namespace variometer
