// SPDX-License-Identifier: GPL-3.0-or-later
// All cards with the synthetic run, to look at: `widgets_gallery THEME OUT.png [WIDTH HEIGHT] [STEPS] [hover]`. Not a
// test.
#include <QApplication>
#include <QGridLayout>
#include <QImage>
#include <QPainter>
#include <QtTest/QTest>
#include <cstdio>

#include "tests/widgets/synthetic_run.h"
#include "widgets/card.h"
#include "widgets/card_deck.h"
#include "widgets/card_factory.h"
#include "widgets/theme.h"

using namespace variometer;

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  const QStringList arguments = QApplication::arguments();
  const QString theme_name = arguments.value(1, QStringLiteral("light"));
  apply_theme(application, theme_name == QLatin1String("dark")    ? Theme::Kind::dark
                           : theme_name == QLatin1String("print") ? Theme::Kind::print
                                                                  : Theme::Kind::light);
  StepAxis steps;
  RunHistory history;
  QWidget window;
  window.resize(arguments.value(3, QStringLiteral("1400")).toInt(), arguments.value(4, QStringLiteral("1000")).toInt());
  auto* grid = new QGridLayout(&window);
  grid->setSpacing(8);
  CardDeck deck(&steps);
  const QStringList names = card_names();
  for (int i = 0; i < names.size(); ++i) {
    Card* card = make_card(names[i], &steps, &window);
    grid->addWidget(card, i / 3, i % 3);
    deck.add(card);
  }
  SyntheticRun run;
  const auto last = arguments.value(5, QStringLiteral("2600")).toLongLong();
  history = run.history(last);
  window.show();
  deck.setHistory(&history);
  deck.setFrame(run.frame(last, 3));
  deck.tick();
  if (arguments.contains(QStringLiteral("hover"))) {
    steps.setCursor(last * 3 / 5);
    for (std::int64_t step = last + 1; step < last + 380; ++step) history.append(run.snapshot(step));
    deck.tick();
    QTest::mouseMove(&window);
    for (const auto& card : deck.cards()) {
      QWidget* plot = card->focusProxy();
      if (plot) QTest::mouseMove(plot, QPoint(plot->width() / 2, plot->height() / 2));
    }
  }
  QTest::qWait(200);
  window.grab().save(arguments.value(2, QStringLiteral("gallery.png")));
  return 0;
}
