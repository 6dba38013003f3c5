// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/massive_table.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHeaderView>
#include <QKeyEvent>
#include <algorithm>
#include <cmath>

#include "widgets/massive_text.h"
#include "widgets/number_text.h"

namespace variometer {

void PlaceModel::setPlaces(PassPtr pass, std::vector<ActivationPlace> places) {
  beginResetModel();
  pass_ = std::move(pass);
  places_ = std::move(places);
  endResetModel();
}

int PlaceModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(places_.size());
}

int PlaceModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : n_column; }

QVariant PlaceModel::data(const QModelIndex& index, int role) const {
  const ActivationPlace& at = place(index.row());
  if (role == Qt::TextAlignmentRole) {
    return QVariant(Qt::AlignVCenter | (index.column() == text_column ? Qt::AlignLeft : Qt::AlignRight));
  }
  if (role == Qt::ToolTipRole) {
    return tr("layer %1, token %2 “%3”, channel %4: h = %5, %6 × the median of |h| in that layer\nEnter or a click "
              "shows the cell")
        .arg(at.layer)
        .arg(at.token)
        .arg(pass_ ? token_label(*pass_, at.token) : QString())
        .arg(at.channel)
        .arg(value_text(at.value), value_text(at.ratio));
  }
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
    case layer_column: return at.layer;
    case token_column: return at.token;
    case text_column: return pass_ ? token_label(*pass_, at.token) : QString();
    case channel_column: return at.channel;
    case value_column: return value_text(at.value);
    case ratio_column: return value_text(at.ratio);
    default: return {};
  }
}

QVariant PlaceModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  const QStringList names = {tr("L"), tr("tok"), tr("text"), tr("chan"), tr("h"), tr("× med")};
  const QStringList tips = {tr("Layer, counted from 0"),
                            tr("Token, counted from 0"),
                            tr("The token's text"),
                            tr("Channel of the residual stream, counted from 0"),
                            tr("h: residual stream after the block. No unit."),
                            tr("|h| / lower median of |h| of that layer")};
  if (role == Qt::DisplayRole) return names.value(section);
  if (role == Qt::ToolTipRole) return tips.value(section);
  return {};
}

void PlaceModel::sort(int column, Qt::SortOrder order) {
  const auto key = [column](const ActivationPlace& p) -> double {
    switch (column) {
      case layer_column: return p.layer;
      case channel_column: return p.channel;
      case value_column: return std::isnan(p.value) ? -1 : std::abs(p.value);
      case ratio_column: return std::isnan(p.ratio) ? -1 : p.ratio;
      default: return p.token;
    }
  };
  beginResetModel();
  std::stable_sort(places_.begin(), places_.end(), [&](const ActivationPlace& a, const ActivationPlace& b) {
    return order == Qt::AscendingOrder ? key(a) < key(b) : key(a) > key(b);
  });
  endResetModel();
}

MassiveTable::MassiveTable(QWidget* parent) : QTableView(parent), model_(new PlaceModel(this)) {
  setModel(model_);
  setTabKeyNavigation(false);  // Tab leaves it; arrows go through it
  setSelectionBehavior(QAbstractItemView::SelectRows);
  setEditTriggers(QAbstractItemView::NoEditTriggers);
  setAlternatingRowColors(true);
  setShowGrid(false);
  setWordWrap(false);
  setSortingEnabled(true);
  sortByColumn(-1, Qt::AscendingOrder);
  verticalHeader()->hide();
  verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
  horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  horizontalHeader()->setSectionResizeMode(PlaceModel::text_column, QHeaderView::Stretch);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setResizeContentsPrecision(100);  // rows that are measured: there may be thousands
  setAccessibleName(massive_title({}));
  connect(this, &QAbstractItemView::clicked, this,
          [this](const QModelIndex& index) { Q_EMIT placeChosen(model_->place(index.row())); });
}

void MassiveTable::setView(const InspectView& view, What what) {
  constexpr std::size_t kLargest = 3;  // of each layer, as the papers list them
  std::vector<ActivationPlace> places = what == What::massive ? view.massivePlaces() : view.largestPlaces(kLargest);
  filling_ = true;
  model_->setPlaces(view.pass, std::move(places));
  setAccessibleName(what == What::massive ? massive_title(view.rule) : tr("Largest three of each layer"));
  const int column = horizontalHeader()->sortIndicatorSection();
  if (column >= 0 && column < PlaceModel::n_column) model_->sort(column, horizontalHeader()->sortIndicatorOrder());
  filling_ = false;
}

QString MassiveTable::text(QChar separator, bool all) const {
  QString text = QStringList{QStringLiteral("layer"),   QStringLiteral("token"), QStringLiteral("text"),
                             QStringLiteral("channel"), QStringLiteral("h"),     QStringLiteral("ratio")}
                     .join(separator) +
                 QLatin1Char('\n');
  for (int row = 0; row < model_->rowCount(); ++row) {
    if (!all && !selectionModel()->isRowSelected(row)) continue;
    const ActivationPlace& at = model_->place(row);
    QString label = model_->index(row, PlaceModel::text_column).data().toString();
    label.replace(QLatin1Char('"'), QStringLiteral("\"\""));
    text += QString::number(at.layer) + separator + QString::number(at.token) + separator + QLatin1Char('"') + label +
            QLatin1Char('"') + separator + QString::number(at.channel) + separator +
            QString::number(static_cast<double>(at.value), 'g', 9) + separator +
            QString::number(static_cast<double>(at.ratio), 'g', 9) + QLatin1Char('\n');
  }
  return text;
}

void MassiveTable::copyRows() const {
  QGuiApplication::clipboard()->setText(text(QLatin1Char('\t'), !selectionModel()->hasSelection()));
}

void MassiveTable::keyPressEvent(QKeyEvent* event) {
  if (event->matches(QKeySequence::Copy)) {
    return copyRows();
  }
  if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && currentIndex().isValid()) {
    Q_EMIT placeChosen(model_->place(currentIndex().row()));
    return;
  }
  QTableView::keyPressEvent(event);
}

void MassiveTable::currentChanged(const QModelIndex& current, const QModelIndex& previous) {
  QTableView::currentChanged(current, previous);
  // Walking with the arrow keys shows each; a click is told once, by clicked().
  const bool by_key = hasFocus() && !(QGuiApplication::mouseButtons() & Qt::LeftButton);
  if (current.isValid() && by_key && !filling_) Q_EMIT placeChosen(model_->place(current.row()));
}

}  // namespace variometer
