// SPDX-License-Identifier: GPL-3.0-or-later
// The views beside the heat map, and their export.
#include <QCheckBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QSaveFile>
#include <QSplitter>
#include <QTabWidget>
#include <QTableWidget>
#include <QVBoxLayout>

#include "app/inspect_page.h"
#include "app/settings.h"
#include "core/base/error.h"
#include "widgets/card_figure.h"
#include "widgets/inspect_attention.h"
#include "widgets/inspect_heat_map.h"
#include "widgets/inspect_signature.h"
#include "widgets/number_text.h"
#include "widgets/weight_histogram.h"

namespace variometer {
namespace {

/// A cell that is sorted by its number.
class NumberItem : public QTableWidgetItem {
 public:
  NumberItem(double value, const QString& text) : QTableWidgetItem(text), value_(value) {
    setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
  }
  bool operator<(const QTableWidgetItem& other) const override {
    const auto* number = dynamic_cast<const NumberItem*>(&other);
    return number != nullptr ? value_ < number->value_ : QTableWidgetItem::operator<(other);
  }

 private:
  double value_;
};

QString shape_text(const std::vector<std::int64_t>& shape) {
  QStringList sizes;
  for (const auto size : shape) sizes += QString::number(size);
  return sizes.join(QStringLiteral(" × "));
}

/// Two of a kind beside each other.
template <class View>
QSplitter* pair_of(View*& first, View*& second) {
  auto* both = new QSplitter(Qt::Horizontal);
  both->setChildrenCollapsible(false);
  both->addWidget(first = new View(both));
  both->addWidget(second = new View(both));
  second->hide();
  return both;
}

}  // namespace

void InspectPage::buildMoreViews() {
  tabs_->addTab(pair_of(signature_, second_signature_), tr("Signature"));
  auto* page = new QWidget(tabs_);
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 4, 0, 0);
  hide_key_ = new QCheckBox(tr("scale without the first key and the diagonal"), page);
  hide_key_->setToolTip(tr("A sink takes nearly all attention; this shows what the rest does"));
  connect(hide_key_, &QCheckBox::toggled, this, &InspectPage::showViews);
  column->addWidget(hide_key_);
  column->addWidget(pair_of(attention_, second_attention_), 1);
  tabs_->addTab(page, tr("Attention"));
  for (InspectAttention* view : {attention_, second_attention_}) {
    connect(view, &InspectAttention::headChosen, this, [this](int head) {
      view_.head = head;
      showViews();
    });
  }
  auto* weights = new QSplitter(Qt::Vertical);
  weights->setChildrenCollapsible(false);
  weights_ = new QTableWidget(0, 9, weights);
  weights_->setHorizontalHeaderLabels({tr("tensor"), tr("shape"), tr("std"), tr("mean"), tr("largest |w|"),
                                       tr("median |w|"), tr("kurtosis"), tr("skewness"), tr("not finite")});
  const QStringList tips = {tr("Hugging Face's name"),
                            tr("As saved"),
                            tr("Unbiased"),
                            {},
                            {},
                            tr("Exact lower median"),
                            tr("Excess: 0 for a normal distribution"),
                            {},
                            tr("NaN and infinities")};
  for (int i = 0; i < tips.size(); ++i) weights_->horizontalHeaderItem(i)->setToolTip(tips[i]);
  weights_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  weights_->setSelectionBehavior(QAbstractItemView::SelectRows);
  weights_->setAlternatingRowColors(true);
  weights_->setShowGrid(false);
  weights_->verticalHeader()->hide();
  weights_->setWordWrap(false);
  weights_->verticalHeader()->setDefaultSectionSize(weights_->fontMetrics().height() + 6);
  weights_->horizontalHeader()->setDefaultSectionSize(weights_->fontMetrics().averageCharWidth() * 13);
  weights_->setColumnWidth(0, weights_->fontMetrics().averageCharWidth() * 42);
  weights_->setAccessibleName(tr("Weight statistics"));
  histogram_ = new WeightHistogram(weights);
  weights->addWidget(weights_);
  weights->addWidget(histogram_);
  weights->setSizes({500, 260});
  tabs_->addTab(weights, tr("Weights"));
  connect(weights_, &QTableWidget::itemSelectionChanged, this, [this] {
    const int row = weights_->currentRow();
    if (row < 0 || weights_->item(row, 0) == nullptr) return;
    const auto index = weights_->item(row, 0)->data(Qt::UserRole).toULongLong();
    if (index < first_->weights().size()) histogram_->setWeight(first_->weights()[index]);
  });
}

