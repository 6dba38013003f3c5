// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>

class QWidget;

namespace variometer {

class Card;
class StepAxis;

/// Every card there is, in the order people look at them; the names are those of core/base/card_table.h.
QStringList card_names();
/// A card by name; it belongs to `parent`. Null for a name that is not one of card_names().
Card* make_card(const QString& name, StepAxis* steps, QWidget* parent = nullptr);

}  // namespace variometer
