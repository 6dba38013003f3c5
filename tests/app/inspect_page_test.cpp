// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/inspect_page.h"

#include <gtest/gtest.h>

#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QElapsedTimer>
#include <QFile>
#include <QGuiApplication>
#include <QImage>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTabWidget>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>
#include <filesystem>
#include <fstream>

#include "app/actions.h"
#include "app/main_window.h"
#include "app/perspectives.h"
#include "app/settings.h"
#include "core/analysis/model_inspector.h"
#include "tests/app/fake_inspector.h"
#include "tests/app/focus_walk.h"
#include "tests/widgets/made_pass.h"
#include "widgets/inspect_attention.h"
#include "widgets/inspect_heat_map.h"
#include "widgets/inspect_signature.h"
#include "widgets/layer_rail.h"
#include "widgets/massive_table.h"
#include "widgets/number_field.h"
#include "widgets/panel_cell_test.h"
#include "widgets/panel_form.h"
#include "widgets/panel_rule.h"
#include "widgets/token_strip.h"
#include "widgets/weight_histogram.h"

namespace variometer {
namespace {

QString data(const QString& name) { return QStringLiteral(VARIOMETER_TEST_DATA "/") + name; }

/// The page over real models; "fake" opens the FakeInspector of the test.
class InspectPageTest : public testing::Test {
 protected:
  void SetUp() override {
    settings().clear();
    page = makePage();
  }

  std::unique_ptr<InspectPage> makePage() {
    auto made = std::make_unique<InspectPage>(
        [this](const InspectorOptions& options, std::function<void()> wake) -> std::unique_ptr<Inspector> {
          if (options.model == "fake") {
            auto inspector = std::make_unique<FakeInspector>();
            fake = inspector.get();
            return inspector;
          }
          InspectorOptions how = options;
          how.device = "cpu";
          how.threads = 1;
          return open_inspector(how, std::move(wake));
        });
    made->resize(1200, 800);
    made->show();
    return made;
  }

  static bool until(const std::function<bool()>& condition) { return QTest::qWaitFor(condition, 30000); }

  /// Opens and waits for the pass over the prompt that is there.
  void open(const QString& path) {
    page->openModel(path);
    ASSERT_TRUE(until([this] { return settled() && page->view().pass; })) << page->problem().toStdString();
  }
  bool settled() const { return page->side().state() != InspectSide::State::loading && !page->side().busy(); }
  void type(const QString& text) {
    auto* edit = page->findChild<QPlainTextEdit*>();
    edit->setFocus();
    edit->selectAll();
    QTest::keyClicks(edit, text);
    ASSERT_TRUE(
        until([&] { return settled() && page->view().pass && page->view().pass->request.text == text.toStdString(); }));
  }
  /// As the engine says it of a made-up model of as many layers as the pass has.
  void fakeOpened(const PassPtr& pass) {
    ModelFacts facts;
    facts.name = "made up";
    facts.config.n_layer = pass->hidden.n_layer;
    fake->say(facts);
    fake->say(Opened{facts, {}, 0.1});
  }
  void fakeAnswer(const PassPtr& pass) {
    auto answer = std::make_shared<InspectedPass>(*pass);
    answer->request = fake->shown.back();
    fake->say(TokenizedPrompt{answer->request.slot, answer->ids, answer->activation.token_texts, answer->special, 0});
    fake->say(PassPtr(answer));
  }

