// SPDX-License-Identifier: GPL-3.0-or-later
// Cards to look at, of a record or of the synthetic run; not a test.
//   widgets_gallery OUT.png [--theme light] [--size 1600x1000] [--columns 3] [--cards loss,ratio] [--record run.h5]
//                   [--steps 2600] [--at 900] [--hover] [--hostile] [--bench]
#include <QApplication>
#include <QCommandLineParser>
#include <QGridLayout>
#include <QImage>
#include <QtTest/QTest>
#include <cstdio>

#include "core/record/recorded_run.h"
#include "tests/widgets/synthetic_run.h"
#include "widgets/bench_plots.h"
#include "widgets/card.h"
#include "widgets/card_deck.h"
#include "widgets/card_factory.h"
#include "widgets/theme.h"

using namespace variometer;

namespace {

/// A frame with cells that are not finite.
FramePtr spoilt(const FramePtr& frame) {
  auto out = std::make_shared<Frame>(*frame);
  for (std::size_t i = 40; i < 60; ++i) out->values[i] = NAN;
  out->values[200] = INFINITY;
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  QCommandLineParser parser;
  const auto option = [&](const char* name, const char* value) {
    parser.addOption({QString::fromLatin1(name), QString(), QStringLiteral("value"), QString::fromLatin1(value)});
  };
  option("theme", "light");
  option("size", "1400x1000");
  option("columns", "3");
  option("cards", "");
  option("record", "");
  option("steps", "2600");
  option("at", "");
  parser.addOption(QCommandLineOption(QStringLiteral("hover")));
  parser.addOption(QCommandLineOption(QStringLiteral("hostile")));
  parser.addOption(QCommandLineOption(QStringLiteral("bench")));
  parser.process(application);
  const auto value = [&](const char* name) { return parser.value(QString::fromLatin1(name)); };
  if (parser.isSet(QStringLiteral("bench"))) {
    for (const PlotBench& row : bench_plots({})) {
      std::printf("%12lld %8.2f %8.2f %8.2f ms, processor %8.2f %8.2f ms  %s\n", static_cast<long long>(row.n),
                  row.median_ms, row.p99_ms, row.worst_ms, row.cpu_median_ms, row.cpu_p99_ms, row.what.c_str());
    }
    return 0;
  }
  const QString theme_name = value("theme");
  apply_theme(application, theme_name == QLatin1String("dark")    ? Theme::Kind::dark
                           : theme_name == QLatin1String("print") ? Theme::Kind::print
                                                                  : Theme::Kind::light);
  StepAxis steps;
  QWidget window;
  const QStringList size = value("size").split(QLatin1Char('x'));
  window.resize(size.value(0).toInt(), size.value(1).toInt());
  auto* grid = new QGridLayout(&window);
  grid->setSpacing(6);
  grid->setContentsMargins(6, 6, 6, 6);
  const int columns = value("columns").toInt();
  CardDeck deck(&steps);
  const QStringList names = value("cards").isEmpty() ? card_names() : value("cards").split(QLatin1Char(','));
  for (int i = 0; i < names.size(); ++i) {
    Card* card = make_card(names[i], &steps, &window);
    if (!card) qFatal("no card is called %s", qPrintable(names[i]));
    grid->addWidget(card, i / columns, i % columns);
    grid->setColumnStretch(i % columns, 1);
    deck.add(card);
  }
  SyntheticRun run;
  const auto last = value("steps").toLongLong();
  RunHistory history = value("record").isEmpty() ? run.history(last) : read_history(value("record").toStdString());
  window.show();
  deck.setHistory(&history);
  FramePtr frame = run.frame(history.last_step(), 3);
  if (parser.isSet(QStringLiteral("hostile"))) frame = spoilt(frame);
  deck.setFrame(frame);
  deck.tick();
  if (!value("at").isEmpty()) steps.setCursor(value("at").toLongLong());
  if (parser.isSet(QStringLiteral("hover"))) {
    for (const auto& card : deck.cards()) {
      QWidget* plot = card->focusProxy();
      if (plot) QTest::mouseMove(plot, QPoint(plot->width() / 2, plot->height() / 2));
    }
  }
  QTest::qWait(200);
  window.grab().save(parser.positionalArguments().value(0, QStringLiteral("gallery.png")));
  return 0;
}
