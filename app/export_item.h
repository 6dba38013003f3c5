// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QStringList>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "widgets/card.h"

namespace variometer {

/// One thing the export dialog can write, whatever it comes from: a card of a run, a view of Inspect.
struct ExportItem {
  QString title, name;  ///< on screen; of files
  /// Cards of their own that draw the figure: its theme and size must not touch those on the screen.
  std::function<std::vector<std::unique_ptr<Card>>()> figure;
  std::function<QByteArray(Card::Rows)> numbers;  ///< as CSV
  QStringList legend = {};                        ///< the texts of its legend
  std::optional<ColourMap::Kind> colours = {};    ///< of its maps of sizes
  std::function<std::optional<FigureRecipe>()> recipe = {};
  std::function<void()> copy = {};  ///< image and numbers, to the clipboard
  /// The commands that make the same, as far as they depend on the item: "variometer render r.h5 --card loss --at 20",
  /// "variometer export ...". Empty: there is none.
  std::function<QStringList()> render = {};
  std::function<QStringList(Card::Rows)> table = {};
};

/// A card of a run. `record` is the run's file, empty when it is not recorded: then no command makes the same. The card
/// and the history must outlive the item.
ExportItem export_item(Card& card, const RunHistory& history, const QString& record);

}  // namespace variometer
