// SPDX-License-Identifier: GPL-3.0-or-later
// The window over a real two-layer run, from the click to the record.
#include <gtest/gtest.h>

#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QPushButton>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTest>
#include <cmath>
#include <csignal>

#include <sys/resource.h>

#include "app/card_tabs.h"
#include "app/error_dialog.h"
#include "app/export_dialog.h"
#include "app/main_window.h"
#include "app/settings.h"
#include "app/watchdog.h"
#include "core/base/csv_head.h"
#include "core/record/export.h"
#include "core/record/record_check.h"
#include "core/record/recorded_run.h"
#include "core/train/fork.h"
#include "core/train/live_run.h"
#include "widgets/card.h"
#include "widgets/panel_events.h"
#include "widgets/panel_form.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_switch.h"
#include "widgets/panel_transport.h"

namespace variometer {
namespace {

class RealRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    settings().clear();
    window = std::make_unique<MainWindow>(Engine{
        .start = start_live_run, .open = open_record, .resume_config = resume_config, .repair = {}, .fork = plan_fork});
    window->show();
  }

  static RunConfig small() {
    RunConfig config;
    config.model.n_layer = 2;
    config.model.n_embd = 16;
    config.model.n_head = 2;
    config.model.block_size = 16;
    config.train.steps = 100000;
    config.train.batch_size = 4;
    config.train.threads = 1;
    config.train.sample_every = 0;
    config.train.validation_every = 0;
    config.probe.every = 5;
    config.probe.weights_every = 1;
    return config;
  }

  void start(const RunConfig& config) {
    LiveOptions options;
    options.name = "real";
    options.record = path().toStdString();
    ASSERT_TRUE(window->startRun(config, options));
    ASSERT_TRUE(until([this] { return window->session()->step() >= 3; }));
  }

  QString path() const { return folder.path() + QStringLiteral("/real.h5"); }
  static bool until(const std::function<bool()>& condition) { return QTest::qWaitFor(condition, 30000); }
  QAction* action(const char* id) { return window->actions().require(QString::fromLatin1(id)); }
  MitigationSection* section(const char* group) {
    return window->mitigationPanel()->section(QString::fromLatin1(group));
  }
  bool has_state(RunState state) { return window->session()->state() == state; }

  QTemporaryDir folder;
  std::unique_ptr<MainWindow> window;
};

TEST_F(RealRunTest, AClickOnTvrRescalesTheWeightsOfTheRunningModel) {
  RunConfig config = small();
  config.mitigations.tvr.target_std = 0.005;
  config.mitigations.tvr.step_interval = 1;
  config.mitigations.tvr.ratio_threshold = 1.0;
  start(config);
  MitigationSection* tvr = section("tvr");
  QTest::mouseClick(tvr->toggle(), Qt::LeftButton);
  EXPECT_TRUE(tvr->toggle()->isPending());
  ASSERT_TRUE(until([&] { return !tvr->toggle()->isPending(); }));
  EXPECT_TRUE(tvr->toggle()->isChecked());
  const std::int64_t switched = window->session()->changes().front().step;
  EXPECT_EQ(window->eventsPanel()->count() > 0, true);
  const RunHistory& history = window->session()->history();
  ASSERT_TRUE(until([&] { return history.last_step() > switched + 5; }));

  // Before: untouched; after the switch every target is rescaled at each update, and what is logged is the ratio found.
  const auto& tensors = history.info().tensors;
  const RunHistory::WeightRow* before = history.weights_at(switched - 1);
  const RunHistory::WeightRow* after = history.weights_at(switched + 3);
  ASSERT_TRUE(before != nullptr && after != nullptr);
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!tensors[i].tvr_target) continue;
    EXPECT_GT(before->weights->tensors[i].std, 0.01F) << tensors[i].name;
    EXPECT_LT(after->weights->tensors[i].std, 0.6F * before->weights->tensors[i].std) << tensors[i].name;
  }
}

