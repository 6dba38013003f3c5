// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <QTimer>
#include <memory>
#include <optional>
#include <vector>

#include "app/actions.h"
#include "app/engine.h"
#include "app/layout_steps.h"
#include "app/open_run.h"
#include "app/run_closer.h"
#include "app/undo_history.h"
#include "widgets/step_axis.h"

class QDockWidget;
class QLabel;
class QMenu;
class QStackedWidget;
class QTabBar;
class QToolBar;
class QComboBox;

namespace variometer {

class Card;
class CardTabs;
class EventsPanel;
class InspectPage;
class MarkBook;
class MitigationPanel;
class ModelTreePanel;
class PanelRoom;
class Perspectives;
class Player;
class Presentation;
class ProbePanel;
class RunBanner;
class RunModel;
class StartPage;
class TransportBar;
struct RecentRun;

/// The window: the start page, the Observe perspective over the runs that are open, live or recorded, one of them
/// shown, and Inspect. Every command is an action in `actions()`. One timer drains the runs and updates the cards that
/// can be seen. GUI thread.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  explicit MainWindow(Engine engine, bool restore_layout = true);
  ~MainWindow() override;

  ActionBook& actions() { return *actions_; }
  /// Of the run that is shown; null while none is open.
  RunSession* session() const { return shown_ == nullptr ? nullptr : shown_->session.get(); }
  std::size_t runCount() const { return runs_.size(); }
  QTabBar* runTabs() const { return run_tabs_; }
  Player* player() const { return player_; }
  StepAxis& axis() { return axis_; }
  MitigationPanel* mitigationPanel() const { return mitigations_; }
  ModelTreePanel* modelPanel() const { return model_; }
  EventsPanel* eventsPanel() const { return events_; }
  ProbePanel* probePanel() const { return probe_; }
  CardTabs* cards() const { return cards_; }
  StartPage* startPage() const { return start_; }
  TransportBar* transport() const { return transport_; }
  Perspectives* perspectives() const { return perspectives_; }
  UndoHistory* history() const { return history_; }
  /// Null while there is none.
  Presentation* presentation() const { return presentation_; }

  /// Starts a run and shows it beside the others, which pause; a failure becomes an error dialog and false. It rests
  /// where it has made its updates; its weights are saved as `autosave` says, where `options` names no folder for them.
  bool startRun(const RunConfig& config, LiveOptions options, const QString& preset_path = {},
                const Autosave& autosave = chosenAutosave());
  bool startDemo(const QString& id);
  bool openRecord(const QString& path);
  /// Starts a run that branches off the one that is shown before update `step`; a failure becomes an error dialog.
  /// `last`: updates it makes in all.
  bool startFork(std::int64_t step, const std::vector<Assignment>& change, const QString& name, std::int64_t last);
  /// Goes on with the record that is shown, from its newest weights, up to `more` updates beyond its end; a failure
  /// becomes an error dialog.
  bool continueRecord(std::int64_t more);
  /// A remark at a step, on every card; an event of the run where it takes one.
  void addMarker(std::int64_t step, const QString& text);
  MarkBook* marks() const { return marks_; }
  /// Whatever it is: record, preset, text, model folder.
  void openPath(const QString& path);
  /// All of them, those that ask something last.
  void openPaths(QStringList paths);
  /// `variometer train ...` that repeats the run that is shown, with what was switched.
  QString commandLine() const;
  /// What would be lost by ending the run that is shown; empty: nothing.
  QString lossOnClose() const;
  /// The i-th tab.
  void showRunAt(int i);
  /// Ends it and closes its record, after a question where something would be lost; false: it stays.
  bool closeRunAt(int i);
  /// For the end of the session: closes whatever would be lost.
  void closeWithoutAsking();

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  bool focusNextPrevChild(bool next) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  // main_window.cpp
  void buildPages();
  void buildDocks();
  void tick();
  void refreshCards();
  void showExtent();
  void showShownStep();
  // main_window_actions.cpp
  void buildFileActions();
  void buildViewActions();
  void buildRunActions();
  void updateActions();
  // main_window_plots.cpp
  void buildPlotActions();
  void updatePlotActions();
  Card* chosenCard() const;
  QAction* plotAction(const char* id) const;
  void setColourMap(const QString& name);
  // main_window_history.cpp
  void buildHistory();
  QString docksText() const;
  void watchDocks();
  void settleLayout();
  QByteArray takeLayout() const;
  void giveLayout(const QByteArray& bytes);
  void noteSwitches(const Command& command);
  static QString switchName(const Command& command, std::int64_t step);
  void showHistoryOfRun();
  // main_window_cards.cpp
  void buildCardActions();
  void buildCardButtons();
  void updateCardActions(const QString& not_observing);
  // main_window_inspect.cpp
  void buildInspectActions();
  void updateInspectActions();
  void inspectRun();
  // main_window_menus.cpp
  void buildMenus();
  void buildToolBar();
  static RecentRun recentOf(const OpenRun& run);
  // main_window_run.cpp
  OpenRun& add(std::unique_ptr<OpenRun> run);
  void showRun(OpenRun* run);
  void endRuns(std::vector<std::unique_ptr<OpenRun>> runs);
  /// How many were running.
  int pauseOthers();
  void updateRunTabs();
  void showStart();
  /// "start", "observe", "inspect". What a run does goes on whatever is looked at.
  void showPerspective(const QString& id);
  void runOrPause();
  void stepRun(std::int64_t count);
  void askForSteps();
  void stopRun();
  /// Anew, from the start.
  void runAgain();
  void askToContinue();
  /// Why the record that is shown cannot be gone on with; empty: it can.
  QString whyNoContinuation() const;
  bool branchOff(const ForkRequest& request, const QString& name, bool continues);
  /// Posts it where the user said; false: he would rather not.
  bool saveModelOf(OpenRun& run);
  /// False: there is none, or the user would rather not.
  bool undoSwitch();
  bool askToUndo(std::int64_t step, std::int64_t lost);
  bool redoSwitch();
  /// Asks where to; the ticket of the command, 0: the user would rather not.
  std::int64_t saveModel();
  /// Asks where and with what change, and starts the run that branches off the one that is shown.
  void forkRun(const std::vector<Assignment>& change = {});
  void waitForPause();
  void watchFork(OpenRun& run, const Snapshot& snapshot);
  void sampleNow();
  void goBackToSoundState();
  static QString wayBackText(const WayBack& way_back);
  void showSampling(const std::optional<Sampling>& sampling);
  void changeLearningRate();
  std::int64_t post(Command command);
  void onSnapshot(const SnapshotPtr& snapshot);
  void onSettled(std::int64_t ticket, const Command& command, const QString& error);
  void onState(OpenRun& run);
  void onRested(OpenRun& run);
  void showStateBanner();
  // main_window_files.cpp
  void newRun();
  void newRunFrom(const RunConfig& config, const QString& init, const QString& preset);
  void openRecordDialog();
  void openModelDialog();
  void openModel(const QString& chosen);
  /// A model that is no checkpoint of ours, with which training could go on.
  bool isToLookAt(const QString& path) const;
  void exportCard(Card* card);
  void copyCardImage();
  void refreshStartPage();
  /// As what it is listed: a checkpoint that was inspected is not trained on.
  void openRecent(const QString& path);
  void recover();
  // main_window_view.cpp
  void buildStatusBar();
  void updateStatusBar();
  void fitStatusBar();
  void updateTitle();
  void setThemeNamed(const QString& name);
  void setUiScale(int percent);
  void applyUiScale();
  void restoreLayout();
  void saveLayout();
  void resetLayout();
  void showPreferences();
  void showKeys();
  void showAbout();
  void showPalette();
  void toggleFullScreen();
  void togglePresentation();
  void sizeDocks();
  void fitPanels();
  void toggleDocks(Qt::DockWidgetArea area);
  void showTable();
  void toast(const QString& text);

