// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/inspect_page.h"

#include <QLabel>
#include <QVBoxLayout>

namespace variometer {

InspectPage::InspectPage(QWidget* parent) : QWidget(parent) {
  auto* layout = new QVBoxLayout(this);
  auto* empty = new QLabel(tr("No model is open here yet."), this);
  empty->setAlignment(Qt::AlignCenter);
  layout->addWidget(empty);
}

bool InspectPage::openPath(const QString& /*path*/) { return false; }

}  // namespace variometer
