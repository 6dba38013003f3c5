// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <QTest>
#include <functional>
#include <memory>

#include "app/main_window.h"
#include "app/perspectives.h"
#include "app/settings.h"
#include "tests/app/fake_run.h"

namespace variometer {

/// A window over FakeRuns. `run()` is the one that was started last, null once the window has let go of it.
class WindowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    settings().clear();
    window = makeWindow();
  }

  std::unique_ptr<MainWindow> makeWindow() {
    auto made = std::make_unique<MainWindow>(Engine{
        .start =
            [this](const RunConfig& config, const LiveOptions& options) {
              if (!refuse.empty()) throw std::runtime_error(refuse);
              auto fake = std::make_unique<FakeRun>(config);
              options_seen = options;
              run = fake.get();
              run->weights = options.checkpoint;
              fake->on_destroyed = [this, gone = fake.get()] {
                if (run == gone) run = nullptr;
              };
              return fake;
            },
        .open = [](const std::filesystem::path&, std::shared_ptr<Rehearsal>) -> std::unique_ptr<variometer::Run> {
          throw std::runtime_error("cannot open");
        },
        .resume_config = {},
        .repair = {},
        .fork =
            [this](const ForkRequest& request) {
              if (!refuse.empty()) throw std::runtime_error(refuse);
              fork_seen = request;
              return plan;
            }});
    made->resize(1280, 800);  // room for every panel, however small the screen of the test is
    made->show();
    return made;
  }

  void start(RunConfig config = {}) {
    LiveOptions options;
    options.name = "test";
    ASSERT_TRUE(window->startRun(config, options));
    settle();
  }

  /// Lets the window drain what was published.
  void settle() {
    ASSERT_TRUE(window->session() != nullptr);
    window->session()->tick();
    QTest::qWait(40);  // one tick of the window's own timer, where the machine is not busy
    until([this] {
      return window->session() == nullptr || !window->perspectives()->is("observe") ||
             window->axis().latest() == window->session()->step();
    });
  }

  static bool until(const std::function<bool()>& condition, int milliseconds = 5000) {
    return QTest::qWaitFor(condition, milliseconds);
  }

  FakeRun* run = nullptr;
  std::string refuse;  ///< not empty: the next start fails with it
  LiveOptions options_seen;
  ForkRequest fork_seen;
  ForkPlan plan;  ///< what forking makes of any request
  std::unique_ptr<MainWindow> window;
};

}  // namespace variometer
