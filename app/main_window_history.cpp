// SPDX-License-Identifier: GPL-3.0-or-later
// Undo over views, layouts and mitigations; what the window's layout is.
#include <QDataStream>
#include <QDockWidget>
#include <QIODevice>
#include <QInputDialog>
#include <QLineEdit>
#include <QTimer>
#include <algorithm>
#include <utility>

#include "app/card_tabs.h"
#include "app/history_panel.h"
#include "app/main_window.h"
#include "app/perspectives.h"
#include "widgets/card.h"
#include "widgets/card_factory.h"
#include "widgets/event_text.h"
#include "widgets/panel_tree.h"

namespace variometer {

void MainWindow::buildHistory() {
  using Kind = UndoHistory::Kind;
  layouts_ = std::make_unique<LayoutSteps>(
      history_, [this] { return takeLayout(); }, [this](const QByteArray& bytes) { giveLayout(bytes); });
  history_->setOwner(Kind::view, {[this] {
                                    axis_.previousView();
                                    return true;
                                  },
                                  [this] {
                                    axis_.nextView();
                                    return true;
                                  }});
  connect(&axis_, &StepAxis::viewPushed, this, [this](const QString& what) { history_->pushed(Kind::view, what); });
  connect(&axis_, &StepAxis::viewUndone, this, [this] { history_->undone(Kind::view); });
  connect(&axis_, &StepAxis::viewRedone, this, [this] { history_->redone(Kind::view); });
  history_->setOwner(Kind::mitigation, {[this] { return undoSwitch(); }, [this] { return redoSwitch(); }});
  connect(history_, &UndoHistory::changed, this, &MainWindow::updateActions);

  connect(cards_, &CardTabs::layoutAboutToChange, this, [this] { layouts_->settle(); });
  connect(cards_, &CardTabs::layoutChanged, this, [this](const QString& what) {
    layouts_->note(what);
    updateActions();
  });
  for (QDockWidget* dock : docks_) {
    connect(dock, &QDockWidget::dockLocationChanged, this, &MainWindow::watchDocks);
    connect(dock, &QDockWidget::topLevelChanged, this, &MainWindow::watchDocks);
    connect(dock, &QDockWidget::visibilityChanged, this, &MainWindow::watchDocks);
  }
}

/// Which panels are where; what of them is on top does not count.
QString MainWindow::docksText() const {
  QString text;
  for (QDockWidget* dock : docks_) {
    text += QStringLiteral("%1%2%3 ")
                .arg(dock->isHidden())
                .arg(dock->isFloating())
                .arg(static_cast<int>(dockWidgetArea(dock)));
  }
  return text;
}

void MainWindow::watchDocks() {
  // Later: Qt says it in pieces, and the window moves them itself when another perspective is shown.
  QTimer::singleShot(0, this, [this] {
    if (!perspectives_->is("observe") || presenting() || closing_) return;
    const QString now = docksText();
    if (std::exchange(docks_now_, now) != now) layouts_->note(tr("Panels"));
  });
}

/// The layout is what it is: what follows is compared with it.
void MainWindow::settleLayout() {
  if (layouts_ == nullptr || !perspectives_->is("observe") || presenting()) return;
  docks_now_ = docksText();
  layouts_->settle();
}

QByteArray MainWindow::takeLayout() const {
  QByteArray bytes;
  QDataStream stream(&bytes, QIODevice::WriteOnly);
  stream << cards_->saveLayout() << saveState();
  return bytes;
}

void MainWindow::giveLayout(const QByteArray& bytes) {
  if (!perspectives_->is("observe") && shown_ != nullptr) showPerspective(QStringLiteral("observe"));
  QDataStream stream(bytes);
  QByteArray cards, docks;
  stream >> cards >> docks;
  cards_->restoreLayout(cards);
  if (perspectives_->is("observe")) restoreState(docks);
  docks_now_ = docksText();
}

/// A command was settled: what of it can be taken back.
void MainWindow::noteSwitches(const Command& command) {
  using Kind = UndoHistory::Kind;
  const auto& changes = session()->changes();
  const auto n_switch = static_cast<std::size_t>(
      std::count_if(changes.begin(), changes.end(), [](const RunSession::Change& change) { return change.is_switch; }));
  if (command.kind == Command::Kind::set && RunSession::isSwitch(command)) {
    const bool again = history_->count(Kind::mitigation, /*done=*/false) > session()->undoneSwitches().size();
    again ? history_->redone(Kind::mitigation)
          : history_->pushed(Kind::mitigation, switchName(command, changes.back().step));
  } else if (command.kind == Command::Kind::restore) {
    while (history_->count(Kind::mitigation, /*done=*/true) > n_switch) history_->undone(Kind::mitigation);
  }
}

QString MainWindow::switchName(const Command& command, std::int64_t step) {
  return tr("%1, from step %2").arg(event_sentence({step, "set", to_json(command).dump()})).arg(step);
}

/// Views and switches are of the run that is shown; layouts are of the window.
void MainWindow::showHistoryOfRun() {
  using Kind = UndoHistory::Kind;
  axis_.clearViews();
  history_->clear(Kind::view);
  history_->clear(Kind::mitigation);
  if (shown_ == nullptr) return;
  for (const RunSession::Change& change : session()->changes()) {
    if (change.is_switch) history_->pushed(Kind::mitigation, switchName(change.command, change.step));
  }
  const auto& undone = session()->undoneSwitches();
  for (auto command = undone.rbegin(); command != undone.rend(); ++command) {
    history_->pushed(Kind::mitigation, event_sentence({0, "set", to_json(*command).dump()}));
  }
  for (std::size_t i = 0; i < undone.size(); ++i) history_->undone(Kind::mitigation);
}

void MainWindow::buildCardActions() {
  using Direction = CardLayout::Direction;
  const auto add = [this](const char* id, const QString& text, const QString& tip, const char* key, const char* icon,
                          std::function<void()> run) {
    QList<QKeySequence> keys;
    if (*key != '\0') keys << QKeySequence(QString::fromLatin1(key));
    return actions_->add({QString::fromLatin1(id), text, tip, keys, QString::fromLatin1(icon)}, std::move(run));
  };
  QList<QAction*> of_a_card;
  for (const auto& [id, text, key, icon, direction] :
       {std::tuple{"card.left", tr("Move card &left"), "Alt+Shift+Left", "left", Direction::left},
        {"card.right", tr("Move card &right"), "Alt+Shift+Right", "right", Direction::right},
        {"card.up", tr("Move card &up"), "Alt+Shift+Up", "up", Direction::up},
        {"card.down", tr("Move card &down"), "Alt+Shift+Down", "down", Direction::down}}) {
    of_a_card << add(id, text, tr("The chosen card to the place on that side"), key, icon,
                     [this, to = direction] { cards_->moveCard(cards_->current(), to); });
  }
  of_a_card << add("card.remove", tr("Re&move card"), tr("The chosen card out of its tab; Add card brings it back"), "",
                   "card_remove", [this] { cards_->removeCard(cards_->current()); });
  cards_->setCardActions(of_a_card);
  model_->setPickActions({add("series.add", tr("&Add to the card"),
                              tr("What is selected in the tree, drawn in the chosen card"), "Ctrl+Return", "card_add",
                              [this] {
                                if (const auto pick = model_->pick()) cards_->addSeries(*pick, cards_->current());
                              }),
                          add("series.split", tr("Card of its &own"),
                              tr("A new card beside the chosen one, for what is selected in the tree"),
                              "Ctrl+Shift+Return", "card_add", [this] {
                                if (const auto pick = model_->pick())
                                  cards_->splitSeries(*pick, cards_->current(), Direction::right);
                              })});
  for (const QString& name : card_names()) {
    // At first each stands somewhere.
    const Card* known = cards_->card(name);
    actions_->add({.id = QStringLiteral("card.add.") + name,
                   .text = tr("Add card: %1").arg(known == nullptr ? name : known->title()),
                   .tip = tr("One more card in the tab that is shown"),
                   .keys = {},
                   .icon = QStringLiteral("card_add")},
                  [this, name] { cards_->addCard(name); });
  }
  add("tab.add", tr("Add &tab…"), tr("An empty tab for cards of your choice"), "", "tab_add", [this] {
    bool ok = false;
    const QString title = QInputDialog::getText(this, tr("Add tab"), tr("Its name:"), QLineEdit::Normal,
                                                tr("Tab %1").arg(cards_->count() + 1), &ok);
    if (ok && !title.trimmed().isEmpty()) cards_->addTab(title.trimmed());
  });
  add("tab.rename", tr("Re&name tab…"), tr("Another name for the tab that is shown"), "", "rename", [this] {
    bool ok = false;
    const QString title = QInputDialog::getText(this, tr("Rename tab"), tr("Its name:"), QLineEdit::Normal,
                                                cards_->tabText(cards_->currentIndex()), &ok);
    if (ok && !title.trimmed().isEmpty()) cards_->renameTab(title.trimmed());
  });
  add("tab.remove", tr("Remove ta&b"), tr("The tab that is shown, with its cards"), "", "tab_remove",
      [this] { cards_->removeTab(); });
}

void MainWindow::updateCardActions(const QString& not_observing) {
  using Direction = CardLayout::Direction;
  Card* card = cards_->current();
  for (const auto& [id, direction] : {std::pair{"card.left", Direction::left},
                                      {"card.right", Direction::right},
                                      {"card.up", Direction::up},
                                      {"card.down", Direction::down}}) {
    actions_->setAvailable(QString::fromLatin1(id), !not_observing.isEmpty() ? not_observing
                                                    : card == nullptr        ? tr("There is no card in this tab.")
                                                                             : cards_->whyNotMove(card, direction));
  }
  actions_->setAvailable(QStringLiteral("card.remove"), !not_observing.isEmpty() ? not_observing
                                                        : card == nullptr        ? tr("There is no card in this tab.")
                                                                                 : QString());
  const auto pick = model_->pick();
  const QString no_pick = pick ? QString() : tr("Nothing is selected in the tree of the model.");
  const Card::Offer offer = pick && card != nullptr ? card->offer(*pick) : Card::Offer{true, {}};
  actions_->setAvailable(QStringLiteral("series.add"), !not_observing.isEmpty() ? not_observing
                                                       : !pick                  ? no_pick
                                                       : card == nullptr        ? tr("There is no card in this tab.")
                                                       : offer.possible         ? QString()
                                                                                : offer.text + QLatin1Char('.'));
  actions_->setAvailable(QStringLiteral("series.split"), !not_observing.isEmpty() ? not_observing : no_pick);
  for (const QString& name : card_names()) actions_->setAvailable(QStringLiteral("card.add.") + name, not_observing);
  for (const char* id : {"tab.add", "tab.rename"}) actions_->setAvailable(QString::fromLatin1(id), not_observing);
  actions_->setAvailable(QStringLiteral("tab.remove"), !not_observing.isEmpty() ? not_observing
                                                       : cards_->count() == 1   ? tr("It is the only one.")
                                                                                : QString());
}

}  // namespace variometer
