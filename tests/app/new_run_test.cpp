// SPDX-License-Identifier: GPL-3.0-or-later
// The New run form: a model to start from, proposals, the schedule, presets, where files go.
#include <gtest/gtest.h>

#include <QDir>
#include <QFile>
#include <QLabel>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>

#include "app/folders.h"
#include "app/new_run_dialog.h"
#include "app/new_run_keeping.h"
#include "app/new_run_source.h"
#include "app/new_run_tabs.h"
#include "app/run_estimate.h"
#include "app/run_study.h"
#include "app/schedule_table.h"
#include "app/settings.h"
#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "widgets/mitigation_section.h"
#include "widgets/number_field.h"
#include "widgets/panel_form.h"
#include "widgets/panel_switch.h"

namespace variometer {
namespace {

class NewRunTest : public ::testing::Test {
 protected:
  void SetUp() override {
    settings().clear();
    QFile config(folder.filePath(QStringLiteral("config.json")));
    ASSERT_TRUE(config.open(QIODevice::WriteOnly));
  }

  /// A model of 6 layers and width 48 in `folder`.
  Planner planner() {
    return {.read_model =
                [this](const std::filesystem::path& path, const StopAsked&) {
                  if (!refusal.empty()) throw file_error(path.string() + ": " + refusal);
                  StartModel model;
                  model.name = "small-model";
                  model.config.n_layer = 6;
                  model.config.n_embd = 48;
                  model.config.n_head = 3;
                  model.config.vocab_size = 500;
                  model.config.block_size = 128;
                  model.config.details = R"({"sliding_window": 7})";
                  model.config = resolved({.model = model.config}).model;
                  model.n_parameter = 12345;
                  model.tokenizer = "BPE (tokenizer.json)";
                  model.warnings = {"a warning"};
                  model.spread = {.median = 0.1, .least = 0.1, .most = 0.1, .n_measured = 2, .n_matrix = 2};
                  return model;
                },
            .read_text = [this](const DataConfig&, const std::filesystem::path&,
                                std::int64_t) { return TextLength{.n_byte = n_token, .n_token = n_token}; },
            .propose =
                [](const StartModel&, const RunConfig&, const std::optional<TextLength>&, double) {
                  return std::vector<Proposal>{{"train.learning_rate", "0.0001", "of a reason"},
                                               {"model.block_size", "64", "of another"}};
                },
            .memory =
                [this](const RunConfig&) {
                  return RunMemory{.weights = 1e9, .gradients = 1e9, .moments = 2e9, .available = available};
                },
            .parameters = [](const ModelConfig&) { return std::int64_t{12345}; },
            .measure = [](const RunConfig&, const StopAsked&) { return std::optional(0.5); }};
  }

  static bool until(const std::function<bool()>& condition) { return QTest::qWaitFor(condition, 5000); }
  static std::string shown(QWidget* editor) {
    auto* field = qobject_cast<NumberField*>(editor);
    return field == nullptr ? "" : field->text().toStdString();
  }

