// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/card_table_dialog.h"

#include <QAbstractTableModel>
#include <QAction>
#include <QClipboard>
#include <QDialogButtonBox>
#include <QGuiApplication>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>
#include <cmath>

#include "widgets/card.h"

namespace variometer {
namespace {

/// A CardTable as it is: however long, only what is seen is turned into text.
class TableModel : public QAbstractTableModel {
 public:
  TableModel(CardTable table, QObject* parent) : QAbstractTableModel(parent), table_(std::move(table)) {}
  int rowCount(const QModelIndex& parent) const override {
    return parent.isValid() ? 0 : static_cast<int>(table_.n_row());
  }
  int columnCount(const QModelIndex& parent) const override {
    return parent.isValid() ? 0 : static_cast<int>(table_.columns.size());
  }
  QVariant data(const QModelIndex& index, int role) const override {
    const CardTable::Column& column = table_.columns[static_cast<std::size_t>(index.column())];
    const auto row = static_cast<std::size_t>(index.row());
    if (role == Qt::TextAlignmentRole) {
      return QVariant(column.is_text ? Qt::AlignLeft | Qt::AlignVCenter : Qt::AlignRight | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) return {};
    if (column.is_text) return QString::fromStdString(column.texts[row]);
    const double value = column.numbers[row];
    if (std::isnan(value)) return QStringLiteral("–");
    return QString::number(value, 'g', std::abs(value) < 1e15 && std::trunc(value) == value ? 15 : 7);
  }
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override {
    if (role != Qt::DisplayRole) return {};
    if (orientation == Qt::Vertical) return section + 1;
    const CardTable::Column& column = table_.columns[static_cast<std::size_t>(section)];
    const QString name = QString::fromStdString(column.name);
    return column.unit.empty() ? name : name + QStringLiteral(" (") + QString::fromStdString(column.unit) + ')';
  }

 private:
  const CardTable table_;
};

}  // namespace

CardTableDialog::CardTableDialog(const Card& card, QWidget* parent) : QDialog(parent), view_(new QTableView(this)) {
  view_->setTabKeyNavigation(false);  // Tab leaves it; arrows go through it
  setWindowTitle(tr("Table: %1").arg(card.title()));
  auto* layout = new QVBoxLayout(this);
  QString said = card.summary();
  if (const std::int64_t before = card.history() ? card.history()->grouped_before() : 0; before > 0) {
    said += '\n' + tr("Of steps before %1 one measurement of up to %2 is listed: the others are in the record.")
                       .arg(before)
                       .arg(card.history()->group_size());
  }
  auto* summary = new QLabel(said, this);
  summary->setWordWrap(true);
  summary->setTextFormat(Qt::PlainText);
  layout->addWidget(summary);
  view_->setModel(new TableModel(card.cells(Card::Rows::visible), view_));
  view_->setAccessibleName(card.title());
  view_->setWordWrap(false);
  view_->horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
  view_->horizontalHeader()->setResizeContentsPrecision(50);
  view_->resizeColumnsToContents();
  view_->verticalHeader()->setDefaultSectionSize(view_->fontMetrics().height() + 6);
  auto* copy = new QAction(tr("Copy"), this);
  copy->setShortcut(QKeySequence::Copy);
  copy->setShortcutContext(Qt::WidgetWithChildrenShortcut);
  view_->addAction(copy);
  view_->setContextMenuPolicy(Qt::ActionsContextMenu);
  connect(copy, &QAction::triggered, this, &CardTableDialog::copySelection);
  layout->addWidget(view_, 1);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  layout->addWidget(buttons);
  resize(fontMetrics().averageCharWidth() * 90, fontMetrics().lineSpacing() * 32);
  view_->setFocus();
  if (view_->model()->rowCount() > 0) view_->setCurrentIndex(view_->model()->index(0, 0));
}

void CardTableDialog::copySelection() {
  QModelIndexList cells = view_->selectionModel()->selectedIndexes();
  std::sort(cells.begin(), cells.end());
  QString text;
  int row = cells.isEmpty() ? 0 : cells.front().row();
  for (const QModelIndex& cell : cells) {
    if (!text.isEmpty()) text += cell.row() == row ? QLatin1Char('\t') : QLatin1Char('\n');
    row = cell.row();
    text += cell.data().toString();
  }
  QGuiApplication::clipboard()->setText(text);
}

}  // namespace variometer
