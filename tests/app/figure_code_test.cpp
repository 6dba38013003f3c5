// SPDX-License-Identifier: GPL-3.0-or-later
// Programs that draw a card's figure from its CSV, by their text. With VARIOMETER_KEEP_CODE=FOLDER they are kept there,
// to be run.
#include "app/figure_code.h"

#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>

#include "app/card_tabs.h"
#include "app/export_dialog.h"
#include "tests/app/window_fixture.h"
#include "widgets/card_plot.h"

namespace variometer {
namespace {

class FigureCodeTest : public WindowTest {
 protected:
  void SetUp() override {
    WindowTest::SetUp();
    start();
    for (int i = 0; i < 40; ++i) run->step();
    settle();
  }
  static QString read(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
  }
  static QStringList head(const QString& csv) {
    for (const QString& line : csv.split(QLatin1Char('\n'))) {
      if (!line.startsWith(QLatin1Char('#'))) return line.trimmed().split(QLatin1Char(','));
    }
    return {};
  }
};

TEST_F(FigureCodeTest, EveryColumnACardNamesIsInItsTable) {
  for (Card* card : window->cards()->cards()) {
    card->refresh(Card::Scope::even_hidden);
    const auto recipe = card->recipe();
    if (!recipe) {
      EXPECT_EQ(card->name(), QStringLiteral("samples"));
      continue;
    }
    const QStringList columns = head(QString::fromUtf8(card->csv(Card::Rows::all)));
    QStringList named{recipe->x};
    for (const auto& line : recipe->lines) named << line.column;
    for (const auto& only : recipe->only) named << only.column;
    if (recipe->kind != FigureRecipe::Kind::lines) named << recipe->y << recipe->value;
    for (const QString& column : named) {
      EXPECT_TRUE(columns.contains(column)) << card->name().toStdString() << ": " << column.toStdString();
    }
    EXPECT_EQ(recipe->lines.empty(), recipe->kind != FigureRecipe::Kind::lines) << card->name().toStdString();
  }
}

TEST_F(FigureCodeTest, AxesAreThoseOfTheCard) {
  auto* card = dynamic_cast<PlotCard*>(window->cards()->card(QStringLiteral("ratio")));
  ASSERT_TRUE(card->plot().logY());
  const FigureCodeOptions options{.csv = QStringLiteral("ratio.csv"), .figure = QStringLiteral("ratio.pdf")};
  const QString python = matplotlib_code(*card->recipe(), options), tex = pgfplots_code(*card->recipe(), options);
  EXPECT_TRUE(python.contains(QStringLiteral("ax.set_yscale(\"log\")")));
  EXPECT_FALSE(python.contains(QStringLiteral("ax.set_xscale(\"log\")")));
  EXPECT_TRUE(python.contains(QStringLiteral("ax.set_ylabel(\"max / median\")")));
  EXPECT_TRUE(python.contains(QStringLiteral("ax.set_xlabel(\"step\")")));
  EXPECT_TRUE(python.contains(QStringLiteral("open(\"ratio.csv\"")));
  EXPECT_TRUE(tex.contains(QStringLiteral("ymode=log")));
  EXPECT_FALSE(tex.contains(QStringLiteral("xmode=log")));
  EXPECT_TRUE(tex.contains(QStringLiteral("comment chars={\\#}]{ratio.csv}\\rows")));
  EXPECT_TRUE(tex.contains(QStringLiteral("table[x={step}, y={layer0}] {\\rows}")));
  EXPECT_TRUE(python.contains(QStringLiteral("title=\"layer\"")));
  EXPECT_TRUE(tex.contains(QStringLiteral("\\addlegendentry{layer}")));
}

TEST_F(FigureCodeTest, TellsWhatHappenedAndWhereALimitWasInForce) {
  run->step();
  window->session()->post({.assignments = {{"tvr.enabled", "true"}}});
  for (int i = 0; i < 5; ++i) run->step();
  settle();
  Card* card = window->cards()->card(QStringLiteral("weight_std"));
  card->refresh(Card::Scope::even_hidden);
  const auto recipe = card->recipe();
  ASSERT_EQ(recipe->marks.size(), 1U);
  const QString at = QString::number(recipe->marks[0].x);
  const QString python = matplotlib_code(*recipe, {}), tex = pgfplots_code(*recipe, {});
  EXPECT_TRUE(python.contains(QStringLiteral("ax.axvline(%1,").arg(at))) << python.toStdString();
  EXPECT_TRUE(tex.contains(QStringLiteral("({axis cs:%1,0} |- {rel axis cs:0,0})").arg(at))) << tex.toStdString();
  FigureRecipe limited;
  limited.x_axis = {.label = {}, .lower = 0, .upper = 100};
  limited.limits = {{.y = 2, .label = QStringLiteral("target"), .from = 40}, {.y = 3, .label = {}, .from = 200}};
  EXPECT_TRUE(matplotlib_code(limited, {}).contains(QStringLiteral("ax.hlines(2, 40, 100,")));
  EXPECT_TRUE(pgfplots_code(limited, {}).contains(QStringLiteral("(axis cs:40,2) -- (axis cs:100,2)")));
  EXPECT_FALSE(matplotlib_code(limited, {}).contains(QStringLiteral("hlines(3"))) << "not yet in force";
}

TEST_F(FigureCodeTest, TheLineOfTheRuleIsSoManyMedians) {
  Card* card = window->cards()->card(QStringLiteral("top_activation"));
  card->refresh(Card::Scope::even_hidden);
  const auto recipe = card->recipe();
  const FigureRecipe::Line& rule = recipe->lines.back();
  EXPECT_EQ(rule.column, QStringLiteral("median"));
  const ProbeConfig probe = window->session()->history().last()->probe_config;
  EXPECT_EQ(rule.factor, probe.ratio_only ? probe.small_ratio_threshold : probe.ratio_threshold);
  const QString factor = QString::number(rule.factor);
  EXPECT_TRUE(matplotlib_code(*recipe, {}).contains(factor + QStringLiteral(" * abs(y) for y in column(\"median\")")));
  EXPECT_TRUE(pgfplots_code(*recipe, {}).contains(factor + QStringLiteral("*abs(\\thisrow{median})")));
  EXPECT_TRUE(matplotlib_code(*recipe, {}).contains(QStringLiteral("ax.xaxis.get_major_locator().set_params(integer")));
}

TEST_F(FigureCodeTest, TexComputesTheMovingAverageToo) {
  const auto recipe = window->cards()->card(QStringLiteral("loss"))->recipe();
  const QString tex = pgfplots_code(*recipe, {});
  EXPECT_TRUE(tex.contains(QStringLiteral("accum={0.9*\\pgfmathaccuma + 0.1*\\thisrow{loss}}{0}]{mean of loss}")))
      << tex.toStdString();
  EXPECT_TRUE(tex.contains(QStringLiteral("\\addlegendentry{EMA 0.9}")));
}

TEST_F(FigureCodeTest, TextIsQuotedForItsLanguage) {
  FigureRecipe recipe;
  recipe.title = QStringLiteral("50% of \"it\"");
  recipe.x_axis.label = QStringLiteral("a\\b\nc");
  recipe.y_axis.label = QStringLiteral("|h|, a_b & 100%");
  const FigureCodeOptions options{.csv = QStringLiteral("x.csv"), .figure = QStringLiteral("x.pdf")};
  const QString python = matplotlib_code(recipe, options), tex = pgfplots_code(recipe, options);
  EXPECT_TRUE(python.contains(QStringLiteral("ax.set_title(\"50% of \\\"it\\\"\"")));
  EXPECT_TRUE(python.contains(QStringLiteral("ax.set_xlabel(\"a\\\\b\\nc\")")));
  EXPECT_TRUE(tex.contains(QStringLiteral("ylabel={$|$h$|$, a\\_b \\& 100\\%}")));
}

TEST_F(FigureCodeTest, AMapIsNotForPgfplotsAndTheDialogSaysSo) {
  Card* card = window->cards()->card(QStringLiteral("weight_std_carpet"));
  EXPECT_TRUE(matplotlib_code(*card->recipe(), {}).contains(QStringLiteral("LogNorm")));
  EXPECT_TRUE(pgfplots_code(*card->recipe(), {}).isEmpty());
}

TEST_F(FigureCodeTest, AllCardsOfATabAreAFileEachNamedByCard) {
  const QTemporaryDir folder;
  CardTabs* cards = window->cards();
  std::vector<Card*> tab = cards->shownCards();
  tab.push_back(cards->card(QStringLiteral("weight_std_carpet")));
  for (const char* ending : {"csv", "py", "tex"}) {
    ExportDialog dialog(cards->current(), tab, window->session()->history(), {});
    ASSERT_EQ(dialog.what()->count(), 2);
    dialog.what()->setCurrentIndex(1);
    dialog.format()->setCurrentIndex(dialog.format()->findData(QString::fromLatin1(ending)));
    const QStringList left_out = dialog.writeAll(folder.path());
    EXPECT_EQ(left_out.size(), QLatin1String(ending) == QLatin1String("tex") ? 1 : 0) << ending;
    for (const Card* card : tab) {
      const QString file = folder.filePath(card->name() + QLatin1Char('.') + QString::fromLatin1(ending));
      const bool possible =
          QLatin1String(ending) != QLatin1String("tex") || card->name() != QLatin1String("weight_std_carpet");
      EXPECT_EQ(QFileInfo::exists(file), possible) << file.toStdString();
      EXPECT_TRUE(QFileInfo::exists(folder.filePath(card->name() + QStringLiteral(".csv"))));
    }
  }
  EXPECT_TRUE(
      read(folder.filePath(QStringLiteral("loss.py"))).contains(QStringLiteral("smoothed(column(\"loss\"), 0.9)")));
  if (qEnvironmentVariableIsSet("VARIOMETER_KEEP_CODE")) {
    const QDir to(qEnvironmentVariable("VARIOMETER_KEEP_CODE"));
    for (const QString& name : QDir(folder.path()).entryList(QDir::Files))
      QFile::copy(folder.filePath(name), to.filePath(name));
  }
}

}  // namespace
}  // namespace variometer
