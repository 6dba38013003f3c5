// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/stored_inspector.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <optional>
#include <thread>

#include "core/base/error.h"
#include "core/record/record_writer.h"
#include "tests/record/made_run.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

/// An inspector and all it said, in order.
struct Talk {
  std::unique_ptr<Inspector> inspector;
  std::vector<InspectorEvent> said = {};
  std::size_t seen = 0;

  /// The next T that it says; none: it said none in time.
  template <class T>
  std::optional<T> wait() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (std::chrono::steady_clock::now() < deadline) {
      for (auto& event : inspector->drain()) said.push_back(std::move(event));
      for (; seen < said.size(); ++seen) {
        if (auto* found = std::get_if<T>(&said[seen])) return ++seen, *found;
      }
      std::this_thread::yield();
    }
    return std::nullopt;
  }
};

/// As `inspect --out` writes it: every sequence with its hidden states, counted as steps.
void write_snapshot_file(const std::filesystem::path& path, int n_sequence, bool slot) {
  RecordWriter writer(path, made::info(), /*overwrite=*/false);
  for (int i = 0; i < n_sequence; ++i) {
    auto s = std::make_shared<Snapshot>();
    s->step = i;
    s->state = RunState::finished;
    s->probe = made::activation(i, /*probe=*/true);
    if (i == 0) {
      auto weights = std::make_shared<WeightSnapshot>();
      weights->tensors.resize(3);
      weights->tensors[1].std = 0.5F;
      s->weights = weights;
    }
    writer.write(*s);
    writer.write_hidden(made::hidden(i, slot));
  }
  writer.close();
}

TEST(StoredInspector, ASnapshotFileIsToldFromARun) {
  const test::TemporaryFolder folder;
  write_snapshot_file(folder / "two.h5", 2, false);
  EXPECT_TRUE(is_snapshot_file(folder / "two.h5"));
  {
    RecordWriter writer(folder / "run.h5", made::info(), /*overwrite=*/false);
    for (int step = 0; step < 5; ++step) writer.write(*made::snapshot(step));
    writer.write_hidden(made::hidden(3, /*slot=*/false));
    writer.close();
  }
  EXPECT_FALSE(is_snapshot_file(folder / "run.h5"));
  std::ofstream(folder / "none.h5") << "nothing";
  EXPECT_THROW(is_snapshot_file(folder / "none.h5"), Error);
}

