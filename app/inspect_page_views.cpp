// SPDX-License-Identifier: GPL-3.0-or-later
// The views beside the heat map, and their export.
#include <QTabWidget>

#include "app/inspect_page.h"
#include "widgets/inspect_heat_map.h"

namespace variometer {

void InspectPage::buildMoreViews() {}
void InspectPage::showMoreViews() {}
void InspectPage::showWeights() {}
Card* InspectPage::shownCard() const { return map_; }
void InspectPage::exportView() {}

}  // namespace variometer
