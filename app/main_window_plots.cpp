// SPDX-License-Identifier: GPL-3.0-or-later
// What can be told to the chosen plot, of whichever perspective, and to the pictures in all of them.
#include <QActionGroup>
#include <utility>

#include "app/card_tabs.h"
#include "app/inspect_page.h"
#include "app/main_window.h"
#include "app/mark_book.h"
#include "app/perspectives.h"
#include "app/settings.h"
#include "widgets/card_plot.h"

namespace variometer {
namespace {

constexpr auto kColourSetting = "colour_map";

}  // namespace

Card* MainWindow::chosenCard() const {
  if (perspectives_->is("inspect")) return inspect_->shownCard();
  return perspectives_->is("observe") && shown_ != nullptr ? cards_->current() : nullptr;
}

QAction* MainWindow::plotAction(const char* id) const {
  if (perspectives_->is("inspect") && QLatin1String(id) == QLatin1String("pin")) return inspect_->pinAction();
  const Card* card = chosenCard();
  return card == nullptr ? nullptr : card->findChild<QAction*>(QString::fromLatin1(id));
}

void MainWindow::buildPlotActions() {
  for (const auto& [id, text, tip, key, icon, checkable] :
       {std::tuple{"fit", tr("F&it"), tr("Show everything and follow the run"), "F", "fit", false},
        {"fit_x", tr("Fit X"), tr("Fit the horizontal axis"), "X", "fit_x", false},
        {"fit_y", tr("Fit Y"), tr("Fit the vertical axis"), "Y", "fit_y", false},
        {"log_x", tr("Log &X"), tr("Logarithmic horizontal axis"), "G", "log_x", true},
        {"log_y", tr("Log &Y"), tr("Logarithmic vertical axis"), "L", "log_y", true},
        {"smoothing", tr("Smoot&hing"), tr("The moving average of the chosen card, or the raw line alone"), "S",
         "smooth", false},
        {"cursors", tr("&Cursors A and B"),
         tr("Both at the step shown; ← → then move A, and every card says how far it is from B. Again: without"), "C",
         "cursors", false},
        {"tie", tr("T&ie steps"), tr("Tied, all cards show the same steps; let go, the chosen one is zoomed by itself"),
         "T", "tie", true},
        {"pin", tr("&Pin"),
         tr("Keeps what is shown to compare with: in Observe the step, as cursor B; in Inspect the pass"), "P", "pin",
         false}}) {
    actions_->add({.id = QStringLiteral("view.") + QLatin1String(id),
                   .text = text,
                   .tip = tip,
                   .keys = {QKeySequence(QLatin1String(key))},
                   .icon = QLatin1String(icon),
                   .checkable = checkable,
                   .in_plots = true},
                  [this, id = id] {
                    if (QAction* action = plotAction(id)) action->trigger();
                    updatePlotActions();
                  });
  }
  cards_->addPlotAction(actions_->add({.id = QStringLiteral("view.marker"),
                                       .text = tr("Add &marker…"),
                                       .tip = tr("A remark at the step shown, on every card and in the record"),
                                       .keys = {QKeySequence(QStringLiteral("M"))},
                                       .icon = QStringLiteral("flag"),
                                       .in_plots = true},
                                      [this] { marks_->askToAdd(axis_.shownStep()); }));
  auto* group = new QActionGroup(this);
  const QString now = settings().value(QLatin1String(kColourSetting)).toString();
  for (const auto& [name, text] : {std::pair{QString(), tr("Each view's &own")},
                                   {QStringLiteral("viridis"), QStringLiteral("&viridis")},
                                   {QStringLiteral("cividis"), QStringLiteral("&cividis")},
                                   {QStringLiteral("magma"), QStringLiteral("&magma")},
                                   {QStringLiteral("grey"), QStringLiteral("&grey")}}) {
    QAction* action = actions_->add({.id = QStringLiteral("colours.") + (name.isEmpty() ? QStringLiteral("own") : name),
                                     .text = text,
                                     .tip = tr("Colours of maps of sizes; signed ones stay blue, white and orange"),
                                     .keys = {},
                                     .icon = QStringLiteral("colours"),
                                     .checkable = true},
                                    [this, name = name] { setColourMap(name); });
    group->addAction(action);
    action->setChecked(name == now);
  }
  setColourMap(now);
}

void MainWindow::updatePlotActions() {
  const QString no_plot = tr("There is no plot in sight.");
  for (const char* id : {"fit", "fit_x", "fit_y", "log_x", "log_y", "smoothing", "cursors", "tie", "pin"}) {
    const QString whole = QStringLiteral("view.") + QLatin1String(id);
    const QAction* action = plotAction(id);
    QString why_not;
    if (chosenCard() == nullptr) {
      why_not = no_plot;
    } else if (action == nullptr || !action->isEnabled()) {
      why_not = tr("%1 has no use for it.").arg(chosenCard()->title());
    }
    actions_->setAvailable(whole, why_not);
    QAction* shown = actions_->require(whole);
    if (shown->isCheckable()) shown->setChecked(action != nullptr && action->isChecked());
  }
  const bool steps = perspectives_->is("observe") && shown_ != nullptr;
  actions_->setAvailable(QStringLiteral("view.marker"),
                         steps ? QString() : tr("Markers stand at the steps of a run: see Observe (Ctrl+2)."));
}

void MainWindow::setColourMap(const QString& name) {
  settings().setValue(QLatin1String(kColourSetting), name);
  const auto kind = ColourMap::named(name);
  cards_->setColours(kind);
  inspect_->setColours(kind);
}

void MainWindow::addMarker(std::int64_t step, const QString& text) { marks_->add({step, text.toStdString()}); }

}  // namespace variometer
