// SPDX-License-Identifier: GPL-3.0-or-later
// The program itself, started as a user starts it: how soon it is there, what a kill leaves behind, and whether the
// commands it offers run.
#include <gtest/gtest.h>

#include <QAction>
#include <QComboBox>
#include <QDir>
#include <QFile>
#include <QLabel>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include "app/card_tabs.h"
#include "app/export_dialog.h"
#include "app/main_window.h"
#include "app/settings.h"
#include "core/record/record_check.h"
#include "core/record/recorded_run.h"
#include "core/train/live_run.h"
#include "widgets/card.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_switch.h"
#include "widgets/start_page.h"

namespace variometer {
namespace {

constexpr const char* kPreset = R"([model]
n_layer = 2
n_embd = 16
n_head = 2
block_size = 16
[train]
steps = 100000
batch_size = 4
threads = 1
sample_every = 0
validation_every = 0
[probe]
every = 5
)";

class ProgramTest : public ::testing::Test {
 protected:
  void SetUp() override {
    settings().clear();
    environment = QProcessEnvironment::systemEnvironment();
    environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
    environment.insert(QStringLiteral("VARIOMETER_TIMINGS"), QStringLiteral("1"));
    const QString folder_of_program = QFileInfo(QStringLiteral(VARIOMETER_PROGRAM)).absolutePath();
    environment.insert(QStringLiteral("PATH"), folder_of_program + QLatin1Char(':') + qEnvironmentVariable("PATH"));
    QFile preset(folder.filePath(QStringLiteral("small.toml")));
    ASSERT_TRUE(preset.open(QIODevice::WriteOnly));
    preset.write(kPreset);
  }

  std::unique_ptr<MainWindow> makeWindow() {
    auto window = std::make_unique<MainWindow>(Engine{
        .start = start_live_run,
        .open = open_record,
        .resume_config = resume_config,
        .repair = [](const std::filesystem::path& path) { return repair_record(path) ? "closed" : "was closed"; },
        .program = VARIOMETER_PROGRAM});
    window->show();
    return window;
  }

  void startProgram(QProcess& program, const QStringList& arguments) {
    program.setProcessEnvironment(environment);
    program.start(QStringLiteral(VARIOMETER_PROGRAM), arguments);
    ASSERT_TRUE(program.waitForStarted());
  }

  /// Exit status; what was said goes to `said`.
  int shell(const QString& line) {
    QProcess process;
    process.setProcessEnvironment(environment);
    process.setWorkingDirectory(folder.path());
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), line});
    process.waitForFinished(120000);
    said = process.readAll();
    return process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1;
  }

  QTemporaryDir folder;
  QProcessEnvironment environment;
  QByteArray said;
};

TEST_F(ProgramTest, TheWindowIsThereWithoutWaitingForTheEngine) {
  QProcess program;
  startProgram(program, {});
  QByteArray text;
  ASSERT_TRUE(QTest::qWaitFor(
      [&] {
        text += program.readAllStandardError();
        return text.contains("processor time");
      },
      60000));
  const QRegularExpression pattern(QStringLiteral("first paint after (\\d+) ms, (\\d+) ms of processor time"));
  const QRegularExpressionMatch match = pattern.match(QString::fromUtf8(text));
  ASSERT_TRUE(match.hasMatch()) << text.toStdString();
  RecordProperty("first_paint_ms", match.captured(1).toStdString());
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  // Not the wall: another test may have the processor. One second of wall is less than one of work.
  EXPECT_LT(match.captured(2).toInt(), 700) << text.toStdString();
#endif
  QFile maps(QStringLiteral("/proc/%1/maps").arg(program.processId()));
  program.terminate();
  ASSERT_TRUE(program.waitForFinished(60000));
  EXPECT_EQ(program.exitStatus(), QProcess::NormalExit);
}