  FakeInspector* fake = nullptr;
  std::unique_ptr<InspectPage> page;
};

TEST_F(InspectPageTest, ShowsAModelFromItsFactsToItsHeatMap) {
  open(data(QStringLiteral("saved/llama")));
  const ModelConfig& config = page->side().facts().config;
  EXPECT_EQ(page->layerRail()->count(), config.n_layer);
  EXPECT_EQ(page->heatMap()->raster().matrix().columns, config.n_embd);
  EXPECT_EQ(page->heatMap()->raster().matrix().rows, std::ssize(page->view().pass->ids));
  EXPECT_EQ(page->tokenStrip()->tokens().front().text, QStringLiteral("<bos>"));
  EXPECT_TRUE(page->tokenStrip()->tokens().front().special);
  EXPECT_TRUE(page->status().contains(QStringLiteral("perplexity"))) << page->status().toStdString();
  EXPECT_TRUE(page->problem().isEmpty());
}

TEST_F(InspectPageTest, ListsTheWeightsInTheOrderOfTheFileWithTheHistogramOfOne) {
  open(data(QStringLiteral("saved/gpt2")));
  const auto& weights = page->side().weights();
  QTableWidget* table = page->weightTable();
  ASSERT_EQ(table->rowCount(), std::ssize(weights));
  ASSERT_EQ(std::ssize(weights), page->side().facts().n_tensor);
  for (int row = 0; row < table->rowCount(); ++row) {
    EXPECT_EQ(table->item(row, 0)->text().toStdString(), weights[static_cast<std::size_t>(row)]->info.name);
  }
  ASSERT_TRUE(page->weightHistogram()->weight());
  EXPECT_EQ(page->weightHistogram()->weight(), weights.front());
  table->selectRow(3);
  EXPECT_EQ(page->weightHistogram()->weight(), weights[3]);
  table->sortByColumn(2, Qt::DescendingOrder);  // by std, as numbers
  for (int row = 1; row < table->rowCount(); ++row) {
    const auto std_of = [&](int r) { return weights[table->item(r, 0)->data(Qt::UserRole).toULongLong()]->std; };
    EXPECT_GE(std_of(row - 1), std_of(row));
  }
}

TEST_F(InspectPageTest, FollowsThePromptAsItIsTyped) {
  open(data(QStringLiteral("saved/llama")));
  type(QStringLiteral("Hi!"));
  QStringList texts;
  for (const auto& token : page->tokenStrip()->tokens()) texts += token.text;
  EXPECT_EQ(texts,
            (QStringList{QStringLiteral("<bos>"), QStringLiteral("H"), QStringLiteral("i"), QStringLiteral("!")}));
  EXPECT_EQ(page->heatMap()->raster().matrix().rows, 4);
  page->bosBox()->click();
  ASSERT_TRUE(until([this] { return page->heatMap()->raster().matrix().rows == 3; }));
  EXPECT_TRUE(page->commandLine().endsWith(QStringLiteral("--prompt 'Hi!' --no-bos")))
      << page->commandLine().toStdString();
}

TEST_F(InspectPageTest, StepsThroughLayersAndHeadsByKeys) {
  open(data(QStringLiteral("saved/llama")));
  page->setLayer(0);
  QTest::keyClick(page->layerRail(), Qt::Key_Down);
  EXPECT_EQ(page->layer(), 1);
  EXPECT_TRUE(page->heatMap()->title().contains(QStringLiteral("layer 1")));
  QTest::keyClick(page.get(), Qt::Key_Up);
  EXPECT_EQ(page->layer(), 0);
  page->tabs()->setCurrentIndex(2);
  EXPECT_TRUE(page->attention()->title().contains(QStringLiteral("mean over heads")));
  QTest::keyClick(page.get(), Qt::Key_PageDown);
  EXPECT_TRUE(page->attention()->title().contains(QStringLiteral("head 0")));
  for (int i = 0; i < 50; ++i) QTest::keyClick(page.get(), Qt::Key_PageDown);
  EXPECT_EQ(page->view().head, page->view().pass->attention.n_head - 1);
  for (int i = 0; i < 60; ++i) QTest::keyClick(page.get(), Qt::Key_PageUp);
  EXPECT_EQ(page->view().head, -1);
}

TEST_F(InspectPageTest, ShowsProgressAndWeightsWhileItLoads) {
  page->openModel(QStringLiteral("fake"));
  auto weight = std::make_shared<WeightSummary>();
  weight->info.name = "first.weight";
  weight->abs_max = 1;
  weight->histogram.assign(WeightSummary::kBins, 4);
  fake->say(WeightSummaryPtr(weight));
  fake->say(LoadProgress{"first.weight", 1, 7, 0.1});
  ASSERT_TRUE(until([this] { return page->weightTable()->rowCount() == 1; }));
  EXPECT_EQ(page->side().state(), InspectSide::State::loading);
  EXPECT_TRUE(page->status().contains(QStringLiteral("first.weight"))) << page->status().toStdString();
  EXPECT_TRUE(page->cancelButton()->isVisible());
  EXPECT_EQ(page->weightHistogram()->weight(), weight);
  const PassPtr pass = MadePass{}.make();
  fakeOpened(pass);
  ASSERT_TRUE(until([this] { return page->side().state() == InspectSide::State::ready; }));
  EXPECT_FALSE(page->cancelButton()->isVisible());
}

TEST_F(InspectPageTest, CancelAnswersAtOnceAndTheEarlierModelIsAsItWas) {
  open(data(QStringLiteral("saved/llama")));
  const PassPtr pass = page->view().pass;
  const auto n_weight = page->weightTable()->rowCount();
  const int layer = page->layer() == 0 ? 1 : 0;  // not the one it would choose by itself
  page->setLayer(layer);
  page->openModel(QStringLiteral("fake"));
  fake->may_stop = false;  // in the middle of a large tensor
  ASSERT_EQ(page->side().state(), InspectSide::State::loading);
  QElapsedTimer timer;
  timer.start();
  page->cancelButton()->click();
  EXPECT_LT(timer.elapsed(), 200);
  EXPECT_TRUE(fake->stop_asked);
  EXPECT_EQ(page->side().state(), InspectSide::State::ready);
  EXPECT_TRUE(page->side().path().endsWith(QStringLiteral("saved/llama")));
  EXPECT_EQ(page->view().pass, pass);
  EXPECT_EQ(page->weightTable()->rowCount(), n_weight);
  EXPECT_EQ(page->layer(), layer);
  EXPECT_EQ(page->heatMap()->raster().matrix().rows, std::ssize(pass->ids));
  fake->may_stop = true;
  type(QStringLiteral("It still answers"));
  EXPECT_TRUE(page->problem().isEmpty()) << page->problem().toStdString();
}

TEST_F(InspectPageTest, CancelOfTheFirstModelLeavesAnEmptyPage) {
  page->openModel(QStringLiteral("fake"));
  page->cancelButton()->click();
  EXPECT_EQ(page->side().state(), InspectSide::State::empty);
  EXPECT_FALSE(page->view().pass);
  open(data(QStringLiteral("saved/llama")));
}

TEST_F(InspectPageTest, SaysWhatIsWrongWithAModelAndKeepsTheEarlierOne) {
  open(data(QStringLiteral("saved/llama")));
  const PassPtr pass = page->view().pass;
  const int layer = page->layer() == 0 ? 1 : 0;
  page->setLayer(layer);
  const QTemporaryDir folder;
  const auto fails = [&](const QString& path, const QString& word) {
    page->openModel(path);
    ASSERT_TRUE(until([this] { return !page->problem().isEmpty() && settled(); }));
    EXPECT_TRUE(page->problem().contains(word)) << page->problem().toStdString();
    EXPECT_TRUE(page->problem().contains(QStringLiteral("Nothing was changed"))) << page->problem().toStdString();
    EXPECT_EQ(page->problem().count(QLatin1Char('\n')), 1) << "what failed, and what is safe";
    EXPECT_TRUE(page->side().path().endsWith(QStringLiteral("saved/llama")));
    ASSERT_TRUE(page->view().pass);
    EXPECT_EQ(page->view().pass->hidden.hidden, pass->hidden.hidden);
    EXPECT_EQ(page->layer(), layer);
  };
  namespace fs = std::filesystem;
  const fs::path damaged = folder.filePath(QStringLiteral("damaged")).toStdString();
  fs::copy(data(QStringLiteral("saved/llama")).toStdString(), damaged);
  fs::resize_file(damaged / "model.safetensors", fs::file_size(damaged / "model.safetensors") - 1000);
  fails(QString::fromStdString(damaged.string()), QStringLiteral("model.safetensors"));
  const fs::path bare = folder.filePath(QStringLiteral("bare")).toStdString();
  fs::create_directory(bare);
  fails(QString::fromStdString(bare.string()), QStringLiteral("bare"));
  const fs::path strange = folder.filePath(QStringLiteral("strange")).toStdString();
  fs::copy(data(QStringLiteral("saved/llama")).toStdString(), strange);
  std::ofstream(strange / "config.json") << R"({"model_type": "mamba", "vocab_size": 100})";
  fails(QString::fromStdString(strange.string()), QStringLiteral("mamba"));
  // The next one that can be opened takes the complaint away.
  open(data(QStringLiteral("saved/gpt2")));
  EXPECT_TRUE(page->problem().isEmpty()) << page->problem().toStdString();
}

TEST_F(InspectPageTest, TakesTokenIdsWhereThereIsNoTokenizer) {
  page->openModel(data(QStringLiteral("models/llama-sharded")));
  ASSERT_TRUE(until([this] { return page->side().state() == InspectSide::State::ready; }));
  EXPECT_TRUE(page->problem().contains(QStringLiteral("token ids"))) << page->problem().toStdString();
  EXPECT_FALSE(page->bosBox()->isEnabled());
  page->setPrompt(QStringLiteral("1 17, 4"));
  ASSERT_TRUE(until([this] { return page->view().pass && page->view().pass->ids.size() == 3; }));
  EXPECT_EQ(page->view().pass->ids, (std::vector<std::int32_t>{1, 17, 4}));
  EXPECT_TRUE(page->problem().isEmpty());
  page->setPrompt(QStringLiteral("1 17 99999999"));
  ASSERT_TRUE(until([this] { return page->problem().contains(QStringLiteral("99999999")); }));
}

TEST_F(InspectPageTest, ComparesWithAndWithoutBosTokenByToken) {
  open(data(QStringLiteral("saved/llama")));
  page->setCompare(InspectPage::Compare::bos);
  ASSERT_TRUE(until([this] { return settled() && page->view().pass && page->view().other; }));
  EXPECT_TRUE(page->secondHeatMap()->isVisible());
  const PassPtr with = page->view().pass, without = page->view().other;
  ASSERT_EQ(with->ids.size(), without->ids.size() + 1);
  // Both maps show the same text: without BOS one row higher.
  page->heatMap()->jumpTo(3, 5);
  EXPECT_EQ(page->secondHeatMap()->plot().xRange(), page->heatMap()->plot().xRange());
  const QPoint at(page->heatMap()->plot().axisRect()->center());
  QTest::mouseClick(&page->heatMap()->plot(), Qt::LeftButton, {}, at);
  ASSERT_TRUE(page->heatMap()->selectedCell() && page->secondHeatMap()->selectedCell());
  EXPECT_EQ(page->secondHeatMap()->selectedCell()->row, page->heatMap()->selectedCell()->row - 1);
  page->setMode(InspectView::Mode::difference);
  const CellMatrix& m = page->heatMap()->raster().matrix();
  EXPECT_FALSE(page->secondHeatMap()->isVisible());
  ASSERT_EQ(m.rows, std::ssize(without->ids));
  const auto a = with->layer(page->layer()), b = without->layer(page->layer());
  for (int t = 0; t < m.rows; ++t) {
    for (int c = 0; c < m.columns; ++c) {
      ASSERT_EQ(m.at(t, c),
                a[static_cast<std::size_t>((t + 1) * m.columns + c)] - b[static_cast<std::size_t>(t * m.columns + c)]);
    }
  }
}

TEST_F(InspectPageTest, ComparesTwoModels) {
  open(data(QStringLiteral("saved/llama")));
  page->openSecondModel(data(QStringLiteral("saved/llama")));
  ASSERT_TRUE(until([this] { return settled() && page->view().other; }));
  page->setMode(InspectView::Mode::difference);
  for (const float value : page->heatMap()->raster().matrix().values) ASSERT_EQ(value, 0) << "a model and itself";
  // Table and weights are of either.
  auto* whose = page->findChild<QComboBox*>(QStringLiteral("weights_model"));
  ASSERT_TRUE(whose != nullptr && !whose->isHidden());
  page->openSecondModel(data(QStringLiteral("saved/gpt2")));
  ASSERT_TRUE(until([this] { return page->secondSide().state() == InspectSide::State::ready; }));
  whose->setCurrentIndex(1);
  EXPECT_EQ(page->weightTable()->rowCount(), std::ssize(page->secondSide().weights()));
  EXPECT_EQ(page->weightTable()->item(0, 0)->text().toStdString(), page->secondSide().weights().front()->info.name);
  whose->setCurrentIndex(0);
  EXPECT_EQ(page->weightTable()->item(0, 0)->text().toStdString(), page->side().weights().front()->info.name);
  page->openSecondModel(data(QStringLiteral("no-such-model")));
  ASSERT_TRUE(until([this] { return !page->problem().isEmpty(); }));
  EXPECT_TRUE(page->problem().contains(QStringLiteral("no-such-model")));
}

TEST_F(InspectPageTest, APinnedPassIsSubtractedFromThoseThatCome) {
  open(data(QStringLiteral("saved/llama")));
  const PassPtr before = page->view().pass;
  EXPECT_FALSE(page->hasPinned());
  page->pinAction()->trigger();
  ASSERT_EQ(page->compare(), InspectPage::Compare::pinned);
  EXPECT_EQ(page->view().other, before);
  page->bosBox()->setChecked(false);  // another pass over the same text
  ASSERT_TRUE(until([&] { return settled() && page->view().pass != before; }));
  EXPECT_EQ(page->view().other, before) << "it stays";
  page->setMode(InspectView::Mode::difference);
  const CellMatrix& m = page->heatMap()->raster().matrix();
  ASSERT_EQ(m.rows, std::ssize(page->view().pass->ids));
  const auto now = page->view().pass->layer(page->layer()), then = before->layer(page->layer());
  const auto shift = std::ssize(before->ids) - std::ssize(page->view().pass->ids);
  for (int c = 0; c < m.columns; ++c) {
    ASSERT_EQ(m.at(2, c), now[static_cast<std::size_t>(2 * m.columns + c)] -
                              then[static_cast<std::size_t>((2 + shift) * m.columns + c)]);
  }
}

TEST_F(InspectPageTest, AnotherRuleMovesTableAndMarksWithoutAnotherPass) {
  open(data(QStringLiteral("saved/llama")));
  const PassPtr pass = page->view().pass;
  ASSERT_EQ(page->view().massivePlaces().size(), 0u) << "a small model has nothing above 100";
  page->rulePanel()->ratioOnlyBox()->click();
  page->rulePanel()->ratioBox()->setValue(3);
  EXPECT_TRUE(
      page->commandLine().endsWith(QStringLiteral("--set probe.ratio_only=true --set probe.small_ratio_threshold=3")))
      << page->commandLine().toStdString();
  const auto expected = massive_places(*pass, {.ratio_only = true, .small_ratio_threshold = 3});
  ASSERT_GT(expected.size(), 3u);
  EXPECT_EQ(page->view().massivePlaces().size(), expected.size());
  auto* what = page->findChild<QComboBox*>(QStringLiteral("massive_what"));
  EXPECT_EQ(what->itemText(0), QStringLiteral("Outlier activations")) << "massive is the papers' word for their rule";
  EXPECT_TRUE(what->toolTip().contains(QStringLiteral("&gt; 3 × median"))) << what->toolTip().toStdString();
  what->setCurrentIndex(0);
  EXPECT_EQ(page->massiveTable()->model()->rowCount(), std::ssize(expected));
  std::size_t n_here = 0;
  for (const auto& place : expected) n_here += place.layer == page->layer() ? 1 : 0;
  EXPECT_EQ(page->heatMap()->raster().rings().size(), n_here);
  EXPECT_FALSE(page->side().busy());
  EXPECT_EQ(page->view().pass, pass);
  page->rulePanel()->resetButton()->click();
  EXPECT_EQ(what->itemText(0), QStringLiteral("Massive activations"));
}

TEST_F(InspectPageTest, ATableRowJumpsToItsCellInItsLayer) {
  open(data(QStringLiteral("saved/llama")));
  page->tabs()->setCurrentIndex(1);
  QAbstractItemModel* model = page->massiveTable()->model();
  ASSERT_GT(model->rowCount(), 3) << "the largest of each layer, as none is massive";
  const int row = model->rowCount() - 1;
  page->massiveTable()->selectRow(row);
  QTest::keyClick(page->massiveTable(), Qt::Key_Return);
  const int layer = model->index(row, PlaceModel::layer_column).data().toInt();
  EXPECT_EQ(page->layer(), layer);
  EXPECT_EQ(page->tabs()->currentIndex(), 0);
  const CellPlace cell{model->index(row, PlaceModel::token_column).data().toInt(),
                       model->index(row, PlaceModel::channel_column).data().toInt()};
  EXPECT_EQ(page->heatMap()->selectedCell(), cell);
  EXPECT_EQ(page->tokenStrip()->selected(), cell.row);
  EXPECT_TRUE(page->cellTest()->zeroButton()->isEnabled());
}

TEST_F(InspectPageTest, TokenKindsThatAreSwitchedOffLeaveEveryView) {
  open(data(QStringLiteral("saved/llama")));
  page->kindBox(TokenKind::special)->click();
  EXPECT_EQ(page->heatMap()->raster().rowMax().front(), 0);
  QAbstractItemModel* model = page->massiveTable()->model();
  for (int row = 0; row < model->rowCount(); ++row) {
    EXPECT_NE(model->index(row, PlaceModel::token_column).data().toInt(), 0);
  }
  page->kindBox(TokenKind::special)->click();
  EXPECT_GT(page->heatMap()->raster().rowMax().front(), 0);
}

TEST_F(InspectPageTest, TestsACellAndLeavesTheModelAsItIs) {
  open(data(QStringLiteral("saved/llama")));
  const PassPtr pass = page->view().pass;
  page->massiveTable()->selectRow(0);
  QTest::keyClick(page->massiveTable(), Qt::Key_Return);
  for (QPushButton* button : {page->cellTest()->zeroButton(), page->cellTest()->meanButton()}) {
    ASSERT_TRUE(button->isEnabled());
    button->click();
    EXPECT_FALSE(button->isEnabled()) << "one at a time";
    ASSERT_TRUE(until([this] { return page->cellTest()->resultText().startsWith(QStringLiteral("Perplexity")); }))
        << page->cellTest()->resultText().toStdString();
  }
  EXPECT_TRUE(page->cellTest()->resultText().contains(QStringLiteral("32 sentences")));
  type(QStringLiteral("Something else"));
  EXPECT_TRUE(page->cellTest()->resultText().isEmpty()) << "that was another prompt";
  type(QString::fromStdString(pass->request.text));
  EXPECT_EQ(page->view().pass->hidden.hidden, pass->hidden.hidden);
}

/// A made-up text of 300 tokens whose maps are kept pooled by 4 x 4.
PassPtr pooledPass(std::int64_t n_layer = 2) {
  auto pass = std::make_shared<InspectedPass>(*MadePass{.n_layer = n_layer, .n_token = 300}.make());
  AttentionMaps& maps = pass->attention;
  const AttentionMaps whole = maps;
  maps.reserve(maps.n_layer * (maps.n_head + 1) * 75 * 75);
  for (std::int64_t l = 0; l < maps.n_layer; ++l) {
    for (std::int64_t h = -1; h < maps.n_head; ++h) maps.add_rows(l, h, 0, 300, 300, whole.map(l, h).data());
  }
  return pass;
}

TEST_F(InspectPageTest, ShowsAPooledMapAtOnceAndAsksForTheCellsThatAreLookedAt) {
  page->openModel(QStringLiteral("fake"));
  const PassPtr pass = pooledPass();
  ASSERT_EQ(pass->attention.query_block, 4);
  fakeOpened(pass);
  ASSERT_TRUE(until([this] { return page->side().state() == InspectSide::State::ready && !fake->shown.empty(); }));
  fakeAnswer(pass);
  ASSERT_TRUE(until([this] { return page->view().pass != nullptr; }));
  EXPECT_TRUE(page->status().contains(QStringLiteral("max-pooled by 4 × 4"))) << page->status().toStdString();
  EXPECT_TRUE(fake->looked.empty()) << "nobody looks at it";
  page->setLayer(1);
  page->tabs()->setCurrentIndex(2);
  InspectAttention& view = *page->attention();
  EXPECT_EQ(view.raster().matrix().rows, 75) << "the pooled map is there at once";
  EXPECT_TRUE(view.footerText().contains(QStringLiteral("the largest of 4 × 4"))) << view.footerText().toStdString();
  EXPECT_TRUE(view.footerText().contains(QStringLiteral("logarithmic"))) << view.footerText().toStdString();
  ASSERT_TRUE(until([this] { return !fake->looked.empty(); }));
  const AttentionRequest asked = fake->looked.back();
  EXPECT_EQ(asked.pass, page->view().pass);
  EXPECT_EQ(asked.layer, 1);
  EXPECT_EQ(asked.head, -1);
  EXPECT_EQ(asked.n_query * asked.n_key, 300 * 300);
  EXPECT_EQ(fake->shown.size(), 1u) << "no pass is computed again";
  auto part = std::make_shared<AttentionPart>();
  part->of = asked;
  part->cells.assign(300 * 300, 0.25F);
  fake->say(AttentionPartPtr(part));
  ASSERT_TRUE(until([&view] { return view.raster().matrix().rows == 300; }));
  EXPECT_EQ(view.raster().matrix().at(299, 3), 0.25F);
  page->setLayer(0);
  EXPECT_EQ(view.raster().matrix().rows, 75) << "those were cells of another layer";
}

TEST_F(InspectPageTest, AnotherTextIsShownWhole) {
  page->openModel(QStringLiteral("fake"));
  const PassPtr pass = MadePass{.n_token = 40, .n_channel = 90}.make();
  fakeOpened(pass);
  ASSERT_TRUE(until([this] { return page->side().state() == InspectSide::State::ready && !fake->shown.empty(); }));
  fakeAnswer(pass);
  ASSERT_TRUE(until([this] { return page->view().pass != nullptr; }));
  page->heatMap()->jumpTo(30, 60);
  EXPECT_FALSE(page->heatMap()->plot().untouched());
  const auto answer = [this](const QString& prompt, const PassPtr& next) {
    page->setPrompt(prompt);
    ASSERT_TRUE(until([&] { return fake->shown.back().text == prompt.toStdString(); }));
    fakeAnswer(next);
    ASSERT_TRUE(until([&] { return page->view().pass->request.text == prompt.toStdString(); }));
  };
  answer(QStringLiteral("other words for the same tokens"), pass);
  EXPECT_FALSE(page->heatMap()->plot().untouched()) << "the same text again";
  answer(QStringLiteral("another text"), MadePass{.n_token = 12, .n_channel = 90, .ids = {5, 4, 3}}.make());
  EXPECT_EQ(page->heatMap()->raster().matrix().rows, 12);
  EXPECT_TRUE(page->heatMap()->plot().untouched());
}

TEST_F(InspectPageTest, AsksNothingTwice) {
  page->openModel(QStringLiteral("fake"));
  const PassPtr pass = MadePass{}.make();
  page->setPrompt(QStringLiteral("typed while it loads"));
  ASSERT_TRUE(until([this] { return fake->shown.size() == 1; })) << "answered as soon as the weights are in";
  fakeOpened(pass);
  ASSERT_TRUE(until([this] { return page->side().state() == InspectSide::State::ready; }));
  EXPECT_EQ(fake->shown.size(), 1U) << "its answer is under way";
  fakeAnswer(pass);
  ASSERT_TRUE(until([this] { return page->view().pass != nullptr; }));
  page->setCompare(InspectPage::Compare::bos);
  ASSERT_EQ(fake->shown.size(), 2U);
  EXPECT_EQ(fake->shown.back().slot, 1) << "the pass with BOS is there";
  EXPECT_FALSE(fake->shown.back().bos);
  page->setPrompt(QStringLiteral("another"));
  ASSERT_TRUE(until([this] { return fake->shown.size() == 4; }));
  page->setPrompt(QStringLiteral("typed while it loads"));
  EXPECT_TRUE(until([this] { return fake->shown.size() == 6; })) << "the other one is under way: it must not come last";
}

TEST_F(InspectPageTest, SaysWhatIsMissingWhereThereIsNoSecondPass) {
  open(data(QStringLiteral("saved/llama")));
  page->setCompare(InspectPage::Compare::models);
  EXPECT_TRUE(page->secondHeatMap()->plot().emptyText().contains(QStringLiteral("Second model")));
  for (const int tab : {1, 2}) {
    page->tabs()->setCurrentIndex(tab);
    const QImage picture = page->grab().toImage();
    EXPECT_FALSE(picture.isNull());
  }
  EXPECT_TRUE(page->secondAttention()->plot().emptyText().contains(QStringLiteral("Second model")))
      << page->secondAttention()->plot().emptyText().toStdString();
  page->tabs()->setCurrentIndex(0);
  page->setMode(InspectView::Mode::difference);
  EXPECT_TRUE(page->heatMap()->plot().emptyText().contains(QStringLiteral("Second model")));
}

TEST_F(InspectPageTest, ExportsEveryViewInEveryFormat) {
  open(data(QStringLiteral("saved/llama")));
  const QTemporaryDir folder;
  const QHash<QString, QByteArray> begins = {{QStringLiteral("png"), "\x89PNG"},
                                             {QStringLiteral("svg"), "<?xml"},
                                             {QStringLiteral("pdf"), "%PDF"},
                                             {QStringLiteral("csv"), "# "}};
  for (int tab = 0; tab < 4; ++tab) {
    page->tabs()->setCurrentIndex(tab);
    for (const auto& [ending, begin] : begins.asKeyValueRange()) {
      const QString path = folder.filePath(QStringLiteral("%1.%2").arg(tab).arg(ending));
      ASSERT_TRUE(page->exportTo(path)) << page->problem().toStdString();
      QFile file(path);
      ASSERT_TRUE(file.open(QIODevice::ReadOnly));
      const QByteArray bytes = file.readAll();
      EXPECT_TRUE(bytes.startsWith(begin)) << path.toStdString();
      EXPECT_GT(bytes.size(), 500) << path.toStdString();
      if (ending == QStringLiteral("csv")) {
        EXPECT_TRUE(bytes.contains("llama")) << "says which model: " << path.toStdString();
      }
    }
  }
  EXPECT_FALSE(page->exportTo(folder.filePath(QStringLiteral("no/such/folder.png"))));
  EXPECT_FALSE(page->problem().isEmpty());
}

TEST_F(InspectPageTest, FiguresHaveTheColoursChosenForTheWindow) {
  open(data(QStringLiteral("saved/llama")));
  const QTemporaryDir folder;
  const auto coloured = [&](ColourMap::Kind map) {
    page->setColours(map);
    const QString path = folder.filePath(QStringLiteral("figure.png"));
    EXPECT_TRUE(page->exportTo(path)) << page->problem().toStdString();
    const QImage image(path);
    int n = 0;
    for (int y = 0; y < image.height(); ++y) {
      for (int x = 0; x < image.width(); ++x) n += image.pixelColor(x, y).hsvSaturation() > 100;
    }
    return n;
  };
  for (int tab = 0; tab < 3; ++tab) {
    page->tabs()->setCurrentIndex(tab);
    const int viridis = coloured(ColourMap::Kind::viridis);
    EXPECT_GT(viridis, 1000) << tab;
    EXPECT_LT(coloured(ColourMap::Kind::grey), viridis / 4) << tab;
  }
}

TEST_F(InspectPageTest, ShowsTheFocusWhereverTabStops) {
  open(data(QStringLiteral("saved/llama")));
  page->resize(1280, 760);
  for (int tab = 0; tab < 4; ++tab) {
    page->tabs()->setCurrentIndex(tab);
    expect_visible_focus(*page->window(), "inspect, tab " + std::to_string(tab));
  }
}

TEST_F(InspectPageTest, CopiesThePictureAndItsNumbers) {
  open(data(QStringLiteral("saved/llama")));
  page->heatMap()->copyImage();
  const QMimeData* copied = QGuiApplication::clipboard()->mimeData();
  ASSERT_NE(copied, nullptr);
  EXPECT_TRUE(copied->hasImage());
  EXPECT_TRUE(copied->text().startsWith(QStringLiteral("layer\ttoken\ttext\tchannel\th\n")));
}

TEST_F(InspectPageTest, RemembersHowItWasLeft) {
  page->setPrompt(QStringLiteral("left like this"));
  page->tabs()->setCurrentIndex(3);
  page->setMode(InspectView::Mode::ratio);
  page->bosBox()->click();
  page->hideSinkBox()->click();
  page->kindBox(TokenKind::punctuation)->click();
  page->rulePanel()->absoluteBox()->setValue(42);
  QVariantMap turned = page->signature()->state();
  turned[QStringLiteral("turn")] = 1.25;
  page->signature()->setState(turned);
  page.reset();
  page = makePage();
  EXPECT_EQ(page->prompt(), QStringLiteral("left like this"));
  EXPECT_EQ(page->tabs()->currentIndex(), 3);
  EXPECT_EQ(page->view().mode, InspectView::Mode::ratio);
  EXPECT_FALSE(page->bosBox()->isChecked());
  EXPECT_TRUE(page->hideSinkBox()->isChecked());
  EXPECT_FALSE(page->kindBox(TokenKind::punctuation)->isChecked());
  EXPECT_FALSE(page->view().filter.has(TokenKind::punctuation));
  EXPECT_EQ(page->rulePanel()->rule().absolute_threshold, 42);
  EXPECT_EQ(page->signature()->state(), turned);
}

TEST(InspectInWindow, CopyAndCommandLineAreOfThePageThatIsSeen) {
  settings().clear();
  MainWindow window(Engine{.start = {}, .open = {}, .resume_config = {}, .repair = {}, .inspect = open_inspector});
  window.show();
  window.openPath(data(QStringLiteral("saved/llama")));
  auto* page = window.findChild<InspectPage*>();
  ASSERT_NE(page, nullptr);
  ASSERT_TRUE(window.perspectives()->is("inspect"));
  ASSERT_TRUE(QTest::qWaitFor([&] { return page->view().pass && !page->side().busy(); }, 30000));
  QAction* copy = window.actions().require(QStringLiteral("edit.copy"));
  ASSERT_TRUE(copy->isEnabled());
  page->tabs()->setFocus();
  copy->trigger();
  EXPECT_TRUE(QGuiApplication::clipboard()->text().startsWith(QStringLiteral("layer\ttoken\ttext\tchannel\th\n")));
  page->massiveTable()->setFocus();
  page->massiveTable()->selectRow(1);
  copy->trigger();
  EXPECT_EQ(QGuiApplication::clipboard()->text().count(QLatin1Char('\n')), 2) << "a head line and the row";
  window.actions().require(QStringLiteral("file.command_line"))->trigger();
  EXPECT_TRUE(QGuiApplication::clipboard()->text().startsWith(QStringLiteral("variometer inspect ")));
}

TEST(InspectInWindow, TheMenuDoesWhatKeysAndButtonsDo) {
  settings().clear();
  MainWindow window(Engine{.start = {}, .open = {}, .resume_config = {}, .repair = {}, .inspect = open_inspector});
  window.show();
  const auto action = [&window](const char* id) {
    return window.actions().require(QStringLiteral("inspect.") + QString::fromLatin1(id));
  };
  EXPECT_FALSE(action("layer_after")->isEnabled());
  window.openPath(data(QStringLiteral("saved/llama")));
  auto* page = window.findChild<InspectPage*>();
  ASSERT_TRUE(QTest::qWaitFor([&] { return page->view().pass && !page->side().busy(); }, 30000));
  page->setLayer(0);
  Q_EMIT window.menuBar()->findChild<QMenu*>()->aboutToShow();
  ASSERT_TRUE(action("layer_after")->isEnabled());
  action("layer_after")->trigger();
  EXPECT_EQ(page->layer(), 1);
  action("layer_before")->trigger();
  EXPECT_EQ(page->layer(), 0);
  action("signed")->trigger();
  EXPECT_EQ(page->view().mode, InspectView::Mode::signed_value);
  EXPECT_TRUE(action("signed")->isChecked());
  EXPECT_FALSE(action("difference")->isEnabled()) << "of what?";
  action("bos")->trigger();
  EXPECT_EQ(page->compare(), InspectPage::Compare::bos);
  EXPECT_TRUE(action("difference")->isEnabled());
  EXPECT_FALSE(action("pinned")->isEnabled());
  ASSERT_TRUE(QTest::qWaitFor([&] { return page->view().other && !page->side().busy(); }, 30000));
  action("massive")->trigger();
  EXPECT_TRUE(page->massiveTable()->hasFocus());
  page->massiveTable()->selectRow(0);
  Q_EMIT page->massiveTable()->activated(page->massiveTable()->currentIndex());
  Q_EMIT window.menuBar()->findChild<QMenu*>()->aboutToShow();
  ASSERT_TRUE(action("zero")->isEnabled());
  action("zero")->trigger();
  ASSERT_TRUE(
      QTest::qWaitFor([&] { return page->cellTest()->resultText().contains(QStringLiteral("Perplexity")); }, 30000));
}

}  // namespace
}  // namespace variometer
