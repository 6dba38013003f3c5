// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "core/base/inspector.h"

namespace variometer {

/// An inspector that says what a test lets it say, and keeps what it was asked.
class FakeInspector : public Inspector {
 public:
  void show(PromptRequest request) override { shown.push_back(std::move(request)); }
  void test(CellTest test) override { tested.push_back(std::move(test)); }
  void look(AttentionRequest request) override { looked.push_back(std::move(request)); }
  std::vector<InspectorEvent> drain() override { return std::exchange(waiting_, {}); }
  void stop() override { stop_asked = true; }
  /// Stopping takes as long as the test wants.
  bool stopped() const override { return stop_asked && may_stop; }

  void say(InspectorEvent event) { waiting_.push_back(std::move(event)); }

  std::vector<PromptRequest> shown;
  std::vector<CellTest> tested;
  std::vector<AttentionRequest> looked;
  bool stop_asked = false, may_stop = true;

 private:
  std::vector<InspectorEvent> waiting_;
};

}  // namespace variometer
