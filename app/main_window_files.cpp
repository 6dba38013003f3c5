// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QLocale>
#include <QStorageInfo>
#include <QTimer>
#include <algorithm>
#include <filesystem>

#include "app/background.h"
#include "app/card_tabs.h"
#include "app/command_line.h"
#include "app/error_dialog.h"
#include "app/export_dialog.h"
#include "app/folders.h"
#include "app/inspect_page.h"
#include "app/main_window.h"
#include "app/model_chooser.h"
#include "app/new_run_dialog.h"
#include "app/new_run_keeping.h"
#include "app/perspectives.h"
#include "app/presets.h"
#include "app/question.h"
#include "app/record_rehearsal.h"
#include "app/run_study.h"
#include "app/settings.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/path_kind.h"
#include "core/base/preset.h"
#include "core/base/text_check.h"
#include "core/train/timed_commands.h"
#include "widgets/card.h"
#include "widgets/start_page.h"

namespace variometer {
namespace {

/// "NVIDIA H100", or nothing: from the driver's own files, without loading anything.
QString gpuName() {
  const QDir gpus(QStringLiteral("/proc/driver/nvidia/gpus"));
  for (const QString& entry : gpus.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
    QFile file(gpus.filePath(entry + QStringLiteral("/information")));
    if (!file.open(QIODevice::ReadOnly)) continue;
    for (const QByteArray& line : file.readAll().split('\n')) {
      if (line.startsWith("Model:")) return QString::fromUtf8(line.mid(6)).trimmed();
    }
  }
  return {};
}

QString when(const QDateTime& time) {
  if (!time.isValid()) return {};
  const qint64 days = time.date().daysTo(QDate::currentDate());
  return days == 0   ? QObject::tr("today %1").arg(time.toString(QStringLiteral("HH:mm")))
         : days == 1 ? QObject::tr("yesterday")
                     : QLocale(QLocale::English).toString(time.date(), QStringLiteral("d MMM"));
}

}  // namespace

void MainWindow::refreshStartPage() {
  std::vector<DemoText> demos;
  const auto known = recentRuns();
  for (const Preset& preset : demoPresets()) {
    // The last run of it here, else the one that is shipped.
    const auto own = std::find_if(known.begin(), known.end(), [&](const RecentRun& run) {
      return run.origin == preset.id && run.largest.size() > 1;
    });
    demos.push_back(
        {preset.id, preset.title, preset.summary, preset.duration, own == known.end() ? preset.largest : own->largest});
  }
  start_->setDemos(demos);
  std::vector<RecentText> recent;
  const QLocale locale(QLocale::English);
  for (const RecentRun& run : known) {
    const QString what = run.model ? tr("model, inspected %1").arg(when(run.time))
                                   : tr("step %1, %2").arg(locale.toString(run.step), when(run.time));
    recent.push_back({run.path, run.name, what, run.curve});
    if (recent.size() == 6) break;
  }
  start_->setRecent(recent);
  const double rate = settings().value(QStringLiteral("measured_rate"), 0.0).toDouble();
  const QString speed = rate > 0 ? tr(" (%1 steps/s last time)").arg(rate, 0, 'f', rate < 10 ? 1 : 0) : QString();
  const QString gpu = gpuName();
  start_->setDeviceLine(gpu.isEmpty() ? tr("No GPU found. Demos run on the CPU%1.").arg(speed)
                                      : tr("Found: %1.").arg(gpu));
  if (const auto journal = abandonedJournal()) {
    start_->setRecovery(tr("The last session ended unexpectedly: \"%1\" was at step %2 or later.")
                            .arg(journal->name)
                            .arg(journal->step),
                        tr("Everything up to the last batch of steps is in %1. Recovering closes the file properly and "
                           "opens it; nothing in it is lost.")
                            .arg(journal->record));
  } else {
    start_->setRecovery({}, {});
  }
}

void MainWindow::recover() {
  const auto journal = abandonedJournal();
  if (!journal) {
    refreshStartPage();
    return;
  }
  try {
    if (!engine_.program.empty() &&
        !rehearseRecord(this, QString::fromStdString(engine_.program), journal->record, Until::ended)) {
      return;
    }
    if (engine_.repair) {
      toast(QString::fromStdString(
          in_background([this, &journal] { return engine_.repair(journal->record.toStdString()); })));
    }
    if (openRecord(journal->record)) discardJournal(*journal);
  } catch (const std::exception& error) {
    showError(this, {tr("The record could not be recovered."), QString::fromUtf8(error.what()),
                     tr("The file was left as it is: %1").arg(journal->record)});
  }
}

void MainWindow::newRun() { newRunFrom(shown_ ? shown_->config : RunConfig{}, {}, {}); }

void MainWindow::newRunFrom(const RunConfig& config, const QString& init, const QString& preset) {
  NewRunDialog dialog(this, findChild<RunStudy*>(QString(), Qt::FindDirectChildrenOnly));
  dialog.setConfig(config);
  if (!init.isEmpty()) dialog.setInit(init);
  if (dialog.exec() != QDialog::Accepted) return;
  startRun(dialog.config(), dialog.options(), preset, dialog.keeping()->autosave());
}

bool MainWindow::openRecord(const QString& path) {
  if (busy_) return false;
  const QString whole = QFileInfo(path).absoluteFilePath();
  for (const auto& open : runs_) {
    if (open->record_path != whole) continue;
    showRun(open.get());
    return true;
  }
  const Busy busy(busy_);
  try {
    auto run = std::make_unique<OpenRun>();
    std::shared_ptr<Rehearsal> course;
    if (!engine_.program.empty()) {
      run->rehearsal = rehearseRecord(this, QString::fromStdString(engine_.program), whole, Until::begun);
      if (!run->rehearsal) return false;
      course = run->rehearsal->course();
      connect(run->rehearsal.get(), &RecordRehearsal::ended, this, &MainWindow::updateActions);
    }
    if (engine_.is_snapshot && in_background([this, &whole] { return engine_.is_snapshot(whole.toStdString()); })) {
      // All of it is shown at once, so all of it must have been read by the other process.
      if (run->rehearsal && !run->rehearsal->hasEnded() &&
          !rehearseRecord(this, QString::fromStdString(engine_.program), whole, Until::ended)) {
        return false;
      }
      showPerspective(QStringLiteral("inspect"));
      inspect_->openModel(whole);
      return true;
    }
    run->record_path = whole;
    run->session = std::make_unique<RunSession>(
        in_background([this, &whole, &course] { return engine_.open(whole.toStdString(), course); }),
        QFileInfo(path).completeBaseName());
    showRun(&add(std::move(run)));
    return true;
  } catch (const std::exception& error) {
    showError(this, {tr("Could not open \"%1\"").arg(QFileInfo(path).fileName()), QString::fromUtf8(error.what()),
                     shown_ ? tr("Nothing was changed; the run that is shown goes on.") : tr("Nothing was changed.")});
    return false;
  }
}

void MainWindow::openRecordDialog() {
  const QString path =
      askOpenFile(this, FileKind::run, tr("Open run"), tr("Records (*.h5);;All files (*)"));
  if (!path.isEmpty()) openRecord(path);
}

void MainWindow::openModelDialog() {
  const QString model = askForModel(this, tr("Start from a model"));
  if (!model.isEmpty()) openModel(model);
}

void MainWindow::openModel(const QString& chosen) {
  const QString folder = modelPath(chosen);
  if (const QString why = modelProblem(folder); !why.isEmpty()) {
    showError(this, {tr("Could not open \"%1\" as a model.").arg(QFileInfo(chosen).fileName()), why,
                     tr("Nothing was changed.")});
    return;
  }
  // A checkpoint of ours knows the whole run; a plain model gives sizes, weights and tokenizer.
  bool go_on = QFileInfo::exists(folder + QStringLiteral("/variometer/state.json"));
  if (go_on) {
    const int answer = ask(
        this, {.title = tr("A checkpoint"),
               .text = tr("\"%1\" is a checkpoint of a run: its weights, optimizer and place in the text.")
                           .arg(QFileInfo(folder).fileName()),
               .detail = tr("Going on continues that run as it was. A new run starts from its weights alone, with another "
                            "text, rate or length if you like."),
               .answers = {tr("&Go on with the run"), tr("Start a &new run from it…"), tr("Cancel")},
               .preferred = 0,
               .cancel = 2});
    if (answer == 2) return;
    go_on = answer == 0;
  }
  if (go_on) {
    LiveOptions options;
    options.name = QFileInfo(folder).fileName().toStdString();
    options.resume = folder.toStdString();
    try {
      startRun(engine_.resume_config(folder.toStdString()), options);
    } catch (const std::exception& error) {
      showError(this, {tr("\"%1\" cannot be gone on with.").arg(QFileInfo(folder).fileName()),
                       QString::fromUtf8(error.what()), tr("Nothing was changed.")});
    }
    return;
  }
  // Of the run that is shown only the text is kept: its sizes, rate and thresholds are for another model.
  RunConfig config;
  if (shown_) config.data.corpus = shown_->config.data.corpus;
  newRunFrom(config, folder, {});
}

void MainWindow::openRecent(const QString& path) {
  const auto recent = recentRuns();
  const bool model =
      std::any_of(recent.begin(), recent.end(), [&](const RecentRun& run) { return run.model && run.path == path; });
  if (!model) return openPath(path);
  showPerspective(QStringLiteral("inspect"));
  if (!inspect_->openPath(path)) openRecord(path);  // a snapshot of a pass
}

void MainWindow::openPaths(QStringList paths) {
  if (busy_) {
    // Something is being opened; what came meanwhile is not forgotten.
    QTimer::singleShot(50, this, [this, paths] { openPaths(paths); });
    return;
  }
  const auto kind = [](const QString& path) { return path_kind(path.toStdString()); };
  std::stable_sort(paths.begin(), paths.end(), [&](const QString& a, const QString& b) { return kind(a) < kind(b); });
  int n_model = 0;
  QStringList left_out;
  for (const QString& path : paths) {
    // Of models to look at there is room for two, side by side.
    n_model += isToLookAt(path);
    if (!isToLookAt(path) || n_model == 1) {
      openPath(path);
    } else if (n_model == 2) {
      inspect_->openSecondModel(modelPath(path));
    } else {
      left_out << QFileInfo(path).fileName();
    }
  }
  if (left_out.isEmpty()) return;
  showError(this, {tr("Not all models were opened."),
                   tr("Two can be looked at side by side; left out: %1.").arg(left_out.join(QStringLiteral(", "))),
                   tr("The others are open.")});
}

bool MainWindow::isToLookAt(const QString& path) const {
  if (!engine_.inspect || path_kind(path.toStdString()) != PathKind::model) return false;
  const QFileInfo info(path);
  if (!info.isDir()) return info.suffix().toLower() == QLatin1String("gguf");
  return info.isReadable() && QFileInfo::exists(path + QStringLiteral("/config.json")) &&
         !QFileInfo::exists(path + QStringLiteral("/variometer/state.json"));
}

void MainWindow::openPath(const QString& path) {
  if (perspectives_->is("inspect") && inspect_->openPath(path)) return;
  const QFileInfo info(path);
  const PathKind kind = path_kind(path.toStdString());
  if (isToLookAt(path)) {
    showPerspective(QStringLiteral("inspect"));
    inspect_->openPath(path);
  } else if (kind == PathKind::model) {
    openModel(path);
  } else if (kind == PathKind::record) {
    openRecord(path);
  } else if (kind == PathKind::preset) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) {
      showError(this,
                {tr("Could not open \"%1\"").arg(info.fileName()), file.errorString(), tr("Nothing was changed.")});
      return;
    }
    try {
      const QString text = QString::fromUtf8(file.readAll());
      const RunPreset preset = preset_from_toml(text.toStdString(), path.toStdString());
      LiveOptions options;
      options.name = preset.name.empty() ? describePreset(info.completeBaseName(), text).title.toStdString() : preset.name;
      options.init = preset.init;
      options.timed = timed_commands(preset.at);
      startRun(preset.config, options, path);
    } catch (const std::exception& error) {
      showError(this, {tr("\"%1\" is not a preset that can be used.").arg(info.fileName()),
                       QString::fromUtf8(error.what()), tr("Nothing was changed.")});
    }
  } else {
    // Anything else is taken for a text to train on.
    if (const std::string why = why_no_text(std::filesystem::path(path.toStdString())); !why.empty()) {
      showError(this, {tr("Could not open \"%1\" as a text to train on.").arg(info.fileName()),
                       tr("It %1.").arg(QString::fromStdString(why)), tr("Nothing was changed.")});
      return;
    }
    RunConfig config = shown_ ? shown_->config : RunConfig{};
    config.data.corpus = info.absoluteFilePath().toStdString();
    newRunFrom(config, {}, {});
  }
}