TEST(StoredInspector, ShowsWhatIsStored) {
  const test::TemporaryFolder folder;
  for (const bool slot : {false, true}) {
    const auto path = folder / (slot ? "slot.h5" : "plain.h5");
    write_snapshot_file(path, 2, slot);
    Talk talk{open_stored_inspector(path, {})};
    const auto opened = talk.wait<Opened>();
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->facts.stored_passes, (std::vector<std::string>{"sequence 0", "sequence 1"}));
    std::size_t n_weight = 0;
    for (const auto& event : talk.said) {
      const auto* weight = std::get_if<WeightSummaryPtr>(&event);
      if (weight == nullptr) continue;
      if (n_weight++ == 1) {
        EXPECT_EQ((*weight)->std, 0.5);
      }
    }
    EXPECT_EQ(n_weight, 3u);
    for (std::int64_t i = 0; i < 2; ++i) {
      talk.inspector->show({.text = "what a user typed", .stored_pass = i});
      const auto got = talk.wait<PassPtr>();
      ASSERT_TRUE(got);
      const InspectedPass& pass = **got;
      const HiddenStates stored = made::hidden(i, slot);
      EXPECT_EQ(pass.hidden.hidden, stored.hidden);
      EXPECT_EQ(pass.ids, stored.tokens);
      ASSERT_EQ(pass.attention.n_key, stored.n_key);
      EXPECT_EQ(pass.attention.slot, slot);
      for (std::int64_t layer = 0; layer < stored.n_layer; ++layer) {
        for (std::int64_t head = 0; head < stored.n_head; ++head) {
          const auto map = pass.attention.map(layer, head);
          const std::size_t cells = map.size();
          const auto* expected = stored.attention.data() + static_cast<std::size_t>(layer * stored.n_head + head) * cells;
          EXPECT_TRUE(std::equal(map.begin(), map.end(), expected)) << layer << ' ' << head;
        }
        const LayerActivation& measured = pass.activation.layers.at(static_cast<std::size_t>(layer));
        EXPECT_EQ(measured.token_max.size(), pass.ids.size());
        EXPECT_EQ(measured.median, made::activation(i, true)->layers[static_cast<std::size_t>(layer)].median);
      }
    }
    // Cells of a part, of one head and of the mean.
    talk.inspector->show({.stored_pass = 1, .attention_cells = 1});
    const auto pooled = talk.wait<PassPtr>();
    ASSERT_TRUE(pooled);
    EXPECT_TRUE((*pooled)->attention.pooled());
    const HiddenStates stored = made::hidden(1, slot);
    for (const std::int64_t head : {-1, 1}) {
      talk.inspector->look({.pass = *pooled, .layer = 1, .head = head, .first_query = 1, .n_query = 2, .first_key = 0, .n_key = 2});
      const auto part = talk.wait<AttentionPartPtr>();
      ASSERT_TRUE(part);
      const auto at = [&](std::int64_t h, std::int64_t q, std::int64_t k) {
        return stored.attention[static_cast<std::size_t>(((stored.n_head + h) * stored.n_token + q) * stored.n_key + k)];
      };
      EXPECT_FLOAT_EQ((*part)->cells[3], head < 0 ? (at(0, 2, 1) + at(1, 2, 1)) / 2 : at(1, 2, 1));
    }
    talk.inspector->test({.serial = 7});
    const auto failure = talk.wait<InspectorFailure>();
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->slot, kCellTestSlot);
    EXPECT_EQ(failure->serial, 7);
  }
}

TEST(StoredInspector, WhatIsNotFiniteStaysSo) {
  const test::TemporaryFolder folder;
  RunInfo info = made::info();
  RecordWriter writer(folder / "run.h5", info, /*overwrite=*/false);
  HiddenStates h = made::hidden(0, /*slot=*/false);
  for (float& value : h.hidden) value = NAN;
  h.hidden[0] = 3;
  auto s = std::make_shared<Snapshot>();
  s->state = RunState::finished;
  writer.write(*s);
  writer.write_hidden(h);  // nothing measured beside it
  writer.close();
  Talk talk{open_stored_inspector(folder / "run.h5", {})};
  talk.inspector->show({});
  const auto got = talk.wait<PassPtr>();
  ASSERT_TRUE(got);
  const auto& layers = (*got)->activation.layers;
  ASSERT_EQ(layers.size(), 2u);
  EXPECT_EQ(layers[0].non_finite, std::ssize(h.hidden) / 2 - 1);
  EXPECT_EQ(layers[0].token_max.at(0), 3);
  EXPECT_EQ(layers[0].median, 3);
  EXPECT_TRUE(std::isnan(layers[1].median));
  EXPECT_TRUE(layers[1].top.empty());
  EXPECT_TRUE(massive_places(**got, {}).empty());
}

TEST(StoredInspector, SaysInOneLineWhatCannotBeShown) {
  const test::TemporaryFolder folder;
  {
    RecordWriter writer(folder / "run.h5", made::info(), /*overwrite=*/false);
    writer.write(*made::snapshot(0));
    writer.close();
  }
  for (const char* name : {"run.h5", "missing.h5"}) {
    Talk talk{open_stored_inspector(folder / name, {})};
    const auto failure = talk.wait<InspectorFailure>();
    ASSERT_TRUE(failure) << name;
    EXPECT_EQ(failure->slot, -1);
    EXPECT_NE(failure->message.find(name), std::string::npos) << failure->message;
  }
}

}  // namespace
}  // namespace variometer
