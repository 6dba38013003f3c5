// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/marks.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/base/error.h"
#include "core/base/event_story.h"
#include "core/base/history.h"
#include "core/base/marks_file.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

using Marks = std::vector<RunMark>;

TEST(Marks, ALaterOneChangesOrRemovesTheOneItNames) {
  RunHistory history;
  history.add_event(mark_event({5, "one"}));
  history.add_event(mark_event({5, "two"}));
  history.add_event(mark_event({7, "one"}));
  const auto rewinds = history.rewinds();
  history.add_event(mark_event({5, "three"}, "one"));
  EXPECT_EQ(marks_of(history.events()), (Marks{{5, "three"}, {5, "two"}, {7, "one"}}));
  EXPECT_GT(history.rewinds(), rewinds) << "views have taken what was there";
  history.add_event(mark_event({5, ""}, "two"));
  EXPECT_EQ(marks_of(history.events()), (Marks{{5, "three"}, {7, "one"}}));
  history.add_event(mark_event({9, "new"}, "never there"));
  history.add_event(mark_event({9, ""}, "never there"));
  EXPECT_EQ(marks_of(history.events()), (Marks{{5, "three"}, {7, "one"}, {9, "new"}}));
}

TEST(Marks, AreTakenOutOfSnapshotsToo) {
  RunHistory history;
  for (const auto& [step, event] : {std::pair{1, mark_event({1, "a"})}, {2, mark_event({1, "b"}, "a")}}) {
    auto snapshot = std::make_shared<Snapshot>();
    snapshot->step = step;
    snapshot->events = {event};
    history.append(snapshot);
  }
  EXPECT_EQ(marks_of(history.events()), (Marks{{1, "b"}}));
}

TEST(Marks, OfARecordThatIsClosedStandInAFileBesideIt) {
  const test::TemporaryFolder folder;
  const auto record = folder.path() / "run.h5";
  EXPECT_TRUE(read_marks(record).empty());
  write_mark(record, mark_event({5, "with \"quotes\" and ü"}));
  write_mark(record, mark_event({5, "better"}, "with \"quotes\" and ü"));
  write_mark(record, mark_event({6, "other"}));
  RunHistory history;
  for (const Event& event : read_marks(record)) history.add_event(event);
  EXPECT_EQ(marks_of(history.events()), (Marks{{5, "better"}, {6, "other"}}));
  std::size_t n_file = 0;
  for ([[maybe_unused]] const auto& each : std::filesystem::directory_iterator(folder.path())) ++n_file;
  EXPECT_EQ(n_file, 1u) << "nothing else is left";
}

TEST(Marks, AFileThatIsNotOursIsLeftAloneAndSaidSo) {
  const test::TemporaryFolder folder;
  const auto record = folder.path() / "run.h5";
  for (const char* text : {"", "[]", "{\"marks\": 3}", "{\"format\": \"variometer-marks-1\"}", "not json"}) {
    std::ofstream(marks_file(record)) << text;
    EXPECT_THROW(read_marks(record), Error) << text;
    EXPECT_THROW(write_mark(record, mark_event({1, "x"})), Error) << text;
  }
  std::ofstream(marks_file(record))
      << R"({"format":"variometer-marks-1","marks":[3,{"step":"x"},{"step":2,"text":"y"}]})";
  EXPECT_EQ(read_marks(record).size(), 1u);
}

TEST(EventStory, KeepsBookkeepingOffTheCurves) {
  EventStory story;
  const auto mark = [&](std::int64_t step, const char* kind, const char* detail = "{}") {
    return story.tell({step, kind, detail}).mark;
  };
  const char* jump = R"({"what":"loss jumped","loss":3,"before":1})";
  EXPECT_EQ(mark(10, "alarm", jump), "loss jump");
  EXPECT_EQ(mark(50, "rescale"), "");
  EXPECT_TRUE(story.tell({50, "rescale", "{}"}).joins_previous);
  EXPECT_EQ(mark(51, "alarm", jump), "") << "what TVR does to the loss at every check";
  EXPECT_EQ(mark(50 + EventStory::kAfterRescaling + 1, "alarm", jump), "loss jump");
  EXPECT_FALSE(story.tell({100, "rescale", "{}"}).joins_previous);
  EXPECT_EQ(mark(400, "alarm", R"({"what":"loss jumped","tvr_rescaled_at":399})"), "");
  for (const char* kind : {"thinned", "checkpoint", "run", "pause", "tokenizer"})
    EXPECT_EQ(mark(500, kind), "") << kind;
  EXPECT_EQ(mark(500, "set", R"({"set":{"tvr.enabled":"true"}})"), "TVR on");
  EXPECT_TRUE(story.tell(mark_event({501, "mine"})).remark);
}

}  // namespace
}  // namespace variometer
