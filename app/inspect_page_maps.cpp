// SPDX-License-Identifier: GPL-3.0-or-later
// The two heat maps, the tokens and the table keep to one place.
#include <QTabWidget>

#include "app/inspect_page.h"
#include "widgets/inspect_heat_map.h"
#include "widgets/massive_table.h"
#include "widgets/panel_cell_test.h"
#include "widgets/token_strip.h"

namespace variometer {

void InspectPage::jumpTo(const ActivationPlace& place) {
  tabs_->setCurrentIndex(0);
  setLayer(place.layer);
  if (listsSecond() && view_.mode != InspectView::Mode::difference) {
    second_map_->jumpTo(place.token, place.channel);
    map_->select(place.token + tokenShift(), place.channel);
    second_tokens_->setSelected(place.token);
  } else {
    const std::int64_t token = place.token + (listsSecond() ? tokenShift() : 0);
    map_->jumpTo(token, place.channel);
    second_map_->select(token - tokenShift(), place.channel);
    tokens_->setSelected(static_cast<int>(token));
  }
  showCell();
}

void InspectPage::showToken(int token) {
  const auto selected = map_->selectedCell();
  map_->select(token, selected ? selected->column : 0);
  showCell();
}

std::int64_t InspectPage::tokenShift() const {
  return view_.pass && view_.other ? token_shift(*view_.pass, *view_.other).value_or(0) : 0;
}

/// What one map shows the other shows too: the same channels, and the same tokens where one has a BOS before them.
void InspectPage::align(InspectHeatMap* to, const InspectHeatMap* from) {
  if (linking_ || !to->isVisible()) return;
  linking_ = true;
  if (from->plot().untouched()) {
    to->plot().fit();
  } else {
    const auto shift = static_cast<double>(from == map_ ? -tokenShift() : tokenShift());
    const QCPRange y = from->plot().yRange();
    to->plot().setView(from->plot().xRange(), {y.lower + shift, y.upper + shift});
  }
  linking_ = false;
}

void InspectPage::linkMaps() {
  connect(&map_->plot(), &Plot::viewChanged, this, [this] { align(second_map_, map_); });
  connect(&second_map_->plot(), &Plot::viewChanged, this, [this] { align(map_, second_map_); });
  connect(map_, &InspectHeatMap::cellClicked, this, [this](qint64 token, qint64 channel) {
    tokens_->setSelected(static_cast<int>(token));
    second_map_->select(token - tokenShift(), channel);
    test_->clearResult();
    showCell();
  });
  connect(second_map_, &InspectHeatMap::cellClicked, this, [this](qint64 token, qint64 channel) {
    second_tokens_->setSelected(static_cast<int>(token));
    map_->select(token + tokenShift(), channel);
    test_->clearResult();
    showCell();
  });
}

}  // namespace variometer
