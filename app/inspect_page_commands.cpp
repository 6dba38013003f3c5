// SPDX-License-Identifier: GPL-3.0-or-later
// What keys and menus tell the Inspect perspective.
#include <QAction>
#include <QComboBox>
#include <QKeyEvent>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStandardItemModel>
#include <algorithm>

#include "app/inspect_page.h"
#include "widgets/inspect_attention.h"
#include "widgets/inspect_heat_map.h"
#include "widgets/inspect_signature.h"
#include "widgets/layer_rail.h"
#include "widgets/massive_table.h"
#include "widgets/panel_cell_test.h"
#include "widgets/weight_histogram.h"

namespace variometer {

int InspectPage::layerCount() const { return rail_->count(); }
void InspectPage::stepLayer(int by) { rail_->choose(rail_->layer() + by); }

void InspectPage::stepHead(int by) {
  const PassPtr pass = firstPass();
  if (!pass || pass->attention.empty()) return;
  view_.head = std::clamp<std::int64_t>(view_.head + by, -1, pass->attention.n_head - 1);
  showViews();
}

void InspectPage::pin() {
  const PassPtr pass = firstPass();
  if (!pass) return;
  pinned_ = pass;
  pinned_tokens_ = first_->tokens(0) != nullptr ? *first_->tokens(0) : TokenizedPrompt();
  pinned_model_ = QString::fromStdString(first_->facts().name);
  enableCompare();
  if (compare_ == Compare::pinned) return showPass();
  setCompare(Compare::pinned);
}

/// There is nothing to compare with before something was pinned, and stored numbers cannot be had without their BOS.
void InspectPage::enableCompare() {
  auto* items = qobject_cast<QStandardItemModel*>(compare_box_->model());
  const auto set = [&](Compare which, const QString& why_not) {
    QStandardItem* item = items->item(static_cast<int>(which));
    item->setEnabled(why_not.isEmpty());
    item->setToolTip(why_not);
  };
  set(Compare::pinned, pinned_ != nullptr ? QString() : tr("Pin a pass first (P in a plot)."));
  set(Compare::bos, isStored() ? tr("This file holds the numbers of one text, not the model.") : QString());
}

QAction* InspectPage::pinAction() const { return map_->plot().action("pin"); }

/// A plot's own commands are about the steps of a run; here they are about passes.
void InspectPage::adoptPlotActions() {
  for (const PlotCard* card :
       {static_cast<const PlotCard*>(map_), static_cast<const PlotCard*>(second_map_),
        static_cast<const PlotCard*>(attention_), static_cast<const PlotCard*>(second_attention_),
        static_cast<const PlotCard*>(histogram_)}) {
    card->plot().action("cursors")->setEnabled(false);
    QAction* pin = card->plot().action("pin");
    pin->disconnect();
    pin->setText(tr("Pin this pass"));
    pin->setToolTip(tr("Keeps what is shown, to subtract it from another prompt or model"));
    connect(pin, &QAction::triggered, this, &InspectPage::pin);
  }
}

void InspectPage::testCells(CellTest::Value value) {
  (value == CellTest::Value::zero ? test_->zeroButton() : test_->meanButton())->click();
}

bool InspectPage::canTestCells() const { return test_->zeroButton()->isEnabled(); }

void InspectPage::focusPrompt() {
  prompt_->setFocus();
  prompt_->selectAll();
}

void InspectPage::focusMassive() { massive_->setFocus(); }

void InspectPage::setColours(std::optional<ColourMap::Kind> kind) {
  for (Card* card : std::initializer_list<Card*>{map_, second_map_, signature_, second_signature_, attention_,
                                                 second_attention_, histogram_}) {
    card->setColours(kind);
  }
}

void InspectPage::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Up: return stepLayer(-1);
    case Qt::Key_Down: return stepLayer(1);
    case Qt::Key_PageUp: return stepHead(-1);
    case Qt::Key_PageDown: return stepHead(1);
    default: QWidget::keyPressEvent(event);
  }
}

}  // namespace variometer
