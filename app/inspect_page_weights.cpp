// SPDX-License-Identifier: GPL-3.0-or-later
// The table of weights of the Inspect perspective, and the histogram of one.
#include <QComboBox>
#include <QHeaderView>
#include <QSplitter>
#include <QTabWidget>
#include <QTableWidget>
#include <QVBoxLayout>
#include <cmath>

#include "app/inspect_page.h"
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

}  // namespace

QWidget* InspectPage::buildWeights() {
  auto* page = new QWidget(tabs_);
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 4, 0, 0);
  weights_model_ = new QComboBox(page);
  weights_model_->setObjectName(QStringLiteral("weights_model"));
  weights_model_->addItems({{}, {}});
  weights_model_->setAccessibleName(tr("Whose weights are listed"));
  weights_model_->hide();
  connect(weights_model_, &QComboBox::currentIndexChanged, this, [this] {
    weights_->setRowCount(0);
    histogram_->setWeight(nullptr);
    showWeights();
  });
  auto* weights = weights_split_ = new QSplitter(Qt::Vertical);
  weights->setChildrenCollapsible(false);
  weights_ = new QTableWidget(0, 9, weights);
  weights_->setTabKeyNavigation(false);  // Tab leaves it; arrows go through it
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
  weights_->setTextElideMode(Qt::ElideMiddle);  // names differ at both ends
  weights_->verticalHeader()->setDefaultSectionSize(weights_->fontMetrics().height() + 6);
  weights_->horizontalHeader()->setDefaultSectionSize(weights_->fontMetrics().averageCharWidth() * 13);
  weights_->setColumnWidth(1, weights_->fontMetrics().averageCharWidth() * 17);
  weights_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
  weights_->horizontalHeader()->setMinimumSectionSize(weights_->fontMetrics().averageCharWidth() * 10);
  weights_->setAccessibleName(tr("Weight statistics"));
  histogram_ = new WeightHistogram(weights);
  weights->addWidget(weights_);
  weights->addWidget(histogram_);
  weights->setSizes({500, 260});
  // In the order of the files until a column is chosen; once more, and once more, gives that order back.
  weights_->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
  weights_->horizontalHeader()->setSortIndicatorClearable(true);
  connect(weights_, &QTableWidget::itemSelectionChanged, this, [this] {
    const int row = weights_->currentRow();
    if (row < 0 || weights_->item(row, 0) == nullptr) return;
    const auto index = weights_->item(row, 0)->data(Qt::UserRole).toULongLong();
    const auto& all = weightsSide().weights();
    if (index < all.size()) histogram_->setWeight(all[index]);
  });
  column->addWidget(weights_model_);
  column->addWidget(weights, 1);
  return page;
}

const InspectSide& InspectPage::weightsSide() const {
  return compare_ == Compare::models && weights_model_->currentIndex() == 1 ? *second_ : *first_;
}

void InspectPage::showWeights() {
  const auto name_of = [](const InspectSide& each) { return QString::fromStdString(each.facts().name); };
  weights_model_->setItemText(0, name_of(*first_));
  weights_model_->setItemText(1, name_of(*second_));
  const InspectSide& side = weightsSide();
  const auto& weights = side.weights();
  const auto have = static_cast<std::size_t>(weights_->rowCount());
  if (weights.size() < have) {
    weights_->setRowCount(0);
    histogram_->setWeight(nullptr);
  }
  histogram_->setModel(name_of(side));
  weights_->setSortingEnabled(false);
  for (auto i = static_cast<std::size_t>(weights_->rowCount()); i < weights.size(); ++i) {
    const WeightSummary& w = *weights[i];
    const int row = weights_->rowCount();
    weights_->insertRow(row);
    auto* name = new QTableWidgetItem(QString::fromStdString(w.info.name));
    name->setData(Qt::UserRole, static_cast<qulonglong>(i));
    name->setToolTip(name->text());
    weights_->setItem(row, 0, name);
    weights_->setItem(row, 1, new NumberItem(static_cast<double>(w.count), shape_text(w.info.shape)));
    int column = 2;
    for (const double value :
         {w.std, w.mean, static_cast<double>(w.abs_max), static_cast<double>(w.abs_median), w.kurtosis, w.skewness}) {
      weights_->setItem(row, column++, new NumberItem(value, value_text(value)));
    }
    weights_->setItem(row, column, new NumberItem(static_cast<double>(w.non_finite), QString::number(w.non_finite)));
  }
  const bool loading = side.state() == InspectSide::State::loading;
  const int by = weights_->horizontalHeader()->sortIndicatorSection();
  weights_->setSortingEnabled(!loading);
  if (by < 0) weights_->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
  if (weights_->currentRow() < 0 && weights_->rowCount() > 0) weights_->selectRow(0);
}

/// Every tensor, a row each, numbers in full.
QString InspectPage::weightsText() const {
  QString text = QStringLiteral("tensor,shape,count,std,mean,abs_max,abs_median,kurtosis,skewness,non_finite\n");
  for (const WeightSummaryPtr& weight : weightsSide().weights()) {
    QStringList sizes;
    for (const auto size : weight->info.shape) sizes += QString::number(size);
    QStringList fields{QString::fromStdString(weight->info.name), sizes.join(QLatin1Char('x')),
                       QString::number(weight->count)};
    for (const double value : {weight->std, weight->mean, static_cast<double>(weight->abs_max),
                               static_cast<double>(weight->abs_median), weight->kurtosis, weight->skewness}) {
      fields += std::isfinite(value) ? QString::number(value, 'g', 9) : QString();
    }
    fields += QString::number(weight->non_finite);
    text += fields.join(QLatin1Char(',')) + QLatin1Char('\n');
  }
  return text;
}

}  // namespace variometer
