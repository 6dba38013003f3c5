// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window_entry.h"

#include <QIcon>
#include <QLocale>
#include <QSocketNotifier>
#include <QTimer>
#include <clocale>
#include <csignal>

#include <fcntl.h>
#include <unistd.h>

#include "app/main_window.h"
#include "app/presets.h"
#include "app/settings.h"
#include "app/version.h"
#include "app/watchdog.h"
#include "core/record/record_check.h"
#include "core/record/recorded_run.h"
#include "core/train/live_run.h"
#include "widgets/theme.h"

namespace variometer {
namespace {

void applySettings(QApplication& app) {
  app.setProperty("system_palette", app.palette());
  app.setProperty("system_font", app.font());
  const QString name = settings().value(QStringLiteral("theme"), QStringLiteral("system")).toString();
  apply_theme(app, name == QLatin1String("light")   ? Theme::Kind::light
                   : name == QLatin1String("dark")  ? Theme::Kind::dark
                   : name == QLatin1String("print") ? Theme::Kind::print
                                                    : system_theme(app.palette()));
  const int scale = settings().value(QStringLiteral("scale"), 100).toInt();
  if (scale != 100) {
    QFont font = app.font();
    font.setPointSizeF(font.pointSizeF() * scale / 100);
    QApplication::setFont(font);
  }
}

std::string repair(const std::filesystem::path& path) {
  return repair_record(path) ? "The record was closed properly." : "The record was closed already.";
}

/// Write end of a pipe: what a signal handler may touch.
int g_end_pipe[2] = {-1, -1};

void on_end_signal(int) {
  const char byte = 1;
  [[maybe_unused]] const ssize_t written = ::write(g_end_pipe[1], &byte, 1);
}

/// Ctrl-C in the terminal and the end of the session close the window as its button does, without a question: the run
/// stops and its record is closed.
void closeOnSignals(MainWindow& window) {
  if (::pipe2(g_end_pipe, O_CLOEXEC | O_NONBLOCK) != 0) return;
  auto* notifier = new QSocketNotifier(g_end_pipe[0], QSocketNotifier::Read, &window);
  QObject::connect(notifier, &QSocketNotifier::activated, &window, [&window, notifier] {
    notifier->setEnabled(false);
    window.closeWithoutAsking();
  });
  struct sigaction action {};
  action.sa_handler = on_end_signal;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

}  // namespace

int run_window(const WindowOptions& options) {
  static int argc = 1;
  static char program[] = "variometer";
  static char* argv[] = {program, nullptr};
  WatchedApplication app(argc, argv);
  // QApplication takes over the system's way of writing numbers, and everything that parses would follow it.
  std::setlocale(LC_NUMERIC, "C");
  QLocale::setDefault(QLocale::c());
  QApplication::setApplicationName(QStringLiteral("variometer"));
  QApplication::setApplicationDisplayName(QStringLiteral("Variometer"));
  QApplication::setApplicationVersion(QString::fromLatin1(kVersion));
  QGuiApplication::setDesktopFileName(QStringLiteral("variometer"));
  applySettings(app);

  MainWindow window({.start = start_live_run, .open = open_record, .resume_config = resume_config, .repair = repair},
                    /*restore_layout=*/!options.safe_mode);
  closeOnSignals(window);
  window.show();
  if (!options.paths.empty()) {
    const QString path = QString::fromStdString(options.paths.front().string());
    // After the window is there: it opens at once, whatever it is to show.
    QTimer::singleShot(0, &window, [&window, path] { window.openPath(path); });
  }
  return QApplication::exec();
}

}  // namespace variometer