  Engine engine_;
  ActionBook* actions_;
  UndoHistory* history_;
  MarkBook* marks_;
  std::unique_ptr<LayoutSteps> layouts_;
  QString docks_now_;
  StepAxis axis_;
  std::vector<std::unique_ptr<OpenRun>> runs_;
  OpenRun* shown_ = nullptr;
  RunCloser closer_;
  Player* player_;
  QTimer timer_;
  bool dirty_ = false;
  bool closing_ = false;
  bool was_sampling_ = false;  // the newest snapshot told of a text being written
  bool busy_ = false;  // something is started, opened or closed in the background
  qint64 n_tick_ = 0;
  double measured_rate_ = 0;  // steps a second, for the start page

  QStackedWidget* stack_ = nullptr;
  Perspectives* perspectives_ = nullptr;
  StartPage* start_ = nullptr;
  QWidget* observe_ = nullptr;
  InspectPage* inspect_ = nullptr;
  QString inspected_;              // the model Inspect has open
  RunModel* run_model_ = nullptr;  // made when it is asked for
  QTabBar* run_tabs_ = nullptr;
  RunBanner* banner_ = nullptr;
  CardTabs* cards_ = nullptr;
  TransportBar* transport_ = nullptr;
  ModelTreePanel* model_ = nullptr;
  MitigationPanel* mitigations_ = nullptr;
  ProbePanel* probe_ = nullptr;
  EventsPanel* events_ = nullptr;
  QDockWidget* model_dock_ = nullptr;
  QDockWidget* mitigation_dock_ = nullptr;
  QDockWidget* probe_dock_ = nullptr;
  QDockWidget* events_dock_ = nullptr;
  QDockWidget* history_dock_ = nullptr;
  std::vector<QDockWidget*> docks_;  // all of them
  PanelRoom* room_ = nullptr;
  Presentation* presentation_ = nullptr;
  QToolBar* tool_bar_ = nullptr;
  QComboBox* smoothing_ = nullptr;
  QMenu* recent_menu_ = nullptr;
  QLabel* status_state_ = nullptr;
  QLabel* status_rate_ = nullptr;
  QLabel* status_cost_ = nullptr;
  QLabel* status_ui_ = nullptr;
  QLabel* status_record_ = nullptr;
  QLabel* status_chip_ = nullptr;
  QLabel* status_twin_ = nullptr;
  QByteArray standard_layout_;
};

}  // namespace variometer
