// SPDX-License-Identifier: GPL-3.0-or-later
// The views beside the heat map.
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>

#include "app/inspect_page.h"
#include "widgets/inspect_attention.h"
#include "widgets/inspect_heat_map.h"
#include "widgets/inspect_signature.h"
#include "widgets/number_field.h"
#include "widgets/weight_histogram.h"

namespace variometer {
namespace {

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
  hide_sink_ = new QCheckBox(tr("hide sink key"), page);
  hide_sink_->setToolTip(
      tr("Leaves out the key that later queries give most attention to, so that the colours show what "
         "the rest does; the probabilities stay as they are"));
  connect(hide_sink_, &QCheckBox::toggled, this, &InspectPage::showViews);
  colouring_ = new QComboBox(page);
  colouring_->addItem(tr("colours by length"));
  colouring_->addItem(tr("linear colours"));
  colouring_->addItem(tr("logarithmic colours"));
  colouring_->setAccessibleName(tr("Colours of attention"));
  colouring_->setToolTip(tr("By length: linear to 1 for texts of up to %1 keys; logarithmic beyond, where nearly all "
                            "probabilities are far below 1. The scale stands below the map.")
                             .arg(InspectAttention::kLinearKeys));
  connect(colouring_, &QComboBox::currentIndexChanged, this, [this](int index) {
    for (InspectAttention* view : {attention_, second_attention_}) {
      view->setColouring(static_cast<InspectAttention::Colours>(index));
    }
  });
  auto* bar = new QHBoxLayout;
  column->addLayout(bar);
  column->addWidget(pair_of(attention_, second_attention_), 1);
  bar->addWidget(attention_->headBox());  // of both maps
  attention_->headBox()->show();
  bar->addSpacing(10);
  bar->addWidget(colouring_);
  bar->addSpacing(10);
  bar->addWidget(hide_sink_);
  bar->addStretch(1);
  tabs_->addTab(page, tr("Attention"));
  for (InspectAttention* view : {attention_, second_attention_}) {
    connect(view, &InspectAttention::headChosen, this, [this](int head) {
      view_.head = head;
      showViews();
    });
    // Whoever made the pass knows how to compute its cells again.
    connect(view, &InspectAttention::cellsWanted, this, [this, view](const AttentionRequest& cells) {
      const bool second = view == second_attention_ && compare_ == Compare::models;
      (second ? second_ : first_)->look(cells);
    });
  }
  tabs_->addTab(buildWeights(), tr("Weights"));
}

void InspectPage::showMoreViews() {
  const bool two = compare_ != Compare::none;
  // A view that is not looked at must not keep an earlier pass alive: that of a long text is hundreds of megabytes.
  const int tab = tabs_->currentIndex();
  if (tab != 0 || !two) second_map_->setView({});
  if (tab != 0) map_->setView({});
  if (tab != 1) signature_->setView({});
  if (tab != 1 || !two) second_signature_->setView({});
  if (tab != 2) attention_->setView({});
  if (tab != 2 || !two) second_attention_->setView({});
  second_signature_->setVisible(two);
  second_attention_->setVisible(two);
  if (tabs_->currentIndex() == 1) {
    signature_->setView(view_);
    if (two) second_signature_->setView(view_.swapped());
  } else if (tabs_->currentIndex() == 2) {
    attention_->setView(view_);
    if (two) second_attention_->setView(view_.swapped());
  }
}

Card* InspectPage::shownCard() const {
  switch (tabs_->currentIndex()) {
    case 1: return signature_;
    case 2: return attention_;
    case 3: return histogram_;
    default: return map_;
  }
}

}  // namespace variometer
