// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/offscreen_application.h"

#include <clocale>

#include "app/cli_process.h"

namespace variometer {
namespace {

// Before QApplication looks for a display.
int& prepared(int& argc) {
  qputenv("QT_QPA_PLATFORM", "offscreen");
  qInstallMessageHandler([](QtMsgType type, const QMessageLogContext&, const QString& text) {
    if (type == QtCriticalMsg || type == QtFatalMsg) report(text.toStdString());
  });
  return argc;
}

}  // namespace

OffscreenApplication::OffscreenApplication() : application_(prepared(argc_), argv_.data()) {
  std::setlocale(LC_NUMERIC, "C");  // QApplication takes the user's, in which 1.5 may be written 1,5
}

}  // namespace variometer
