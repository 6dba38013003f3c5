// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <QApplication>
#include <QFont>
#include <QLocale>
#include <QTemporaryDir>
#include <clocale>

#include "app/watchdog.h"
#include "widgets/theme.h"

/// Tests of the window: offscreen, in folders of their own.
int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  const QTemporaryDir home;
  qputenv("VARIOMETER_CONFIG_DIR", (home.path() + QStringLiteral("/config")).toUtf8());
  qputenv("VARIOMETER_CACHE_DIR", (home.path() + QStringLiteral("/cache")).toUtf8());
  qputenv("VARIOMETER_DOCUMENTS_DIR", (home.path() + QStringLiteral("/documents")).toUtf8());
  if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
  variometer::WatchedApplication app(argc, argv);
  std::setlocale(LC_NUMERIC, "C");
  QLocale::setDefault(QLocale::c());
  app.setProperty("system_palette", app.palette());
  app.setProperty("system_font", app.font());
  variometer::apply_theme(app, variometer::Theme::Kind::light);
  return RUN_ALL_TESTS();
}