TEST_F(ProgramTest, AKilledWindowsRunIsOfferedRepairedAndOpenedAtTheNextStart) {
  {
    QProcess program;
    startProgram(program, {folder.filePath(QStringLiteral("small.toml"))});
    QString record;
    ASSERT_TRUE(QTest::qWaitFor(
        [&] {
          const QStringList files = QDir(recordFolder()).entryList({QStringLiteral("*.h5")}, QDir::Files);
          if (files.isEmpty()) return false;
          record = recordFolder() + QLatin1Char('/') + files.front();
          try {
            return check_record(record.toStdString()).last_step >= 5;
          } catch (const std::exception&) {
            return false;  // not all there yet
          }
        },
        90000));
    ASSERT_FALSE(QDir(configFolder()).entryList({QStringLiteral("session-*.json")}, QDir::Files).isEmpty());
    program.kill();
    ASSERT_TRUE(program.waitForFinished());
    EXPECT_EQ(program.exitStatus(), QProcess::CrashExit);
    EXPECT_FALSE(check_record(record.toStdString()).closed) << "it had no chance to close it";
  }
  auto window = makeWindow();
  const auto journal = abandonedJournal();
  ASSERT_TRUE(journal.has_value());
  bool offered = false;
  for (const QLabel* label : window->startPage()->findChildren<QLabel*>()) {
    offered |= label->isVisible() && label->text().contains(QStringLiteral("ended unexpectedly"));
  }
  EXPECT_TRUE(offered);
  Q_EMIT window->startPage()->recoverRequested();
  ASSERT_NE(window->session(), nullptr);
  ASSERT_TRUE(QTest::qWaitFor([&] { return window->session()->step() > 0; }, 30000));
  const RecordReport report = check_record(journal->record.toStdString());
  EXPECT_TRUE(report.closed);
  EXPECT_TRUE(report.whole) << report.problem;
  EXPECT_GE(report.last_step, journal->step) << "no less than the window knew";
  EXPECT_FALSE(abandonedJournal().has_value()) << "asked once";
}

TEST_F(ProgramTest, CommandsThatAreOfferedRunAndRepeatTheRun) {
  auto window = makeWindow();
  RunConfig config;
  config.model = {.n_layer = 2, .n_head = 2, .n_embd = 16, .block_size = 16};
  config.train.steps = 100000;
  config.train.lr_decay_steps = 1000;  // the schedule must not follow from the number of steps
  config.train.batch_size = 4;
  config.train.threads = 1;
  config.train.sample_every = 0;
  config.train.validation_every = 0;
  LiveOptions options;
  options.name = "with a 'quote'";
  options.record = folder.filePath(QStringLiteral("first run.h5")).toStdString();
  ASSERT_TRUE(window->startRun(config, options));
  const auto reached = [&](std::int64_t step) {
    return QTest::qWaitFor([&] { return window->session()->step() >= step; }, 60000);
  };
  ASSERT_TRUE(reached(5));
  window->mitigationPanel()->section(QStringLiteral("tvr"))->toggle()->click();
  ASSERT_TRUE(QTest::qWaitFor([&] { return !window->session()->changes().empty(); }, 60000));
  ASSERT_TRUE(reached(window->session()->changes().front().step + 10));
  window->actions().require(QStringLiteral("run.stop"))->trigger();
  ASSERT_TRUE(QTest::qWaitFor([&] { return window->session()->wasStopped(); }, 60000));
  const auto losses = window->session()->history().scalars().loss;

  ASSERT_EQ(shell(window->commandLine() + QStringLiteral(" --steps %1").arg(losses.size())), 0)
      << window->commandLine().toStdString() << "\n"
      << said.toStdString();
  const RunHistory again = read_history(folder.filePath(QStringLiteral("first run-again.h5")).toStdString());
  EXPECT_EQ(again.scalars().loss, losses) << window->commandLine().toStdString();

  for (Card* card : window->cards()->cards()) {
    for (const char* ending : {"png", "csv"}) {
      if (card->name() == QStringLiteral("samples") || card->name() == QStringLiteral("heat_map")) continue;
      ExportDialog dialog(card, {}, window->session()->history(), QString::fromStdString(options.record.string()));
      dialog.format()->setCurrentIndex(dialog.format()->findData(QString::fromLatin1(ending)));
      const QString line = dialog.commandLine(card->name() + QLatin1Char('.') + QString::fromLatin1(ending));
      EXPECT_EQ(shell(line + QStringLiteral(" --overwrite")), 0) << line.toStdString() << "\n" << said.toStdString();
    }
  }
}

}  // namespace
}  // namespace variometer