  QTemporaryDir folder;
  std::string refusal;
  std::int64_t n_token = 100000;
  double available = 8e9;
};

TEST_F(NewRunTest, SizesComeFromTheModelAndAreFixedAndTheRestIsProposedWithItsReason) {
  RunStudy study(planner());
  NewRunDialog dialog(nullptr, &study);
  dialog.setInit(folder.path());
  EXPECT_FALSE(dialog.startButton()->isEnabled()) << "nothing starts before the sizes are known";
  ASSERT_TRUE(until([&] { return dialog.verdict()->text().contains(QStringLiteral("measured just now")); }))
      << dialog.verdict()->text().toStdString();
  EXPECT_TRUE(dialog.startButton()->isEnabled());
  ConfigForm* model = dialog.form(QStringLiteral("model"));
  for (const auto& [key, value] : {std::pair{"model.n_layer", "6"}, {"model.n_embd", "48"}, {"model.vocab_size", "500"}}) {
    EXPECT_EQ(shown(model->editor(QString::fromLatin1(key))), value);
    EXPECT_FALSE(model->editor(QString::fromLatin1(key))->isEnabled()) << key;
    EXPECT_TRUE(model->editor(QString::fromLatin1(key))->toolTip().contains(QStringLiteral("small-model"))) << key;
  }
  QWidget* context = model->editor(QStringLiteral("model.block_size"));
  EXPECT_TRUE(context->isEnabled()) << "the context may be chosen";
  EXPECT_EQ(shown(context), "64");
  ConfigForm* train = dialog.form(QStringLiteral("train"));
  EXPECT_EQ(shown(train->editor(QStringLiteral("train.learning_rate"))), "1e-04");
  EXPECT_TRUE(train->note(QStringLiteral("train.learning_rate")).contains(QStringLiteral("of a reason")));
  const RunConfig config = dialog.config();
  EXPECT_EQ(config.model.n_layer, 6);
  EXPECT_EQ(config.model.block_size, 64);
  EXPECT_EQ(config.model.details, R"({"sliding_window": 7})") << "what no field shows comes along";
  EXPECT_EQ(dialog.options().init, folder.path().toStdString());
  EXPECT_EQ(dialog.options().name, "small-model, trained");
  const QString verdict = dialog.verdict()->text();
  EXPECT_TRUE(verdict.contains(QStringLiteral("4.0 GB (weights 1.0 GB"))) << verdict.toStdString();
  EXPECT_TRUE(verdict.contains(QStringLiteral("17 min for 2,000 updates"))) << verdict.toStdString();
}

TEST_F(NewRunTest, WhatTheUserTypedIsNotProposedAway) {
  RunStudy study(planner());
  NewRunDialog dialog(nullptr, &study);
  auto* rate = qobject_cast<NumberField*>(
      dialog.form(QStringLiteral("train"))->editor(QStringLiteral("train.learning_rate")));
  rate->setValue(0.003);
  dialog.setInit(folder.path());
  ASSERT_TRUE(until([&] { return dialog.startButton()->isEnabled(); }));
  EXPECT_EQ(rate->value(), 0.003);
  EXPECT_TRUE(dialog.form(QStringLiteral("train"))->note(QStringLiteral("train.learning_rate")).isEmpty());
}

TEST_F(NewRunTest, WithoutTheModelEverythingIsAsBefore) {
  RunStudy study(planner());
  NewRunDialog dialog(nullptr, &study);
  const RunConfig before = dialog.config();
  dialog.setInit(folder.path());
  ASSERT_TRUE(until([&] { return dialog.config().model.n_layer == 6; }));
  dialog.setInit({});
  EXPECT_EQ(dialog.config(), before);
  EXPECT_TRUE(dialog.form(QStringLiteral("model"))->editor(QStringLiteral("model.n_layer"))->isEnabled());
  EXPECT_TRUE(dialog.form(QStringLiteral("train"))->note(QStringLiteral("train.learning_rate")).isEmpty());
}

TEST_F(NewRunTest, AModelThatCannotBeReadIsRefusedAtItsField) {
  refusal = "the file ends early";
  RunStudy study(planner());
  NewRunDialog dialog(nullptr, &study);
  dialog.show();
  dialog.setInit(folder.path());
  const auto said = [&] {
    for (const QLabel* label : dialog.findChildren<QLabel*>(QStringLiteral("problem"))) {
      if (label->isVisibleTo(&dialog) && label->text().contains(QStringLiteral("ends early"))) return true;
    }
    return false;
  };
  EXPECT_TRUE(until(said));
  EXPECT_FALSE(dialog.startButton()->isEnabled());
}

TEST_F(NewRunTest, ARunThatWillNotFitIsSaidSo) {
  available = 3e9;
  RunStudy study(planner());
  NewRunDialog dialog(nullptr, &study);
  dialog.setInit(folder.path());
  EXPECT_TRUE(until([&] { return dialog.verdict()->text().contains(QStringLiteral("does not fit")) ||
                                 dialog.verdict()->text().contains(QStringLiteral("note in red")); }))
      << dialog.verdict()->text().toStdString();
  EXPECT_FALSE(dialog.startButton()->isEnabled());
}

TEST_F(NewRunTest, TvrsTargetFollowsTheWidthOfAFreshModel) {
  NewRunDialog dialog;
  EXPECT_EQ(dialog.config().mitigations.tvr.target_std, 0.05) << "for a width of 64";
  EXPECT_TRUE(dialog.form(QStringLiteral("tvr"))->note(QStringLiteral("tvr.target_std")).contains(QStringLiteral("64")));
  RunConfig given;
  given.mitigations.tvr.target_std = 0.03;
  dialog.setConfig(given);
  EXPECT_EQ(dialog.config().mitigations.tvr.target_std, 0.03) << "given";
}

TEST_F(NewRunTest, ANumberThatIsNoneKeepsTheRunFromStarting) {
  NewRunDialog dialog;
  dialog.show();
  auto* rate = qobject_cast<NumberField*>(
      dialog.form(QStringLiteral("train"))->editor(QStringLiteral("train.learning_rate")));
  rate->selectAll();
  QTest::keyClicks(rate, QStringLiteral("1,000"));
  QTest::keyClick(rate, Qt::Key_Return);
  EXPECT_EQ(dialog.result(), 0) << "Enter did not start it";
  EXPECT_FALSE(dialog.startButton()->isEnabled());
  rate->selectAll();
  QTest::keyClicks(rate, QStringLiteral("0,0003"));
  EXPECT_TRUE(dialog.startButton()->isEnabled());
  QTest::keyClick(rate, Qt::Key_Return);
  EXPECT_EQ(dialog.config().train.learning_rate, 0.0003);
}

TEST_F(NewRunTest, SwitchesAtUpdatesAreCheckedAsTheyAreTypedAndGoIntoTheRun) {
  NewRunDialog dialog;
  dialog.show();
  ScheduleTable* table = dialog.tabs()->schedule();
  table->setSwitches({{300, {"tvr.enabled", "true"}}, {300, {"kv_bias.enabled", "true"}}});
  ASSERT_EQ(dialog.options().timed.size(), 1U) << "what comes before one update is one command";
  EXPECT_EQ(dialog.options().timed[0].step, 300);
  EXPECT_EQ(dialog.options().timed[0].command.assignments.size(), 2U);
  table->addButton()->click();
  EXPECT_EQ(table->rowCount(), 3);
  table->setSwitches({{5000, {"tvr.enabled", "true"}}});
  Q_EMIT table->edited();
  EXPECT_FALSE(dialog.startButton()->isEnabled()) << "the run has 2,000 updates";
  table->setSwitches({{300, {"tvr.target_std", "-1"}}});
  Q_EMIT table->edited();
  EXPECT_FALSE(dialog.startButton()->isEnabled());
  table->setSwitches({{300, {"tvr.target_std", "0.05"}}});
  Q_EMIT table->edited();
  EXPECT_TRUE(dialog.startButton()->isEnabled());
}

TEST_F(NewRunTest, TheFormBecomesAPresetAndComesBack) {
  NewRunDialog dialog;
  RunConfig config;
  config.train.steps = 123;
  config.model.n_layer = 3;
  dialog.setConfig(config);
  dialog.source()->setName(QStringLiteral("mine"));
  dialog.tabs()->schedule()->setSwitches({{100, {"tvr.enabled", "true"}}});
  const RunPreset read = preset_from_toml(to_toml(dialog.preset()), "mine.toml");
  NewRunDialog again;
  again.setPreset(read);
  EXPECT_EQ(again.config(), dialog.config());
  EXPECT_EQ(again.options().name, "mine");
  ASSERT_EQ(again.options().timed.size(), 1U);
  EXPECT_EQ(again.options().timed[0].step, 100);
}

TEST_F(NewRunTest, WhereNothingCanBeWrittenStartingWithoutARecordIsOffered) {
  const QString blocked = folder.filePath(QStringLiteral("a-file"));
  QFile file(blocked);
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  setDocumentsFolder(blocked);  // a file: no folder can be made in it
  NewRunDialog dialog;
  dialog.show();
  EXPECT_FALSE(dialog.startButton()->isEnabled());
  QPushButton* without = dialog.keeping()->withoutButton();
  ASSERT_TRUE(without->isVisibleTo(&dialog));
  without->click();
  EXPECT_TRUE(dialog.startButton()->isEnabled());
  EXPECT_TRUE(dialog.options().record.empty());
}

TEST_F(NewRunTest, FilesGoIntoAFolderUsersSeeAndDialogsRememberOneAKind) {
  EXPECT_TRUE(recordFolder().endsWith(QStringLiteral("/documents/runs"))) << recordFolder().toStdString();
  EXPECT_TRUE(folderFor(FileKind::figure).endsWith(QStringLiteral("/documents/figures")));
  setDocumentsFolder(folder.path());
  EXPECT_EQ(folderFor(FileKind::model), folder.path() + QStringLiteral("/models"));
  EXPECT_EQ(lastFolder(FileKind::model), folderFor(FileKind::model));
  rememberFolder(FileKind::model, QDir::tempPath());
  EXPECT_EQ(lastFolder(FileKind::model), QDir::tempPath());
  EXPECT_EQ(lastFolder(FileKind::figure), folderFor(FileKind::figure)) << "another kind is not moved";
  rememberFolder(FileKind::model, QStringLiteral("/nowhere/any more"));
  EXPECT_EQ(lastFolder(FileKind::model), folderFor(FileKind::model));
  EXPECT_TRUE(whyNotWritable(folderFor(FileKind::run)).isEmpty());
  setDocumentsFolder({});
  EXPECT_TRUE(folderFor(FileKind::run).endsWith(QStringLiteral("/documents/runs")));
}

TEST(Mitigation, TvrProposesATargetFromTheWeightsInForceUntilOneIsChosen) {
  MitigationSection tvr(QStringLiteral("tvr"));
  Command posted;
  tvr.setPoster([&posted](Command command) {
    posted = std::move(command);
    return std::int64_t{1};
  });
  tvr.setSteerable(true, {});
  tvr.setInForce({}, 10);
  ModelConfig model = resolved({}).model;
  const WeightSpread spread{.median = 0.21, .least = 0.1, .most = 0.3, .n_measured = 28, .n_matrix = 28};
  tvr.setSpread(model, spread);
  const QString key = QStringLiteral("tvr.target_std");
  EXPECT_NE(tvr.form()->text(key), QStringLiteral("0.01")) << "ruins a model of this width";
  EXPECT_EQ(tvr.form()->text(key), QStringLiteral("0.11")) << "half of what is in force";
  EXPECT_TRUE(tvr.form()->note(key).contains(QStringLiteral("0.21"))) << tvr.form()->note(key).toStdString();
  tvr.toggle()->click();
  ASSERT_EQ(posted.assignments.size(), 2U) << "the switch takes the target along";
  EXPECT_EQ(posted.assignments[1].key, "tvr.target_std");
  // A target somebody chose stays, the demo's for instance.
  tvr.reset();
  Mitigations chosen;
  chosen.tvr.target_std = 0.03;
  tvr.setInForce(chosen, 10);
  tvr.setSpread(model, spread);
  EXPECT_EQ(tvr.form()->text(key), QStringLiteral("0.03"));
  EXPECT_FALSE(tvr.form()->note(key).isEmpty());
}

TEST(RunEstimate, SaysTimesAndSizesInWords) {
  EXPECT_EQ(aboutDuration(0.04), QStringLiteral("40 ms"));
  EXPECT_EQ(aboutDuration(4.26), QStringLiteral("4.3 s"));
  EXPECT_EQ(aboutDuration(61), QStringLiteral("61 s"));
  EXPECT_EQ(aboutDuration(8600), QStringLiteral("2 h 23 min"));
  EXPECT_EQ(aboutDuration(3 * 86400 + 4 * 3600), QStringLiteral("3 days 4 h"));
  EXPECT_EQ(aboutBytes(2.94e9), QStringLiteral("2.9 GB"));
  EXPECT_EQ(aboutBytes(3.4e8), QStringLiteral("340 MB"));
}

}  // namespace
}  // namespace variometer
