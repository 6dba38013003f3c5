// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspect_attention.h"

#include <QAction>
#include <QSignalBlocker>
#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "widgets/number_field.h"
#include "widgets/number_text.h"

namespace variometer {
namespace {

constexpr int kAskPause = 60;  // ms without a change of the view before real cells are asked for

/// The key column that the later queries give most attention to, and its share of all they give; -1: there are no later
/// ones.
std::pair<int, double> sink_of(const CellMatrix& m) {
  std::vector<double> taken(static_cast<std::size_t>(m.columns));
  double all = 0;
  for (int r = 0; r < m.rows; ++r) {
    const int last = m.span(r).end - 1;  // the query itself: it says nothing of a sink
    for (int c = 0; c < last; ++c) {
      const double p = m.at(r, c);
      if (!std::isfinite(p)) continue;
      taken[static_cast<std::size_t>(c)] += p;
      all += p;
    }
    if (r > 0 && std::isfinite(m.at(r, last))) all += static_cast<double>(m.at(r, last));
  }
  const auto most = std::max_element(taken.begin(), taken.end());
  if (most == taken.end() || *most <= 0) return {-1, 0};
  return {static_cast<int>(most - taken.begin()), *most / all};
}

/// "query", or "queries 8–15" of a pooled row.
QString places(std::int64_t first, std::int64_t block, std::int64_t n) {
  const std::int64_t last = std::min(first + block, n) - 1;
  return last > first ? QStringLiteral("%1–%2").arg(first).arg(last) : QString::number(first);
}

}  // namespace

InspectAttention::InspectAttention(QWidget* parent)
    : PlotCard(QStringLiteral("inspect_attention"), tr("Attention, query × key"),
               tr("Probability of each key (across) for each query (down): softmax(q k / sqrt(d)), rows sum to 1.\n"
                  "A pixel that covers several cells shows the largest. PgUp and PgDn step through the heads; -1 is "
                  "their mean."),
               Plot::XAxis::own, nullptr, parent),
      raster_(new MatrixRaster(plot(), MatrixRaster::Strips::none)),
      head_(new NumberField(NumberField::Kind::whole, this)),
      summary_(title()) {
  plot().setLabels(tr("key"), QString());
  plot().setYReversed(true);
  plot().setReadout([this](double x, double y) { return describe(x, y); });
  legend().hide();
  for (const char* id : {"log_x", "log_y", "follow"}) plot().action(id)->setEnabled(false);
  head_->setRange(-1, 0);
  head_->setValue(-1);
  head_->setPrefix(tr("head "));
  head_->setSpecialValueText(tr("mean over heads"));
  head_->setToolTip(tr("Which head is shown (PgUp, PgDn)"));
  head_->setAccessibleName(tr("Head"));
  head_->hide();  // until somebody gives it a place: in a narrow header it would cover title and value
  head_->setStep(1);
  head_->setFollowing(true);
  connect(head_, &NumberField::valueChanged, this, [this] { Q_EMIT headChosen(static_cast<int>(head_->whole())); });
  asking_.setSingleShot(true);
  asking_.setInterval(kAskPause);
  connect(&asking_, &QTimer::timeout, this, &InspectAttention::askForCells);
  connect(&plot(), &Plot::viewChanged, this, [this] {
    showMatrix();
    asking_.start();
  });
}

QString InspectAttention::keyName(std::int64_t key) const {
  if (view_.pass->attention.slot) {
    if (key == 0) return tr("KV bias");
    --key;
  }
  return token_label(*view_.pass, key);
}

/// Keys that any of these queries sees: those up to itself, and the KV-bias slot.
CellSpan InspectAttention::keysSeen(std::int64_t first_query, std::int64_t n_query) const {
  const AttentionMaps& maps = view_.pass->attention;
  const std::int64_t last_query = std::min(first_query + n_query, maps.n_query) - 1;
  return {0, static_cast<int>(std::min(last_query + (maps.slot ? 1 : 0), maps.n_key - 1)) + 1};
}

CellMatrix InspectAttention::pooledMatrix() const {
  const AttentionMaps& maps = view_.pass->attention;
  CellMatrix m{.owner = view_.pass,
               .values = maps.map(view_.layer, view_.head),
               .rows = static_cast<int>(maps.rows),
               .columns = static_cast<int>(maps.columns),
               .row_block = static_cast<int>(maps.query_block),
               .column_block = static_cast<int>(maps.key_block)};
  for (std::int64_t r = 0; r < maps.rows; ++r) {
    const CellSpan keys = keysSeen(r * maps.query_block, maps.query_block);
    m.shown.push_back({0, (keys.end - 1) / m.column_block + 1});
  }
  return m;
}

CellMatrix InspectAttention::partMatrix() const {
  const AttentionRequest& of = part_->of;
  CellMatrix m{.owner = part_,
               .values = part_->cells,
               .rows = static_cast<int>(of.n_query),
               .columns = static_cast<int>(of.n_key),
               .row_offset = static_cast<int>(of.first_query),
               .column_offset = static_cast<int>(of.first_key)};
  for (std::int64_t r = 0; r < of.n_query; ++r) {
    const std::int64_t end = keysSeen(of.first_query + r, 1).end - of.first_key;
    m.shown.push_back({0, static_cast<int>(std::clamp<std::int64_t>(end, 0, of.n_key))});
  }
  return m;
}

void InspectAttention::setView(const InspectView& view) {
  view_ = view;
  if (part_ && (part_->of.pass != view.pass || part_->of.layer != view.layer || part_->of.head != view.head)) {
    part_.reset();
  }
  const auto map = view.pass ? view.pass->attention.map(view.layer, view.head) : std::span<const float>();
  if (map.empty()) {
    part_.reset();
    asked_.reset();
    raster_->setMatrix({});
    plot().setYTicker(NumberTicker::Kind::whole);
    plot().setXTicker(NumberTicker::Kind::whole);
    setTitle(tr("Attention, query × key"));
    plot().setEmptyText(!view.pass                                     ? view.emptyText()
                        : view.layer >= view.pass->hidden.n_layer      ? tr("This model has no layer %1").arg(view.layer)
                        : view.pass->attention.empty()                 ? tr("No attention maps were stored in this file")
                        : view.head >= view.pass->attention.n_head     ? tr("This model has no head %1").arg(view.head)
                                                                       : tr("No attention of this layer"));
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
  QStringList queries, keys;
  for (std::int64_t q = 0; q < maps.n_query; ++q) queries += token_label(*view.pass, q);
  for (std::int64_t k = 0; k < maps.n_key; ++k) keys += keyName(k);
  plot().setYTicker(NumberTicker::Kind::whole, queries);
  plot().setXTicker(NumberTicker::Kind::whole, keys);
  plot().setFullX(-0.5, static_cast<double>(maps.n_key) - 0.5);
  plot().setFullY(-0.5, static_cast<double>(maps.n_query) - 0.5);
  findScale();
  showMatrix();
  if (maps.pooled()) asking_.start();
}

void InspectAttention::setColouring(Colours colours) {
  if (colours == colouring_) return;
  colouring_ = colours;
  if (!raster_->matrix().empty()) setView(view_);
}

void InspectAttention::setPart(const AttentionPartPtr& part) {
  if (!part || part->of.pass != view_.pass || part->of.layer != view_.layer || part->of.head != view_.head) return;
  part_ = part;
  asked_.reset();
  showMatrix();
  asking_.start();  // the view may have moved on since
}

/// The queries and keys in view, whole cells.
std::optional<AttentionRequest> InspectAttention::cellsInView() const {
  if (!view_.pass || !view_.pass->attention.pooled()) return std::nullopt;
  const AttentionMaps& maps = view_.pass->attention;
  const auto part = [](const QCPRange& range, std::int64_t all) {
    const auto first = std::clamp<std::int64_t>(std::llround(std::ceil(range.lower - 0.5)), 0, all - 1);
    const auto last = std::clamp<std::int64_t>(std::llround(std::floor(range.upper + 0.5)), first, all - 1);
    return std::pair(first, last - first + 1);
  };
  AttentionRequest cells{.pass = view_.pass, .layer = view_.layer, .head = view_.head};
  cells.n_query = maps.n_query;
  cells.n_key = maps.n_key;
  if (plot().untouched()) return cells;  // the axes follow at the next replot
  std::tie(cells.first_query, cells.n_query) = part(plot().yRange(), maps.n_query);
  std::tie(cells.first_key, cells.n_key) = part(plot().xRange(), maps.n_key);
  return cells;
}

bool InspectAttention::partCovers(const AttentionRequest& cells) const {
  if (!part_) return false;
  const AttentionRequest& of = part_->of;
  return of.first_query <= cells.first_query && of.first_query + of.n_query >= cells.first_query + cells.n_query &&
         of.first_key <= cells.first_key && of.first_key + of.n_key >= cells.first_key + cells.n_key;
}

void InspectAttention::askForCells() {
  auto cells = cellsInView();
  if (!cells || partCovers(*cells) || cells->n_query * cells->n_key > kMostCells) return;
  // With half as much again around it, so that a small step needs no other.
  const auto widen = [](std::int64_t& first, std::int64_t& n, std::int64_t all) {
    const std::int64_t more = n / 4, end = std::min(first + n + more, all);
    first = std::max<std::int64_t>(first - more, 0);
    n = end - first;
  };
  AttentionRequest wide = *cells;
  widen(wide.first_query, wide.n_query, view_.pass->attention.n_query);
  widen(wide.first_key, wide.n_key, view_.pass->attention.n_key);
  if (wide.n_query * wide.n_key <= kMostCells) cells = wide;
  if (asked_ == cells) return;
  asked_ = cells;
  Q_EMIT cellsWanted(*cells);
}

void InspectAttention::showMatrix() {
  if (!view_.pass || view_.pass->attention.map(view_.layer, view_.head).empty()) return;
  const auto cells = cellsInView();
  CellMatrix m = cells && partCovers(*cells) ? partMatrix() : pooledMatrix();
  if (sink_) m.hidden_column = sinkColumn(m);
  if (m.owner != raster_->matrix().owner || m.values.data() != raster_->matrix().values.data() ||
      m.hidden_column != raster_->matrix().hidden_column) {
    raster_->setMatrix(std::move(m));
  }
  raster_->setScale(scale_);
  setWords();
  plot().touch();
}

/// Of pooled cells the block that is hidden; of real ones the key in it that takes most. -1: it is not among them.
int InspectAttention::sinkColumn(const CellMatrix& m) const {
  const std::int64_t block = view_.pass->attention.key_block;
  if (m.column_block > 1 || block == 1) {
    const std::int64_t column = (*sink_ - m.column_offset) / m.column_block;
    return *sink_ >= m.column_offset && column < m.columns ? static_cast<int>(column) : -1;
  }
  int sink = -1;
  double most = 0;
  for (std::int64_t key = *sink_; key < *sink_ + block; ++key) {
    const std::int64_t column = key - m.column_offset;
    if (column < 0 || column >= m.columns) continue;
    double taken = 0;
    for (int r = 0; r < m.rows; ++r) {
      if (m.has(r, static_cast<int>(column)) && key != m.row_offset + r) {
        taken += static_cast<double>(m.at(r, static_cast<int>(column)));
      }
    }
    if (taken > most) most = taken, sink = static_cast<int>(column);
  }
  return sink;
}

bool InspectAttention::logarithmic() const {
  if (colouring_ != Colours::automatic) return colouring_ == Colours::logarithmic;
  return view_.pass->attention.n_key > kLinearKeys;
}

/// Of the whole map as the pass keeps it, so that the colours stay while one zooms into it. The first query has no
/// choice but itself: it does not count.
void InspectAttention::findScale() {
  CellMatrix m = pooledMatrix();
  sink_.reset();
  hidden_.clear();
  if (const auto [sink, share] = sink_of(m); view_.hide_sink && sink >= 0) {
    m.hidden_column = sink;
    sink_ = std::int64_t{sink} * m.column_block;
    const std::int64_t n_key = view_.pass->attention.n_key;
    hidden_ = m.column_block > 1
                  ? tr("hidden: keys %1").arg(places(*sink_, m.column_block, n_key))
                  : tr("hidden: key %1 “%2”, %3 % of the attention of later queries")
                        .arg(sink)
                        .arg(keyName(sink))
                        .arg(100 * share, 0, 'f', 1);
  }
  std::vector<float> sizes;
  float largest = 0;
  for (int r = 0; r < m.rows; ++r) {
    const CellSpan here = m.span(r);
    for (int c = here.first; c < here.end; ++c) {
      const float p = m.at(r, c);
      const bool counts = c != m.hidden_column && std::isfinite(p) && (r > 0 || m.rows == 1 || m.row_block > 1);
      if (!counts) continue;
      largest = std::max(largest, p);
      if (p > 0) sizes.push_back(p);
    }
  }
  largest = std::max(largest, 1e-6F);
  scale_ = {.kind = CellScale::Kind::linear, .lower = 0, .upper = 1, .colours = ColourMap::Kind::viridis};
  if (logarithmic()) {
    // Nine of ten cells have a colour of their own.
    double lower = 1e-3 * largest;
    if (!sizes.empty()) {
      const auto tenth = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 10);
      std::nth_element(sizes.begin(), tenth, sizes.end());
      lower = *tenth;
    }
    scale_.kind = CellScale::Kind::log_magnitude;
    scale_.upper = largest;
    scale_.lower = std::clamp(lower, 1e-7 * scale_.upper, 0.1 * scale_.upper);
  } else if (sink_ || view_.pass->attention.n_key > kLinearKeys) {
    scale_.upper = largest;
  }
}

void InspectAttention::setWords() {
  const AttentionMaps& maps = view_.pass->attention;
  const QString who = view_.label.isEmpty() ? QString() : view_.label + tr(": ");
  setTitle(view_.head < 0 ? tr("%1attention, layer %2, mean over heads").arg(who).arg(view_.layer)
                          : tr("%1attention, layer %2, head %3").arg(who).arg(view_.layer).arg(view_.head));
  const LayerActivation& layer = view_.pass->activation.layers.at(static_cast<std::size_t>(view_.layer));
  setValue(tr("first token %1").arg(value_text(layer.first_token_share)));
  QStringList words{tr("%1 queries × %2 keys").arg(step_text(maps.n_query), step_text(maps.n_key))};
  const bool pooled = raster_->matrix().row_block > 1;
  const QSizeF cell = raster_->cellSize();
  if (pooled) {
    words += tr("a cell shows the largest of %1 × %1").arg(maps.query_block);
  } else if (cell.width() < 1 || cell.height() < 1) {
    words += tr("largest per pixel");
  }
  if (logarithmic()) {
    words += tr("logarithmic colours, %1 to %2").arg(value_text(scale_.lower), value_text(scale_.upper));
  } else if (scale_.upper != 1) {
    words += tr("linear colours to %1").arg(value_text(scale_.upper));
  }
  if (!hidden_.isEmpty()) words += hidden_;
  setFooter(words.join(tr("; ")), tr("entropy %1 nats").arg(value_text(layer.attention_entropy)));
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
  const CellMatrix& m = raster_->matrix();
  const std::int64_t query = m.row_offset + std::int64_t{cell->row} * m.row_block;
  const std::int64_t key = m.column_offset + std::int64_t{cell->column} * m.column_block;
  const QString p = value_text(m.at(cell->row, cell->column));
  if (m.row_block > 1) {
    return {tr("queries") + '\t' + places(query, m.row_block, maps.n_query),
            tr("keys") + '\t' + places(key, m.column_block, maps.n_key), tr("largest probability") + '\t' + p};
  }
  return {tr("query") + '\t' + QString::number(query) + ' ' + token_label(*view_.pass, query),
          tr("key") + '\t' + QString::number(key) + ' ' + keyName(key), tr("probability") + '\t' + p};
}

QString InspectAttention::table(QChar separator, Rows) const {
  const CellMatrix& m = raster_->matrix();
  QStringList columns{QStringLiteral("layer"), QStringLiteral("head"), QStringLiteral("query"), QStringLiteral("key"),
                      QStringLiteral("probability")};
  if (m.row_block > 1) {
    // The largest of so many queries and keys, from the named ones on.
    columns.last() = QStringLiteral("largest_of_%1x%2").arg(m.row_block).arg(m.column_block);
  }
  QString text = columns.join(separator) + QLatin1Char('\n');
  if (!view_.pass) return text;
  const QString head = QString::number(view_.layer) + separator +
                       (view_.head < 0 ? QStringLiteral("mean") : QString::number(view_.head)) + separator;
  for (int r = 0; r < m.rows; ++r) {
    for (int c = 0; c < m.columns; ++c) {
      if (!m.has(r, c)) continue;
      text += head + QString::number(m.row_offset + r * m.row_block) + separator +
              QString::number(m.column_offset + c * m.column_block) + separator +
              QString::number(static_cast<double>(m.at(r, c)), 'g', 9) + QLatin1Char('\n');
    }
  }
  return text;
}

}  // namespace variometer
