// SPDX-License-Identifier: GPL-3.0-or-later
// The window over a FakeRun, to be looked at: not a test.
#include <QTimer>
#include <clocale>

#include "app/main_window.h"
#include "app/presets.h"
#include "app/watchdog.h"
#include "tests/app/fake_run.h"
#include "widgets/theme.h"

int main(int argc, char** argv) {
  using namespace variometer;
  WatchedApplication app(argc, argv);
  std::setlocale(LC_NUMERIC, "C");
  app.setProperty("system_palette", app.palette());
  app.setProperty("system_font", app.font());
  apply_theme(app, app.arguments().contains("dark") ? Theme::Kind::dark : Theme::Kind::light);
  MainWindow window({.start = [](const RunConfig& c, const LiveOptions&) { return std::make_unique<FakeRun>(c, 1); },
                     .open = {},
                     .resume_config = {},
                     .repair = {}});
  window.show();
  if (app.arguments().contains("run"))
    QTimer::singleShot(0, &window, [&] { window.startDemo(demoPresets().front().id); });
  return QApplication::exec();
}
