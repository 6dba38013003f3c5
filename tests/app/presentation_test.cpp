// SPDX-License-Identifier: GPL-3.0-or-later
// A run before a room: large, simple, and the window as it was afterwards.
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QLabel>
#include <QToolButton>

#include "app/card_tabs.h"
#include "app/headline.h"
#include "app/presentation.h"
#include "tests/app/window_fixture.h"
#include "widgets/card.h"
#include "widgets/card_plot.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_switch.h"
#include "widgets/panel_transport.h"
#include "widgets/plot_library.h"

namespace variometer {
namespace {

class PresentationTest : public WindowTest {
 protected:
  void present(int steps) {
    start();
    for (int i = 0; i < steps; ++i) run->step();
    settle();
    action()->trigger();
    shown = window->presentation();
    ASSERT_NE(shown, nullptr);
    ASSERT_TRUE(until([this] { return shown->isVisible() && shown->card() != nullptr; }));
    shown->activateWindow();
    // QTest::qWaitForWindowActive() is content with the window below.
    ASSERT_TRUE(until([this] { return QApplication::activeWindow() == shown; }));
  }
  QAction* action() { return window->actions().require(QStringLiteral("view.presentation")); }
  void press(Qt::Key key) { QTest::keyClick(shown, key); }

  Presentation* shown = nullptr;
};

TEST_F(PresentationTest, NoTextIsBelowTwentyPoints) {
  present(5);
  for (int i = 0; i < 20; ++i) {
    for (const QWidget* each : shown->findChildren<QWidget*>()) {
      const auto* label = qobject_cast<const QLabel*>(each);
      const bool text = (label != nullptr && !label->text().isEmpty()) || qobject_cast<const QComboBox*>(each) ||
                        qobject_cast<const QToolButton*>(each);
      if (!text || !each->isVisible()) continue;
      EXPECT_GE(each->font().pointSizeF(), 19.99)
          << each->metaObject()->className() << ' ' << each->objectName().toStdString();
    }
    if (const auto* plot = qobject_cast<const PlotCard*>(shown->card())) {
      EXPECT_GE(plot->plot().xAxis->tickLabelFont().pointSizeF(), 19.99) << plot->name().toStdString();
    }
    press(Qt::Key_Right);
  }
}

TEST_F(PresentationTest, ArrowKeysTurnThroughAllCardsAndTheWindowIsAsItWasAfterwards) {
  window->resize(1280, 800);
  const QFont font = QApplication::font();
  present(5);
  const QByteArray before = window->saveState();
  const CardLayout layout = window->cards()->layout();
  std::vector<QString> names;
  for (const CardLayout::Page& page : layout.pages) {
    for (const CardLayout::Row& row : page.rows) {
      for (const CardLayout::Place& card : row.cards) names.push_back(card.name);
    }
  }
  ASSERT_GT(names.size(), 6U);
  for (std::size_t i = 0; i < names.size(); ++i) {
    EXPECT_EQ(shown->card()->name(), names[i]);
    EXPECT_TRUE(shown->card()->isVisible());
    press(i % 2 == 0 ? Qt::Key_Right : Qt::Key_PageDown);
  }
  EXPECT_EQ(shown->card()->name(), names.back()) << "there is none behind the last";
  press(Qt::Key_Left);
  press(Qt::Key_Up);
  EXPECT_EQ(shown->card()->name(), names[names.size() - 3]);
  press(Qt::Key_Escape);
  EXPECT_EQ(window->presentation(), nullptr);
  EXPECT_FALSE(action()->isChecked());
  EXPECT_TRUE(window->mitigationPanel()->isVisible());
  EXPECT_EQ(window->saveState(), before);
  EXPECT_EQ(QApplication::font(), font);
}

TEST_F(PresentationTest, ASwitchIsOneClickAndItsEffectTheHeadline) {
  present(40);
  auto* tvr = shown->findChildren<Switch*>().front();
  QTest::mouseClick(tvr, Qt::LeftButton);
  ASSERT_EQ(run->received().size(), 1U);
  EXPECT_EQ(run->received().front().assignments.front().key, "tvr.enabled");
  EXPECT_TRUE(tvr->isPending());
  for (int i = 0; i < 20; ++i) run->step();
  settle();
  EXPECT_TRUE(until([&] { return tvr->isChecked(); }));
  const auto* headline = shown->findChild<QLabel*>(QStringLiteral("headline"));
  ASSERT_NE(headline, nullptr);
  EXPECT_TRUE(until([&] { return headline->text().startsWith(QStringLiteral("TVR on at 41: largest |h| ")); }))
      << headline->text().toStdString();
  // The keys of the window act here.
  QTest::keyClick(shown, Qt::Key_F5);
  EXPECT_TRUE(until([&] { return run->received().size() == 2; }));
  auto* slider = shown->findChild<TransportBar*>()->slider();
  slider->setValue(30);
  EXPECT_EQ(window->axis().shownStep(), 30);
  EXPECT_TRUE(until([&] { return !headline->text().contains(QStringLiteral("TVR on")); }))
      << "at the step shown it had not happened";
}

TEST_F(PresentationTest, EndsWithItsRun) {
  present(3);
  window->closeWithoutAsking();
  EXPECT_EQ(window->presentation(), nullptr);
}

TEST(Headline, SaysWhatSomebodyDidBeforeWhatTheRunNoticed) {
  RunHistory history;
  const auto add = [&](std::int64_t step, float largest, std::vector<Event> events) {
    auto activation = std::make_shared<ActivationSnapshot>();
    LayerActivation layer;
    layer.top = {{-largest, 0, 0, 0, 0, 1}};
    activation->layers = {LayerActivation{}, layer};
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->step = step;
    snapshot->is_update = true;
    snapshot->probe = activation;
    snapshot->events = std::move(events);
    history.append(snapshot);
  };
  add(989, 390, {});
  add(990, 400, {});
  EXPECT_EQ(headline(history, 990), QString());
  add(991, 300, {{991, "set", R"({"kind":"set","set":{"tvr.enabled":"true","tvr.target_std":"0.05"}})"}});
  EXPECT_EQ(headline(history, 991), QStringLiteral("TVR on at 991: largest |h| 400 → 300"));
  add(1100, 14, {{1100, "alarm", R"({"what":"the loss jumped","layer":1})"}, {1100, "thinned", R"({"factor":2})"}});
  EXPECT_EQ(headline(history, 1100), QStringLiteral("TVR on at 991: largest |h| 400 → 14"));
  EXPECT_EQ(headline(history, 990), QString()) << "of what is shown, not of what came later";
}

}  // namespace
}  // namespace variometer
