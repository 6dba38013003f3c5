// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/layering/layers.h"

namespace variometer::layering {
namespace {

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

// The file with one bad line in an otherwise sound tree: exactly that line must be named.
void expect_refused(const std::string& path, const std::string& line) {
  Tree tree = {
      {"core/base/run.h", "#pragma once\n#include <string>\n"},
      {"core/model/decoder.h", "#pragma once\n#include <ATen/core/Tensor.h>\n\n#include \"core/base/run.h\"\n"},
      {"core/train/live_run.h", "#pragma once\n#include \"core/base/run.h\"\n"},
      {"widgets/card.h", "#pragma once\n#include <QWidget>\n"},
      {"app/window.h", "#pragma once\n#include \"widgets/card.h\"\n#include \"core/train/live_run.h\"\n"},
  };
  ASSERT_EQ(joined(violations(tree)), "");
  tree[path] += line + "\n";
  const std::vector<std::string> found = violations(tree);
  EXPECT_TRUE(std::any_of(found.begin(), found.end(), [&](const std::string& one) { return one.starts_with(path); }))
      << path << " with " << line << " was let through; found: " << joined(found);
}

TEST(Layering, HoldsInTheWholeTree) {
  const Tree tree = read_tree(VARIOMETER_SOURCE_DIR);
  ASSERT_TRUE(tree.contains("core/base/run.h"));
  ASSERT_TRUE(tree.contains("app/main.cpp"));
  EXPECT_EQ(joined(violations(tree)), "");
}

TEST(Layering, OnePlaceTurnsJsonIntoText) {
  // nlohmann's dump throws for a text that is not UTF-8, such as a file's name: json_text does not.
  for (const auto& [path, text] : read_tree(VARIOMETER_SOURCE_DIR)) {
    if (path.starts_with("tests/") || path == "core/base/json_text.h") continue;
    EXPECT_EQ(text.find(".dump("), std::string::npos) << path << ": use json_text (core/base/json_text.h)";
  }
}

TEST(Layering, ANumberIsTypedIntoANumberField) {
  // Qt's own boxes drop a decimal comma, and 0,06 becomes 6.
  for (const auto& [path, text] : read_tree(VARIOMETER_SOURCE_DIR)) {
    if (path.starts_with("tests/")) continue;
    for (const char* box : {"QSpinBox", "QDoubleSpinBox", "getInt(", "getDouble("}) {
      EXPECT_EQ(text.find(box), std::string::npos) << path << ": use NumberField in place of " << box;
    }
  }
}

TEST(Layering, OnePlaceAsksForFilesSoThatFoldersAreRemembered) {
  for (const auto& [path, text] : read_tree(VARIOMETER_SOURCE_DIR)) {
    if (path.starts_with("tests/") || path == "app/folders.cpp") continue;
    for (const char* dialog : {"getOpenFileName", "getSaveFileName"}) {
      EXPECT_EQ(text.find(dialog), std::string::npos) << path << ": use app/folders.h in place of " << dialog;
    }
  }
}

TEST(Layering, BaseSeesNothingAboveAndNoLibrary) {
  expect_refused("core/base/run.h", "#include \"core/train/live_run.h\"");
  expect_refused("core/base/run.h", "#include <ATen/core/Tensor.h>");
  expect_refused("core/base/run.h", "#include <QString>");
  expect_refused("core/base/run.h", "#include <hdf5.h>");
}

TEST(Layering, ALowerFloorNeverSeesAHigherOne) {
  expect_refused("core/model/decoder.h", "#include \"core/train/live_run.h\"");
  expect_refused("core/model/decoder.h", "#include \"core/probe/probe.h\"");
  expect_refused("core/train/live_run.h", "#include \"app/window.h\"");
  expect_refused("widgets/card.h", "#include \"app/window.h\"");
}

TEST(Layering, WidgetsSeeOnlyBaseAndQt) {
  expect_refused("widgets/card.h", "#include \"core/train/live_run.h\"");
  expect_refused("widgets/card.h", "#include <torch/types.h>");
}

TEST(Layering, TheEngineSeesNoQt) {
  expect_refused("core/train/live_run.h", "#include <QObject>");
  expect_refused("core/model/decoder.h", "#include <QtCore/qobject.h>");
  expect_refused("core/model/decoder.h", "#  include <qcustomplot.h>");
}

TEST(Layering, TextAndRecordsAreFreeOfLibTorch) {
  expect_refused("core/text/corpus.h", "#include <c10/core/Device.h>");
  expect_refused("core/text/corpus.h", "#include \"core/model/decoder.h\"");
  expect_refused("core/record/record_writer.h", "#include \"core/model/decoder.h\"");
}

TEST(Layering, NoFileSeesLibTorchAndQtTogetherEvenThroughHeaders) {
  expect_refused("app/window.cpp", "#include \"core/model/decoder.h\"");
  expect_refused("app/window.h", "#include <ATen/core/Tensor.h>");
  expect_refused("tests/app/window_test.cpp", "#include <QTest>\n#include \"core/model/decoder.h\"");
}

TEST(Layering, AHeaderOfTheEngineThatBeginsToShowLibTorchIsCaughtWhereItIsUsed) {
  Tree tree = {
      {"core/model/decoder.h", "#include <ATen/core/Tensor.h>\n"},
      {"core/train/live_run.h", "#include \"core/model/decoder.h\"\n"},
      {"app/command_train.cpp", "#include \"core/train/live_run.h\"\n"},
  };
  EXPECT_EQ(joined(violations(tree)),
            "app/command_train.cpp:1: #include core/train/live_run.h: LibTorch comes with this header\n");
}

TEST(Layering, PathsStartAtTheRoot) {
  expect_refused("core/model/block.cpp", "#include \"../base/run.h\"");
  expect_refused("core/model/block.cpp", "#include <core/base/run.h>");
}

}  // namespace
}  // namespace variometer::layering
