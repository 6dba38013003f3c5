// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/main_window.h"

#include <QAbstractButton>
#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QMimeData>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabBar>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/background.h"
#include "app/card_tabs.h"
#include "app/history_panel.h"
#include "app/inspect_page.h"
#include "app/mark_book.h"
#include "app/perspectives.h"
#include "app/player.h"
#include "app/presentation.h"
#include "app/settings.h"
#include "app/toast.h"
#include "app/watchdog.h"
#include "core/base/event_story.h"
#include "widgets/card.h"
#include "widgets/event_text.h"
#include "widgets/focus_keeper.h"
#include "widgets/panel_events.h"
#include "widgets/panel_icons.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_probe.h"
#include "widgets/panel_transport.h"
#include "widgets/panel_tree.h"
#include "widgets/start_page.h"

namespace variometer {

MainWindow::MainWindow(Engine engine, bool restore_layout)
    : engine_(std::move(engine)),
      actions_(new ActionBook(this)),
      history_(new UndoHistory(this)),
      marks_(new MarkBook(
          history_, [this] { return session(); }, this)),
      axis_(this),
      closer_(this, [this](OpenRun& run) { return saveModelOf(run); }),
      player_(new Player(&axis_, this)) {
  setObjectName(QStringLiteral("variometer"));
  FocusKeeper::install();
  Toast::tellOfCopies(this);
  setWindowIcon(QIcon(QStringLiteral(":/icons/variometer.svg")));
  setAcceptDrops(true);
  setDockOptions(QMainWindow::AnimatedDocks | QMainWindow::AllowTabbedDocks | QMainWindow::AllowNestedDocks);
  resize(1440, 900);
  setMinimumSize(480, 320);  // what has no room gives way or scrolls
  buildPages();
  buildDocks();
  buildFileActions();
  buildRunActions();
  buildViewActions();
  buildPlotActions();
  buildInspectActions();
  buildCardActions();
  buildMenus();
  buildToolBar();
  buildStatusBar();
  for (QWidget* field : findChildren<QWidget*>()) {
    if (field->acceptDrops()) field->installEventFilter(this);
  }
  standard_layout_ = saveState();
  buildHistory();
  if (restore_layout) restoreLayout();

  timer_.setInterval(33);
  timer_.setTimerType(Qt::PreciseTimer);
  connect(&timer_, &QTimer::timeout, this, &MainWindow::tick);
  connect(&axis_, &StepAxis::shownStepChanged, this, &MainWindow::showShownStep);
  connect(&axis_, &StepAxis::followingChanged, this, [this] {
    showShownStep();
    updateActions();
  });
  showStart();
}

MainWindow::~MainWindow() {
  timer_.stop();
  for (QDockWidget* dock : docks_) dock->disconnect(this);  // they are hidden when this is no window any more
  cards_->setHistory(nullptr);
  delete presentation_;
  runs_.clear();
}

void MainWindow::tick() {
  for (const auto& run : runs_) run->session->tick();
  if (shown_ == nullptr) return;
  if (dirty_ && perspectives_->is("observe")) {
    dirty_ = false;
    refreshCards();
  }
  // Twice a second is as fast as numbers in a status bar can be read.
  if (n_tick_++ % 15 == 0) {
    updateStatusBar();
    updateTitle();
  }
  if (n_tick_ % 300 != 0) return;
  for (const auto& run : runs_) {
    if (run->session->isLive() && !run->session->ended() && !run->record_path.isEmpty()) {
      writeJournal({run->record_path, run->session->name(), run->session->step()});
    }
  }
}

void MainWindow::showExtent() {
  const RunHistory& history = session()->history();
  const std::int64_t first = history.scalars().step.empty() ? history.info().first_step
                                                            : static_cast<std::int64_t>(history.scalars().step.front());
  axis_.setExtent(std::min(first, history.info().first_step), std::max<std::int64_t>(history.last_step(), 0));
}

void MainWindow::refreshCards() {
  const RunHistory& history = session()->history();
  showExtent();
  std::vector<std::int64_t> steps;
  steps.reserve(history.events().size());
  EventStory story;
  for (const Event& event : history.events()) {
    if (story.tell(event).mark.empty()) continue;  // bookkeeping
    if (steps.empty() || steps.back() != event.step) steps.push_back(event.step);
  }
  transport_->setEvents({steps.begin(), steps.end()});
  axis_.setEvents(std::move(steps));
  transport_->setExtent(axis_.first(), axis_.latest(), session()->stepsInForce());
  events_->showEvents(history);
  if (axis_.following()) showShownStep();
  cards_->updateVisible();
}

void MainWindow::showShownStep() {
  transport_->setShown(axis_.shownStep(), axis_.following());
  status_chip_->setText(axis_.chip());
  status_chip_->setVisible(!axis_.following());
  if (shown_ == nullptr) return;
  if (model_dock_->isVisible()) model_->showValues(session()->history(), axis_.shownStep());
  if (!axis_.following()) cards_->updateVisible();
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (busy_ && !closing_) return event->ignore();  // a moment later it can be closed
  if (!closing_) {
    const Busy busy(busy_);
    bool goes = closer_.askToQuit(runs_);
    for (std::size_t i = 0; goes && i < runs_.size(); ++i) goes = closer_.prepare(*runs_[i]);
    if (!goes) return event->ignore();
  }
  closing_ = true;
  saveLayout();
  showRun(nullptr);
  endRuns(std::exchange(runs_, {}));
  event->accept();
}

void MainWindow::closeWithoutAsking() {
  closing_ = true;
  close();
  QApplication::quit();  // also when a dialog is open
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::resizeEvent(QResizeEvent* event) {
  QMainWindow::resizeEvent(event);
  fitPanels();
}

/// Panels behind others are outside the window, where Tab would go on through them.
bool MainWindow::focusNextPrevChild(bool next) {
  const QWidget* from = QApplication::focusWidget();
  const auto outside = [this](const QWidget* widget) {
    while (widget != nullptr && widget->parentWidget() != this) widget = widget->parentWidget();
    return widget != nullptr && !widget->isWindow() && !rect().intersects(widget->geometry());
  };
  do {
    if (!QMainWindow::focusNextPrevChild(next)) return false;
  } while (QApplication::focusWidget() != from && outside(QApplication::focusWidget()));
  return true;
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event) {
  // A file dropped on a field is opened like one dropped beside it; text goes into the field.
  if (event->type() == QEvent::DragEnter || event->type() == QEvent::DragMove) {
    auto* drag = static_cast<QDragMoveEvent*>(event);
    if (drag->mimeData()->hasUrls()) {
      drag->ignore();
      return true;
    }
  }
  return QMainWindow::eventFilter(watched, event);
}

void MainWindow::dropEvent(QDropEvent* event) {
  QStringList paths;
  for (const QUrl& url : event->mimeData()->urls()) {
    if (url.isLocalFile()) paths << url.toLocalFile();
  }
  if (paths.isEmpty()) return;
  event->acceptProposedAction();
  // After the drag is over: opening may ask something.
  QMetaObject::invokeMethod(
      this, [this, paths] { openPaths(paths); }, Qt::QueuedConnection);
}

void MainWindow::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange && actions_ != nullptr) {
    actions_->retheme();
    for (auto* button : findChildren<QAbstractButton*>()) {
      const QString icon = button->property("icon_name").toString();
      if (!icon.isEmpty()) button->setIcon(themedIcon(icon));
    }
  }
  QMainWindow::changeEvent(event);
  if (event->type() == QEvent::FontChange && room_ != nullptr) {
    setIconSize(QSize(1, 1) * std::max(18, fontMetrics().height()));  // of the tool bar, as large as its text
    fitPanels();
  }
}

}  // namespace variometer
