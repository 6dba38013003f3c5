// SPDX-License-Identifier: GPL-3.0-or-later
// The pages and panels of the window, and what they say to each other.
#include <QDockWidget>
#include <QFileInfo>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QStackedWidget>
#include <QTabBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/card_tabs.h"
#include "app/history_panel.h"
#include "app/inspect_page.h"
#include "app/main_window.h"
#include "app/mark_book.h"
#include "app/panel_room.h"
#include "app/perspectives.h"
#include "app/player.h"
#include "app/run_banner.h"
#include "app/run_tabs.h"
#include "app/settings.h"
#include "widgets/card.h"
#include "widgets/panel_events.h"
#include "widgets/panel_icons.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_probe.h"
#include "widgets/panel_transport.h"
#include "widgets/panel_tree.h"
#include "widgets/start_page.h"

namespace variometer {

void MainWindow::buildPages() {
  model_ = new ModelTreePanel(this);  // Tab comes to the left panel before the cards
  stack_ = new QStackedWidget(this);
  setCentralWidget(stack_);
  perspectives_ = new Perspectives(stack_, actions_);
  start_ = new StartPage(stack_);
  connect(start_, &StartPage::demoRequested, this, [this](const QString& id) { startDemo(id); });
  connect(start_, &StartPage::newRunRequested, this, &MainWindow::newRun);
  connect(start_, &StartPage::openRunRequested, this, &MainWindow::openRecordDialog);
  connect(start_, &StartPage::openModelRequested, this, &MainWindow::openModelDialog);
  connect(start_, &StartPage::inspectRequested, this,
          [this] { actions_->require(QStringLiteral("inspect.open"))->trigger(); });
  connect(start_, &StartPage::recentRequested, this, [this](const QString& path) { openRecent(path); });
  connect(start_, &StartPage::recoverRequested, this, &MainWindow::recover);
  connect(start_, &StartPage::discardRequested, this, [this] {
    if (const auto journal = abandonedJournal()) discardJournal(*journal);
    refreshStartPage();
  });

  observe_ = new QWidget(stack_);
  auto* layout = new QVBoxLayout(observe_);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  cards_ = new CardTabs(&axis_, observe_);
  transport_ = new TransportBar(observe_);
  run_tabs_ = new RunTabs(observe_);
  run_tabs_->hide();
  connect(run_tabs_, &QTabBar::currentChanged, this, &MainWindow::showRunAt);
  connect(run_tabs_, &QTabBar::tabCloseRequested, this, &MainWindow::closeRunAt);
  layout->addWidget(run_tabs_);
  layout->addWidget(cards_, 1);
  layout->addWidget(transport_);
  banner_ = new RunBanner(cards_, observe_);
  inspect_ = new InspectPage(engine_.inspect, stack_);
  perspectives_->add(QStringLiteral("start"), tr("Start"), tr("Demos, recent runs, open your own; a run goes on"),
                     QStringLiteral("home"), start_);
  perspectives_->add(QStringLiteral("observe"), tr("Observe"), tr("The run that is open, live or recorded"),
                     QStringLiteral("curve"), observe_);
  perspectives_->add(QStringLiteral("inspect"), tr("Inspect"), tr("One model at rest, layer by layer"),
                     QStringLiteral("lens"), inspect_);
  connect(perspectives_, &Perspectives::requested, this, &MainWindow::showPerspective);
  connect(inspect_, &InspectPage::titleChanged, this, [this] { updateTitle(); });
  connect(inspect_, &InspectPage::modelOpened, this, [this](const QString& path) {
    inspected_ = path;
    updateInspectActions();
    rememberRun({.path = path,
                 .name = QFileInfo(path).fileName(),
                 .time = QDateTime::currentDateTime(),
                 .origin = {},
                 .model = true});
  });

  connect(transport_, &TransportBar::scrubbed, this, [this](qint64 step) { axis_.setCursor(step); });
  connect(transport_, &TransportBar::moved, this, [this](int steps) { axis_.moveCursor(steps); });
  connect(transport_, &TransportBar::firstRequested, this, [this] { axis_.setCursor(axis_.first()); });
  connect(transport_, &TransportBar::followRequested, this, [this] { axis_.follow(); });
  connect(transport_, &TransportBar::playRequested, player_, &Player::toggle);
  connect(transport_, &TransportBar::speedChosen, player_, &Player::setSpeed);
  connect(player_, &Player::playingChanged, transport_, &TransportBar::setPlaying);
  connect(player_, &Player::playingChanged, this, &MainWindow::updateActions);
  connect(cards_, &CardTabs::exportRequested, this, &MainWindow::exportCard);
  connect(cards_, &CardTabs::commandRequested, this, [this](const Command& command) { post(command); });
  connect(cards_, &CardTabs::layerRequested, this, [this](int layer) {
    Command command;
    command.kind = Command::Kind::show_layer;
    command.count = layer;
    post(std::move(command));
  });
}

void MainWindow::buildDocks() {
  const auto dock = [this](const QString& title, const QString& name, QWidget* content, Qt::DockWidgetArea area) {
    auto* d = new QDockWidget(title, this);
    d->setObjectName(name);
    d->setWidget(content);
    addDockWidget(area, d);
    docks_.push_back(d);
    return d;
  };
  setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
  setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
  events_ = new EventsPanel(this);
  mitigations_ = new MitigationPanel(this);
  probe_ = new ProbePanel(this);
  model_dock_ = dock(tr("Model"), QStringLiteral("dock.model"), model_, Qt::LeftDockWidgetArea);
  mitigation_dock_ = dock(tr("Mitigations"), QStringLiteral("dock.mitigations"), mitigations_, Qt::RightDockWidgetArea);
  probe_dock_ = dock(tr("Probe"), QStringLiteral("dock.probe"), probe_, Qt::RightDockWidgetArea);
  events_dock_ = dock(tr("Events"), QStringLiteral("dock.events"), events_, Qt::BottomDockWidgetArea);
  history_dock_ =
      dock(tr("History"), QStringLiteral("dock.history"), new HistoryPanel(history_, this), Qt::RightDockWidgetArea);
  tabifyDockWidget(mitigation_dock_, probe_dock_);
  tabifyDockWidget(probe_dock_, history_dock_);
  mitigation_dock_->raise();
  sizeDocks();
  room_ = new PanelRoom(this, observe_, {events_dock_, model_dock_, history_dock_, probe_dock_, mitigation_dock_});
  connect(room_, &PanelRoom::changed, this, [this](const QStringList& gone) {
    settleLayout();
    if (!gone.isEmpty())
      toast(tr("No room for: %1. Keys [ and ], or View, Panels, show them.").arg(gone.join(QStringLiteral(", "))));
  });

  const auto poster = [this](Command command) { return post(std::move(command)); };
  mitigations_->setPoster(poster);
  probe_->setPoster(poster);
  connect(mitigations_, &MitigationPanel::forkRequested, this, &MainWindow::forkRun);
  connect(events_, &EventsPanel::markEditRequested, marks_, &MarkBook::askToEdit);
  connect(events_, &EventsPanel::markRemoveRequested, marks_, &MarkBook::remove);
  connect(cards_, &CardTabs::markAddRequested, marks_, &MarkBook::askToAdd);
  connect(cards_, &CardTabs::markEditRequested, marks_, &MarkBook::askToEdit);
  connect(cards_, &CardTabs::markRemoveRequested, marks_, &MarkBook::remove);
  connect(marks_, &MarkBook::told, this, &MainWindow::toast);
  connect(events_, &EventsPanel::stepActivated, this, [this](qint64 step) { axis_.setCursor(step); });
  connect(model_, &ModelTreePanel::roleSelected, cards_, &CardTabs::setRole);
  // What can be done with it depends on what the cards show already.
  connect(model_, &ModelTreePanel::roleSelected, this, &MainWindow::updateActions);
  connect(model_, &ModelTreePanel::pickChanged, this, &MainWindow::updateActions);
  connect(cards_, &CardTabs::cardChosen, this, &MainWindow::updateActions);
  connect(model_, &ModelTreePanel::layerSelected, this, [this](int layer) {
    cards_->setLayer(layer);
    Command command;
    command.kind = Command::Kind::show_layer;
    command.count = layer;
    post(std::move(command));
  });
}

}  // namespace variometer