void InspectPage::showMoreViews() {
  view_.hide_first_key = hide_key_->isChecked();
  InspectView other = view_;
  std::swap(other.pass, other.other);
  std::swap(other.label, other.other_label);
  const bool two = compare_ != Compare::none;
  second_signature_->setVisible(two);
  second_attention_->setVisible(two);
  if (tabs_->currentIndex() == 1) {
    signature_->setView(view_);
    if (two) second_signature_->setView(other);
  } else if (tabs_->currentIndex() == 2) {
    attention_->setView(view_);
    if (two) second_attention_->setView(other);
  }
}

void InspectPage::showWeights() {
  const auto& weights = first_->weights();
  const auto have = static_cast<std::size_t>(weights_->rowCount());
  if (weights.size() < have) {
    weights_->setRowCount(0);
    histogram_->setWeight(nullptr);
  }
  weights_->setSortingEnabled(false);
  for (auto i = static_cast<std::size_t>(weights_->rowCount()); i < weights.size(); ++i) {
    const WeightSummary& w = *weights[i];
    const int row = weights_->rowCount();
    weights_->insertRow(row);
    auto* name = new QTableWidgetItem(QString::fromStdString(w.info.name));
    name->setData(Qt::UserRole, static_cast<qulonglong>(i));
    weights_->setItem(row, 0, name);
    weights_->setItem(row, 1, new NumberItem(static_cast<double>(w.count), shape_text(w.info.shape)));
    int column = 2;
    for (const double value :
         {w.std, w.mean, static_cast<double>(w.abs_max), static_cast<double>(w.abs_median), w.kurtosis, w.skewness}) {
      weights_->setItem(row, column++, new NumberItem(value, value_text(value)));
    }
    weights_->setItem(row, column, new NumberItem(static_cast<double>(w.non_finite), QString::number(w.non_finite)));
  }
  weights_->setSortingEnabled(first_->state() != InspectSide::State::loading);
}

Card* InspectPage::shownCard() const {
  switch (tabs_->currentIndex()) {
    case 1: return signature_;
    case 2: return attention_;
    case 3: return histogram_;
    default: return map_;
  }
}

void InspectPage::exportView() {
  Card* card = shownCard();
  const QString folder = settings().value(QStringLiteral("export_folder"), recordFolder()).toString();
  const QString file = QFileDialog::getSaveFileName(this, tr("Export %1").arg(card->title()),
                                                    folder + QLatin1Char('/') + card->name() + QStringLiteral(".png"),
                                                    tr("Figures and numbers (*.png *.svg *.pdf *.csv)"));
  if (file.isEmpty()) return;
  settings().setValue(QStringLiteral("export_folder"), QFileInfo(file).absolutePath());
  exportTo(file);
}

namespace {

void write_text(const QString& file, const QString& text) {
  QSaveFile out(file);
  const QByteArray bytes = text.toUtf8();
  if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() || !out.commit()) {
    throw file_error(file.toStdString() + ": " + out.errorString().toStdString());
  }
}

}  // namespace

bool InspectPage::exportTo(const QString& file) {
  Card* card = shownCard();
  try {
    if (file.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive)) {
      write_text(file, card->table(QLatin1Char(','), Card::Rows::all));
      return true;
    }
    // A card of its own: the figure's colours and size must not touch the one on the screen.
    std::unique_ptr<Card> figure;
    if (tabs_->currentIndex() == 0) {
      auto map = std::make_unique<InspectHeatMap>();
      map->setView(view_);
      if (!map_->plot().untouched()) map->plot().setView(map_->plot().xRange(), map_->plot().yRange());
      figure = std::move(map);
    } else if (tabs_->currentIndex() == 1) {
      auto signature = std::make_unique<InspectSignature>();
      signature->setState(signature_->state());
      signature->setView(view_);
      figure = std::move(signature);
    } else if (tabs_->currentIndex() == 2) {
      auto attention = std::make_unique<InspectAttention>();
      attention->setView(view_);
      figure = std::move(attention);
    } else {
      auto histogram = std::make_unique<WeightHistogram>();
      histogram->setWeight(histogram_->weight());
      figure = std::move(histogram);
    }
    save_figure({figure.get()}, file, {});
    return true;
  } catch (const std::exception& error) {
    showProblem(QString::fromUtf8(error.what()));
    return false;
  }
}

}  // namespace variometer