TEST_F(RealRunTest, KvBiasAndDytSwitchOnAndOffByClicks) {
  start(small());
  for (const char* group : {"kv_bias", "dyt"}) {
    MitigationSection* s = section(group);
    for (const bool on : {true, false}) {
      QTest::mouseClick(s->toggle(), Qt::LeftButton);
      ASSERT_TRUE(until([&] { return !s->toggle()->isPending(); })) << group;
      EXPECT_EQ(s->toggle()->isChecked(), on) << group;
    }
  }
  ASSERT_FALSE(has_state(RunState::failed)) << window->session()->message().toStdString();
}

TEST_F(RealRunTest, PreviewMeasuresWithoutSwitching) {
  start(small());
  MitigationSection* dyt = section("dyt");
  QTest::mouseClick(dyt->previewButton(), Qt::LeftButton);
  ASSERT_TRUE(until([&] { return dyt->resultLabel()->text().contains(QStringLiteral("loss")); }));
  EXPECT_FALSE(dyt->toggle()->isChecked());
}

TEST_F(RealRunTest, PauseStepUndoAndStop) {
  start(small());
  action("run.run")->trigger();
  ASSERT_TRUE(until([this] { return has_state(RunState::paused); }));
  const std::int64_t paused_at = window->session()->step();
  action("run.step")->trigger();
  ASSERT_TRUE(until([&] { return window->session()->step() == paused_at + 1 && has_state(RunState::paused); }));

  // While paused a switch answers at once, and undo takes it back without losing a step.
  MitigationSection* kv = section("kv_bias");
  kv->toggle()->click();
  ASSERT_TRUE(until([&] { return kv->toggle()->isChecked(); }));
  ASSERT_TRUE(action("edit.undo")->isEnabled());
  action("edit.undo")->trigger();
  ASSERT_TRUE(until([&] { return !kv->toggle()->isChecked(); }));
  EXPECT_EQ(window->session()->step(), paused_at + 1);
  EXPECT_EQ(window->session()->lastSwitch(), nullptr);

  action("run.stop")->trigger();
  ASSERT_TRUE(until([this] { return window->session()->wasStopped(); }));
}

TEST_F(RealRunTest, AfterARunThatFailedUndoGoesBackToBeforeTheSwitchAndItTrainsOn) {
  start(small());
  section("tvr")->toggle()->click();
  ASSERT_TRUE(until([&] { return section("tvr")->toggle()->isChecked(); }));
  const std::int64_t before = window->session()->lastSwitch()->step - 1;
  Command explode;
  explode.assignments = {{"train.learning_rate", "1e30"}};
  window->session()->post(explode);
  ASSERT_TRUE(until([&] { return has_state(RunState::failed); }));
  EXPECT_FALSE(section("tvr")->toggle()->isEnabled());
  ASSERT_TRUE(action("edit.undo")->isEnabled());
  Command restore;  // what undo posts behind its question
  restore.kind = Command::Kind::restore;
  restore.count = before + 1;
  window->session()->post(restore);
  ASSERT_TRUE(until([&] { return has_state(RunState::paused); })) << window->session()->message().toStdString();
  EXPECT_EQ(window->session()->step(), before);
  EXPECT_FALSE(section("tvr")->toggle()->isChecked());
  EXPECT_TRUE(section("tvr")->toggle()->isEnabled());
  action("run.run")->trigger();
  ASSERT_TRUE(until([&] { return window->session()->step() > before + 5; }));
  EXPECT_TRUE(has_state(RunState::running)) << "the learning rate is what it was before the switch";
}

