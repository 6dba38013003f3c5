// SPDX-License-Identifier: GPL-3.0-or-later
// What is shown in the Inspect perspective, to the clipboard and to files.
#include <QSaveFile>
#include <QTabWidget>

#include "app/export_dialog.h"
#include "app/inspect_page.h"
#include "core/base/error.h"
#include "widgets/card_figure.h"
#include "widgets/inspect_attention.h"
#include "widgets/inspect_heat_map.h"
#include "widgets/inspect_signature.h"
#include "widgets/massive_table.h"
#include "widgets/weight_histogram.h"

namespace variometer {

namespace {

void write_bytes(const QString& file, const QByteArray& bytes) {
  QSaveFile out(file);
  if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() || !out.commit()) {
    throw file_error(file.toStdString() + ": " + out.errorString().toStdString());
  }
}

}  // namespace

QString InspectPage::copy() {
  if (massive_->hasFocus()) {
    massive_->copyRows();
    return tr("rows of the table");
  }
  shownCard()->copyImage();
  return shownCard()->title();
}

void InspectPage::exportView() {
  Card* card = shownCard();
  const auto* plotted = dynamic_cast<const PlotCard*>(card);
  ExportItem item{.title = card->title(),
                  .name = card->name(),
                  .figure = [this] { return figures(); },
                  .numbers = [this](Card::Rows) { return numbers(); },
                  .legend = plotted == nullptr ? QStringList() : plotted->legendNames(),
                  .colours = card->colours(),
                  .copy = [this] { copy(); }};
  ExportDialog dialog({std::move(item)}, this);
  dialog.exec();
}

QByteArray InspectPage::numbers() const {
  const Card* card = shownCard();
  const QString text = card == histogram_ ? weightsText() : card->table(QLatin1Char(','), Card::Rows::all);
  const QString title = card == histogram_ ? tr("Weight statistics") : card->title();
  return (QStringLiteral("# ") + title + QStringLiteral("\n# ") + card->provenance() + QLatin1Char('\n') + text)
      .toUtf8();
}

/// Cards of their own: a figure's colours and size must not touch those on the screen.
std::vector<std::unique_ptr<Card>> InspectPage::figures() const {
  std::vector<std::unique_ptr<Card>> cards;
  std::vector<InspectView> views{view_};
  const bool difference = tabs_->currentIndex() == 0 && view_.mode == InspectView::Mode::difference;
  if (compare_ != Compare::none && !difference) views.push_back(view_.swapped());
  for (const InspectView& view : views) {
    if (tabs_->currentIndex() == 0) {
      auto map = std::make_unique<InspectHeatMap>();
      map->setView(view);
      if (!map_->plot().untouched()) map->plot().setView(map_->plot().xRange(), map_->plot().yRange());
      cards.push_back(std::move(map));
    } else if (tabs_->currentIndex() == 1) {
      auto signature = std::make_unique<InspectSignature>();
      signature->setState(signature_->state());
      signature->setView(view);
      cards.push_back(std::move(signature));
    } else if (tabs_->currentIndex() == 2) {
      auto attention = std::make_unique<InspectAttention>();
      attention->setColouring(attention_->colouring());
      attention->setView(view);
      for (const InspectAttention* shown : {attention_, second_attention_}) attention->setPart(shown->part());
      if (!attention_->plot().untouched()) {
        attention->plot().setView(attention_->plot().xRange(), attention_->plot().yRange());
      }
      cards.push_back(std::move(attention));
    }
  }
  if (tabs_->currentIndex() == 3) {
    auto histogram = std::make_unique<WeightHistogram>();
    histogram->setModel(QString::fromStdString(weightsSide().facts().name));
    histogram->setWeight(histogram_->weight());
    cards.push_back(std::move(histogram));
  }
  return cards;
}

bool InspectPage::exportTo(const QString& file) {
  try {
    if (file.endsWith(QLatin1String(".csv"), Qt::CaseInsensitive)) {
      write_bytes(file, numbers());
      return true;
    }
    const auto cards = figures();
    QList<Card*> pointers;
    for (const auto& card : cards) pointers += card.get();
    save_figure(pointers, file, {.colours = shownCard()->colours()});
    return true;
  } catch (const std::exception& error) {
    showProblem(QString::fromUtf8(error.what()));
    return false;
  }
}

}  // namespace variometer