std::int64_t MainWindow::saveModel() {
  QDir().mkpath(lastFolder(FileKind::model));
  const QString free =
      QLocale(QLocale::English)
          .formattedDataSize(QStorageInfo(lastFolder(FileKind::model)).bytesAvailable(), 1, QLocale::DataSizeSIFormat);
  const QString folder = askSaveFile(this, FileKind::model, tr("Save model as a folder (%1 free)").arg(free),
                                     QStringLiteral("%1-step-%2")
                                         .arg(session()->name().toLower().replace(QLatin1Char(' '), QLatin1Char('-')))
                                         .arg(session()->step()),
                                     tr("Folder (*)"));
  if (folder.isEmpty()) return 0;
  const std::int64_t ticket =
      post({.kind = Command::Kind::checkpoint, .assignments = {}, .text = folder.toStdString()});
  if (ticket != 0) toast(tr("Saving at the next step."));
  return ticket;
}

void MainWindow::exportCard(Card* card) {
  if (perspectives_->is("inspect")) return inspect_->exportView();
  if (shown_ == nullptr || card == nullptr) return;
  ExportDialog dialog(card, cards_->shownCards(), session()->history(), shown_->record_path, this);
  if (dialog.exec() == QDialog::Accepted) toast(tr("Exported: %1").arg(card->title()));
}

void MainWindow::copyCardImage() {
  if (perspectives_->is("inspect")) {
    toast(tr("Copied: %1").arg(inspect_->copy()));
    return;
  }
  if (Card* card = cards_->current()) {
    card->copyImage();
    toast(tr("Copied: %1").arg(card->title()));
  }
}

QString MainWindow::commandLine() const {
  if (perspectives_->is("inspect")) return inspect_->commandLine();
  if (shown_ == nullptr) return {};
  RepeatedRun run;
  run.config = shown_->config;
  run.init = QString::fromStdString(shown_->options.init.string());
  run.resume = QString::fromStdString(shown_->options.resume.string());
  for (const RunSession::Change& change : session()->changes()) run.changes.push_back({change.step, change.command});
  run.record = shown_->record_path.isEmpty()
                   ? QString()
                   : QFileInfo(shown_->record_path).completeBaseName() + QStringLiteral("-again.h5");
  return trainCommandLine(run);
}

}  // namespace variometer
