// SPDX-License-Identifier: GPL-3.0-or-later
// Commands on cards and tabs, and the buttons beside the tabs.
#include <QHBoxLayout>
#include <QInputDialog>
#include <QLineEdit>
#include <QMenu>
#include <QTabBar>
#include <QToolButton>
#include <string>
#include <utility>

#include "app/card_tabs.h"
#include "app/main_window.h"
#include "widgets/card.h"
#include "widgets/card_factory.h"
#include "widgets/panel_tree.h"

namespace variometer {
namespace {

constexpr int kMostColumns = 4;

}  // namespace

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
  for (int n = 1; n <= kMostColumns; ++n) {
    add(("tab.columns." + std::to_string(n)).c_str(),
        n == 1 ? tr("Cards in &1 column") : tr("Cards in &%1 columns").arg(n),
        tr("The cards of the tab that is shown in rows of that many"), "", "layout", [this, n] { cards_->arrange(n); });
  }
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
  for (int n = 1; n <= kMostColumns; ++n) {
    const QString why = !not_observing.isEmpty() ? not_observing : cards_->whyNotArrange(n);
    actions_->setAvailable(QStringLiteral("tab.columns.%1").arg(n), why);
  }
  for (const char* id : {"tab.add", "tab.rename"}) actions_->setAvailable(QString::fromLatin1(id), not_observing);
  actions_->setAvailable(QStringLiteral("tab.remove"), !not_observing.isEmpty() ? not_observing
                                                       : cards_->count() == 1   ? tr("It is the only one.")
                                                                                : QString());
}

void MainWindow::buildCardButtons() {
  auto* corner = new QWidget(cards_);
  auto* row = new QHBoxLayout(corner);
  row->setContentsMargins(0, 0, 6, 0);
  row->setSpacing(2);
  QWidget* before = cards_->tabBar();  // as they stand
  const auto button = [&](const char* action, const QString& name, const QString& tip, QMenu* menu) {
    auto* made = new QToolButton(corner);
    made->setDefaultAction(actions_->require(QString::fromLatin1(action)));  // its icon follows the theme
    made->setAccessibleName(name);
    made->setToolTip(tip);
    made->setAutoRaise(true);
    made->setPopupMode(QToolButton::InstantPopup);
    made->setMenu(menu);
    setTabOrder(std::exchange(before, made), made);
    row->addWidget(made);
  };
  auto* more = new QMenu(corner);
  for (const QString& name : card_names()) more->addAction(actions_->require(QStringLiteral("card.add.") + name));
  more->addSeparator();
  more->addAction(actions_->require(QStringLiteral("tab.add")));
  auto* columns = new QMenu(corner);
  for (int n = 1; n <= kMostColumns; ++n) {
    columns->addAction(actions_->require(QStringLiteral("tab.columns.%1").arg(n)));
  }
  for (const QMenu* menu : {more, columns}) connect(menu, &QMenu::aboutToShow, this, &MainWindow::updateActions);
  button("tab.add", tr("Add"), tr("Add a card or a tab"), more);
  button("tab.columns.2", tr("Arrange"), tr("Cards in rows of one to four"), columns);
  cards_->setCornerWidget(corner);
}

}  // namespace variometer