TEST_F(RealRunTest, AFullDiskPausesTheRunAndSaysSo) {
  std::signal(SIGXFSZ, SIG_IGN);
  start(small());
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const rlimit tight{static_cast<rlim_t>(QFileInfo(path()).size() + 20000), old.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  const bool paused = until([this] { return has_state(RunState::paused); });
  ::setrlimit(RLIMIT_FSIZE, &old);
  ASSERT_TRUE(paused);
  const auto* banner = window->findChild<QFrame*>(QStringLiteral("banner"));
  EXPECT_TRUE(banner->isVisible());
  QString text;
  for (const QLabel* label : banner->findChildren<QLabel*>()) text += label->text();
  EXPECT_TRUE(text.contains(QStringLiteral("Paused at step")) && text.contains(QStringLiteral("cannot be written")))
      << text.toStdString();
  const std::int64_t step = window->session()->step();
  action("run.run")->trigger();
  ASSERT_TRUE(until([&] { return window->session()->step() > step + 3; })) << "there is room again";
  window->close();
  const RecordReport report = check_record(path().toStdString());
  EXPECT_TRUE(report.closed && report.whole) << report.problem;
}

TEST_F(RealRunTest, ClosingWhileRecordingLeavesAClosedRecordThatOpensAgain) {
  start(small());
  const std::int64_t step = window->session()->step();
  window->close();
  EXPECT_EQ(window->session(), nullptr);
  const RecordReport report = check_record(path().toStdString());
  EXPECT_TRUE(report.closed);
  EXPECT_TRUE(report.whole) << report.problem;
  EXPECT_GE(report.last_step, step);

  window->show();
  ASSERT_TRUE(window->openRecord(path()));
  ASSERT_TRUE(until([&] { return window->session()->step() == report.last_step; }));
  EXPECT_FALSE(section("tvr")->toggle()->isEnabled()) << "a record cannot be steered";
  Q_EMIT window->transport()->scrubbed(2);
  EXPECT_EQ(window->axis().shownStep(), 2);
  EXPECT_FALSE(window->axis().following());
}

TEST_F(RealRunTest, AForkRepeatsTheRunBitForBitUpToTheChange) {
  start(small());
  ASSERT_TRUE(until([this] { return window->session()->step() >= 15; }));
  const std::vector<Assignment> change{{"tvr.enabled", "true"}, {"tvr.target_std", "0.005"}};
  ASSERT_TRUE(window->startFork(10, change, QStringLiteral("twin"), 2000)) << lastErrorShown().toStdString();
  ASSERT_EQ(window->runCount(), 2U);
  ASSERT_TRUE(until([this] { return window->session()->step() >= 12; }));
  const auto* banner = window->findChild<QFrame*>(QStringLiteral("banner"));
  QString text;
  for (const QLabel* label : banner->findChildren<QLabel*>()) text += label->text();
  EXPECT_TRUE(text.contains(QStringLiteral("9 losses up to the change came out as in real, bit for bit")))
      << text.toStdString();
  EXPECT_TRUE(window->session()->history().last()->mitigations.tvr.enabled);
  window->showRunAt(0);
  EXPECT_TRUE(until([this] { return has_state(RunState::paused); }));
  EXPECT_FALSE(window->session()->history().last()->mitigations.tvr.enabled) << "the first one stays as it is";
  const QString second = window->runTabs()->tabToolTip(1);
  EXPECT_NE(second, path());
  QFile::remove(second);
}

TEST_F(RealRunTest, ARecordIsGoneOnWithFromItsWeightsAsIfItHadNeverEnded) {
  RunConfig config = small();
  config.train.steps = 30;
  config.train.lr_decay_steps = 20;
  const auto rested = [this] { return window->session()->complete(); };
  start(config);
  ASSERT_TRUE(until(rested));
  const std::vector<double> whole = window->session()->history().scalars().loss;
  ASSERT_EQ(whole.size(), 30U);
  ASSERT_TRUE(window->closeRunAt(0));
  ASSERT_TRUE(QFile::remove(path()));

  config.train.steps = 20;
  start(config);
  ASSERT_TRUE(until(rested));
  ASSERT_TRUE(window->closeRunAt(0));
  ASSERT_TRUE(window->openRecord(path()));
  ASSERT_TRUE(until([this] { return window->session()->ended() && window->session()->step() == 20; }));
  EXPECT_EQ(window->session()->name(), QStringLiteral("real"));
  ASSERT_TRUE(action("run.continue")->isEnabled()) << action("run.continue")->toolTip().toStdString();
  ASSERT_TRUE(action("run.run")->isEnabled());
  ASSERT_TRUE(window->continueRecord(10)) << lastErrorShown().toStdString();
  ASSERT_TRUE(until(rested));
  const std::vector<double> rest = window->session()->history().scalars().loss;
  EXPECT_EQ(rest, std::vector<double>(whole.begin() + 20, whole.end())) << "bit for bit";

  window->showRunAt(0);
  ASSERT_FALSE(window->session()->isLive());
  QDir(folder.path() + QStringLiteral("/real-weights-2")).removeRecursively();
  QDir(folder.path() + QStringLiteral("/real-weights")).removeRecursively();
  Q_EMIT window->session()->historyChanged();
  action("perspective.observe")->trigger();
  EXPECT_FALSE(action("run.continue")->isEnabled());
  EXPECT_TRUE(action("run.continue")->toolTip().contains(QStringLiteral("None of the weights")));
}

TEST_F(RealRunTest, TheWindowsCsvIsThatOfTheCommandByteForByte) {
  start(small());
  ASSERT_TRUE(until([this] { return window->session()->step() >= 40; }));
  action("run.run")->trigger();
  ASSERT_TRUE(until([this] { return has_state(RunState::paused); }));
  const RunHistory& shown = window->session()->history();
  const RunHistory recorded = read_history(path().toStdString());
  ASSERT_EQ(recorded.last_step(), shown.last_step());
  for (const bool zoomed : {false, true}) {
    if (zoomed) window->axis().setRange({10.3, 21.7});
    for (Card* card : window->cards()->cards()) {
      if (card->name() == QStringLiteral("heat_map")) continue;
      for (const int rows : {0, 1}) {
        ExportDialog dialog(card, {}, shown, path());
        dialog.format()->setCurrentIndex(dialog.format()->findData(QStringLiteral("csv")));
        dialog.rows()->setCurrentIndex(rows);
        const QString file = folder.path() + QStringLiteral("/window.csv");
        dialog.writeTo(file);
        // The command, word by word.
        const QStringList words = dialog.commandLine(QStringLiteral("x.csv")).split(QLatin1Char(' '));
        ASSERT_TRUE(words.contains(QStringLiteral("--head"))) << card->name().toStdString();
        const std::string what = words[words.indexOf(QStringLiteral("--what")) + 1].toStdString();
        std::int64_t first = 0, last = std::numeric_limits<std::int64_t>::max();
        if (const auto at = words.indexOf(QStringLiteral("--steps")); at > 0) {
          first = words[at + 1].section(QLatin1Char(':'), 0, 0).toLongLong();
          last = words[at + 1].section(QLatin1Char(':'), 1).toLongLong();
        }
        EXPECT_EQ(rows == 0, words.contains(QStringLiteral("--steps")));
        const CardTable table = card_table(recorded, what, first, last);
        export_table(folder.path().toStdString() + "/command.csv", table, "", csv_head(recorded, what, table));
        QFile a(file), b(folder.path() + QStringLiteral("/command.csv"));
        ASSERT_TRUE(a.open(QIODevice::ReadOnly) && b.open(QIODevice::ReadOnly));
        EXPECT_EQ(a.readAll().toStdString(), b.readAll().toStdString()) << what << ' ' << rows << zoomed;
      }
    }
  }
}

TEST_F(RealRunTest, TheWindowIsNotDeafWhileAModelTrains) {
  start(small());
  WatchedApplication* app = WatchedApplication::instance();
  ASSERT_NE(app, nullptr);
  app->resetDelays();
  const std::int64_t goal = window->session()->step() + 300;
  ASSERT_TRUE(until([&] { return window->session()->step() >= goal; }));
  const WatchedApplication::Delays delays = app->delays();
  RecordProperty("worst_handler", app->worstHandler().toStdString());
  EXPECT_GT(delays.n, 50);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr double kLimit = 500;  // instrumented code is several times slower
#else
  constexpr double kLimit = 50;
#endif
  EXPECT_LT(delays.p99, kLimit) << "worst: " << delays.worst << " ms in " << app->worstHandler().toStdString();
}

TEST_F(RealRunTest, ARunThatCannotStartIsExplainedAndTheWindowLives) {
  RunConfig config = small();
  config.data.corpus = "/nowhere/corpus.txt";
  EXPECT_FALSE(window->startRun(config, {}));
  EXPECT_EQ(window->session(), nullptr);
  EXPECT_TRUE(window->isVisible());
}

}  // namespace
}  // namespace variometer
