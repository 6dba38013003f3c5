// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/window_entry.h"

#include <QIcon>
#include <QLocale>
#include <QSocketNotifier>
#include <QTimer>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <thread>

#include <fcntl.h>
#include <unistd.h>

#include "app/engine_library.h"
#include "app/main_window.h"
#include "app/run_study.h"
#include "app/settings.h"
#include "app/version.h"
#include "app/watchdog.h"
#include "widgets/theme.h"

namespace variometer {
namespace {

void applySettings(QApplication& app) {
  app.setProperty("system_palette", app.palette());
  app.setProperty("system_font", app.font());
  const QString name = settings().value(QStringLiteral("theme"), QStringLiteral("system")).toString();
  apply_theme(app, name == QLatin1String("light")      ? Theme::Kind::light
                   : name == QLatin1String("dark")     ? Theme::Kind::dark
                   : name == QLatin1String("contrast") ? Theme::Kind::contrast
                   : name == QLatin1String("print")    ? Theme::Kind::print
                                                       : system_theme(app.palette()));
  const int scale = settings().value(QStringLiteral("scale"), 100).toInt();
  if (scale != 100) {
    QFont font = app.font();
    font.setPointSizeF(font.pointSizeF() * scale / 100);
    QApplication::setFont(font);
  }
}

/// The engine behind functions that load it: whoever calls first waits for it, which startRun does off this thread.
Engine lazyEngine() {
  return {
      .start = [](const RunConfig& config,
                  const LiveOptions& options) { return engine_library().engine.start(config, options); },
      .open =
          [](const std::filesystem::path& path, std::shared_ptr<Rehearsal> rehearsal) {
            return engine_library().engine.open(path, std::move(rehearsal));
          },
      .resume_config = [](const std::filesystem::path& path) { return engine_library().engine.resume_config(path); },
      .repair = [](const std::filesystem::path& path) { return engine_library().engine.repair(path); },
      .fork = [](const ForkRequest& request) { return engine_library().engine.fork(request); },
      .inspect = [](const InspectorOptions& options,
                    std::function<void()> wake) { return engine_library().engine.inspect(options, std::move(wake)); },
      .program = QCoreApplication::applicationFilePath().toStdString()};
}

/// The same of what the New run form asks.
Planner lazyPlanner() {
  return {.read_model = [](const auto& model,
                           const auto& stop) { return engine_library().planner.read_model(model, stop); },
          .read_text = [](const auto& data, const auto& model,
                          auto vocab_size) { return engine_library().planner.read_text(data, model, vocab_size); },
          .propose = [](const auto& model, const auto& config, const auto& text,
                        double memory) { return engine_library().planner.propose(model, config, text, memory); },
          .memory = [](const auto& config) { return engine_library().planner.memory(config); },
          .parameters = [](const auto& model) { return engine_library().planner.parameters(model); },
          .measure = [](const auto& config,
                        const auto& stop) { return engine_library().planner.measure(config, stop); }};
}

/// Milliseconds since this process began, as the kernel counts.
double millisecondsOfProcess() {
  double started = 0;
  if (std::FILE* file = std::fopen("/proc/self/stat", "r")) {
    unsigned long long ticks = 0;
    // Field 22; the second field is the program's name in brackets, which holds no space here.
    if (std::fscanf(file, "%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
                    &ticks) == 1) {
      started = static_cast<double>(ticks) / static_cast<double>(::sysconf(_SC_CLK_TCK));
    }
    std::fclose(file);
  }
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return (static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9 - started) * 1e3;
}

/// Calls `after` once, when the window has been painted for the first time.
class FirstPaint : public QObject {
 public:
  FirstPaint(QWidget& window, std::function<void()> after) : QObject(&window), after_(std::move(after)) {
    window.installEventFilter(this);
  }
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::Paint && after_) {
      watched->removeEventFilter(this);
      // Behind the paint events of the children, which come in one go with this one.
      QTimer::singleShot(0, watched, std::exchange(after_, {}));
    }
    return false;
  }

 private:
  std::function<void()> after_;
};

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

  MainWindow window(lazyEngine(), /*restore_layout=*/!options.safe_mode);
  closeOnSignals(window);
  new RunStudy(lazyPlanner(), &window);  // the New run form finds it as the window's child
  // Not before the window is there: it opens at once, whatever the engine's loading takes and whatever it is to show.
  std::jthread loader;
  const auto painted = [&] {
    if (qEnvironmentVariableIsSet("VARIOMETER_TIMINGS")) {
      std::fprintf(stderr, "first paint after %.0f ms, %.0f ms of processor time\n", millisecondsOfProcess(),
                   1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
    }
    app.resetDelays();  // until now nobody could be kept waiting
    QStringList paths;
    for (const auto& path : options.paths) paths << QString::fromStdString(path.string());
    loader = std::jthread([&window, paths] {
      try {
        engine_library();
      } catch (const std::exception&) {
        // Said when it is needed.
      }
      // Not before: what needs the engine would wait for it, and the window with it.
      QMetaObject::invokeMethod(&window, [&window, paths] { window.openPaths(paths); }, Qt::QueuedConnection);
    });
  };
  new FirstPaint(window, painted);
  window.show();
  return QApplication::exec();
}

}  // namespace variometer
