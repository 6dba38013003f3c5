// SPDX-License-Identifier: GPL-3.0-or-later
// The views beside the heat map.
#include <QCheckBox>
#include <QSplitter>
#include <QTabWidget>
#include <QVBoxLayout>

#include "app/inspect_page.h"
#include "widgets/inspect_attention.h"
#include "widgets/inspect_heat_map.h"
#include "widgets/inspect_signature.h"
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
  column->addWidget(hide_sink_);
  column->addWidget(pair_of(attention_, second_attention_), 1);
  tabs_->addTab(page, tr("Attention"));
  for (InspectAttention* view : {attention_, second_attention_}) {
    connect(view, &InspectAttention::headChosen, this, [this](int head) {
      view_.head = head;
      showViews();
    });
  }
  tabs_->addTab(buildWeights(), tr("Weights"));
}

void InspectPage::showMoreViews() {
  const bool two = compare_ != Compare::none;
  second_signature_->setVisible(two);
  second_attention_->setVisible(two);
  if (tabs_->currentIndex() == 1) {
    signature_->setView(view_);
    if (two) second_signature_->setView(view_.swapped());
  } else if (tabs_->currentIndex() == 2) {
    attention_->setView(view_);
    if (two) second_attention_->setView(view_.swapped());
    // Where all layers would take too much, only the one that was looked at last is there.
    const auto missing = [this](const PassPtr& pass) {
      return pass && !pass->attention.empty() && view_.layer < pass->attention.n_layer &&
             !pass->attention.has(view_.layer);
    };
    if (missing(view_.pass) || missing(view_.other)) askSoon();
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
