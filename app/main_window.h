// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QMainWindow>
#include <QTimer>
#include <memory>

#include "app/actions.h"
#include "app/engine.h"
#include "app/run_session.h"
#include "widgets/step_axis.h"

class QDockWidget;
class QFrame;
class QLabel;
class QMenu;
class QStackedWidget;

namespace variometer {

class Card;
class CardTabs;
class EventsPanel;
class InspectPage;
class MitigationPanel;
class ModelTreePanel;
class Perspectives;
class ProbePanel;
class StartPage;
class TransportBar;

/// The window: the start page, and the Observe perspective over one run, live or recorded. Every command is an action
/// in `actions()`. One timer drains the run and updates the cards that can be seen. GUI thread.
class MainWindow : public QMainWindow {
  Q_OBJECT
 public:
  explicit MainWindow(Engine engine, bool restore_layout = true);
  ~MainWindow() override;

  ActionBook& actions() { return *actions_; }
  /// Null while the start page is shown.
  RunSession* session() const { return session_.get(); }
  StepAxis& axis() { return axis_; }
  MitigationPanel* mitigationPanel() const { return mitigations_; }
  ModelTreePanel* modelPanel() const { return model_; }
  EventsPanel* eventsPanel() const { return events_; }
  ProbePanel* probePanel() const { return probe_; }
  CardTabs* cards() const { return cards_; }
  StartPage* startPage() const { return start_; }
  TransportBar* transport() const { return transport_; }
  Perspectives* perspectives() const { return perspectives_; }

  /// Starts a run and shows it; a failure becomes an error dialog and false.
  bool startRun(const RunConfig& config, LiveOptions options, const QString& preset_path = {});
  bool startDemo(const QString& id);
  bool openRecord(const QString& path);
  /// Whatever it is: record, preset, text, model folder.
  void openPath(const QString& path);
  /// `variometer train ...` that repeats the run that is shown, with what was switched.
  QString commandLine() const;
  /// What would be lost by ending the run that is shown; empty: nothing.
  QString lossOnClose() const;
  /// For the end of the session: closes whatever would be lost.
  void closeWithoutAsking();

 protected:
  void closeEvent(QCloseEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  // main_window.cpp
  void buildPages();
  void buildDocks();
  void tick();
  void refreshCards();
  void showShownStep();
  // main_window_actions.cpp
  void buildFileActions();
  void buildViewActions();
  void buildRunActions();
  void buildMenus();
  void buildToolBar();
  void updateActions();
  // main_window_run.cpp
  void attach(std::unique_ptr<RunSession> session);
  bool mayLeaveRun();
  void leaveRun();
  void showStart();
  /// "start", "observe", "inspect". What a run does goes on whatever is looked at.
  void showPerspective(const QString& id);
  void runOrPause();
  void stepRun(std::int64_t count);
  void stopRun();
  void undoSwitch();
  void checkpointNow();
  void sampleNow();
  std::int64_t post(Command command);
  void onSnapshot(const SnapshotPtr& snapshot);
  void onSettled(std::int64_t ticket, const Command& command, const QString& error);
  void onState(RunState state);
  void showBanner(const QString& text, bool failed);
  // main_window_files.cpp
  void newRun();
  void newRunFrom(const RunConfig& config, const QString& init, const QString& preset);
  void openRecordDialog();
  void openModelDialog();
  void openModel(const QString& folder);
  void exportCard(Card* card);
  void copyCardImage();
  void refreshStartPage();
  void recover();
  // main_window_view.cpp
  void buildStatusBar();
  void updateStatusBar();
  void updateTitle();
  void setThemeNamed(const QString& name);
  void setUiScale(int percent);
  void restoreLayout();
  void saveLayout();
  void resetLayout();
  void showPreferences();
  void showKeys();
  void showAbout();
  void showPalette();
  void toggleFullScreen();
  void toast(const QString& text);

  Engine engine_;
  ActionBook* actions_;
  StepAxis axis_;
  std::unique_ptr<RunSession> session_;
  QTimer timer_;
  bool dirty_ = false;
  bool closing_ = false;
  RunConfig config_;     // as the run that is shown began
  LiveOptions options_;  // of a run started here
  QString record_path_;  // of the run that is shown, if any
  QString preset_path_;
  std::int64_t preview_ticket_ = 0;
  qint64 n_tick_ = 0;
  double measured_rate_ = 0;  // steps a second, for the start page

  QStackedWidget* stack_ = nullptr;
  Perspectives* perspectives_ = nullptr;
  StartPage* start_ = nullptr;
  QWidget* observe_ = nullptr;
  InspectPage* inspect_ = nullptr;
  QFrame* banner_ = nullptr;
  QLabel* banner_icon_ = nullptr;
  QLabel* banner_text_ = nullptr;
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
  class QToolBar* tool_bar_ = nullptr;
  class QComboBox* smoothing_ = nullptr;
  QMenu* recent_menu_ = nullptr;
  QLabel* status_state_ = nullptr;
  QLabel* status_rate_ = nullptr;
  QLabel* status_cost_ = nullptr;
  QLabel* status_ui_ = nullptr;
  QLabel* status_record_ = nullptr;
  QLabel* status_chip_ = nullptr;
  QByteArray standard_layout_;
};

}  // namespace variometer
