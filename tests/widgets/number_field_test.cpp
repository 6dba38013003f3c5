// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/number_field.h"

#include <gtest/gtest.h>

#include <QApplication>
#include <QClipboard>
#include <QLineEdit>
#include <QLocale>
#include <QSignalSpy>
#include <QTest>

#include "core/base/config_fields.h"
#include "core/base/field_labels.h"
#include "widgets/panel_form.h"
#include "widgets/panel_rule.h"
#include "widgets/typed_number.h"

namespace variometer {
namespace {

/// Every test in the languages whose decimal comma and groups differ.
class InLocale : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override { QLocale::setDefault(QLocale(QString::fromLatin1(GetParam()))); }
  void TearDown() override { QLocale::setDefault(QLocale::c()); }
};

INSTANTIATE_TEST_SUITE_P(Locales, InLocale, testing::Values("C", "en_US", "de_DE", "fr_FR", "de_CH", "ar_EG"));

TEST_P(InLocale, ANumberIsReadAsWrittenOrNotAtAll) {
  const auto value = [](const char* text) { return typed_number(QString::fromUtf8(text)).value; };
  EXPECT_EQ(value("0,06"), 0.06);
  EXPECT_EQ(value("0,0003"), 0.0003);
  EXPECT_EQ(value("0,125"), 0.125);
  EXPECT_EQ(value(",5"), 0.5);
  EXPECT_EQ(value("0.06"), 0.06);
  EXPECT_EQ(value("1e-3"), 1e-3);
  EXPECT_EQ(value("1,5e-3"), 1.5e-3);
  EXPECT_EQ(value("+2"), 2);
  EXPECT_EQ(value(" 12 "), 12);
  EXPECT_EQ(value("\xe2\x88\x92""1"), -1) << "the minus this program writes";
  EXPECT_EQ(value("1 000"), 1000);
  EXPECT_EQ(value("1\xe2\x80\xaf""000\xe2\x80\xaf""000"), 1e6) << "French groups";
  for (const char* text : {"1,000", "12,345", "1,000,000", "1.000.000", "1.000,5", "1,000.5", "1'000", "1 00", "0x10",
                           "inf", "nan", "1e999", "1e", "-", "", "abc", "1 2", "3%", "\xd9\xa3", "0,06 and", "1..2"}) {
    EXPECT_EQ(value(text), std::nullopt) << text;
    EXPECT_FALSE(typed_number(QString::fromUtf8(text)).problem.isEmpty()) << text;
  }
  const bool point_groups = QString::fromLatin1(GetParam()) == QLatin1String("de_DE");
  EXPECT_EQ(value("1.000"), point_groups ? std::nullopt : std::optional(1.0));
  EXPECT_EQ(value("0.125"), 0.125);
}

TEST_P(InLocale, AFieldTakesTypedAndPastedNumbersAndRefusesTheRestInPlace) {
  NumberField field;
  field.setRange(0, 10);
  field.setValue(1);
  QSignalSpy changed(&field, &NumberField::valueChanged);
  const auto type = [&field](const QString& text) {
    field.selectAll();
    QTest::keyClicks(&field, text);
    QTest::keyClick(&field, Qt::Key_Return);
  };
  type(QStringLiteral("0,06"));
  EXPECT_EQ(field.value(), 0.06);
  EXPECT_EQ(field.text(), QStringLiteral("0.06"));
  type(QStringLiteral("3e-4"));
  EXPECT_EQ(field.value(), 3e-4);
  EXPECT_EQ(changed.size(), 2);
  QApplication::clipboard()->setText(QStringLiteral("1,234"));
  field.selectAll();
  field.findChild<QLineEdit*>()->paste();
  QTest::keyClick(&field, Qt::Key_Return);
  EXPECT_EQ(field.value(), 3e-4);
  EXPECT_EQ(field.text(), QStringLiteral("1,234")) << "nothing that was typed is thrown away";
  EXPECT_TRUE(field.problem().contains(QStringLiteral("two ways"))) << field.problem().toStdString();
  type(QStringLiteral("11"));
  EXPECT_EQ(field.value(), 3e-4) << "not clamped to 10";
  EXPECT_FALSE(field.problem().isEmpty());
  type(QStringLiteral("7"));
  EXPECT_EQ(field.value(), 7);
  EXPECT_TRUE(field.problem().isEmpty());
}

TEST(NumberField, WholeNumbersStayWhole) {
  NumberField field(NumberField::Kind::whole);
  field.setRange(0, 100000);
  field.setSuffix(QStringLiteral(" steps"));
  field.setValue(5);
  EXPECT_EQ(field.text(), QStringLiteral("5 steps"));
  const auto type = [&field](const char* text) {
    field.selectAll();
    QTest::keyClicks(&field, QString::fromLatin1(text));
    QTest::keyClick(&field, Qt::Key_Return);
    return field.whole();
  };
  EXPECT_EQ(type("2,5"), 5);
  EXPECT_TRUE(field.problem().contains(QStringLiteral("whole"))) << field.problem().toStdString();
  EXPECT_EQ(type("1,000"), 5);
  EXPECT_EQ(type("1e3"), 1000);
  EXPECT_EQ(type("12 steps"), 12);
  EXPECT_EQ(type("2 000"), 2000);
}

TEST(NumberField, ShowsEveryDigitThatMatters) {
  NumberField field;
  for (const double value : {0.01, 1e-8, 0.123456789012345, 1.0 / 3, 65504.0}) {
    field.setValue(value);
    EXPECT_EQ(typed_number(field.text()).value, value) << field.text().toStdString();
  }
  field.setValue(0.015);
  EXPECT_EQ(field.text(), QStringLiteral("0.015"));
}

TEST(NumberField, ArrowKeysStepInDecimals) {
  NumberField field;
  field.setValue(0.29);
  QTest::keyClick(&field, Qt::Key_Up);
  EXPECT_EQ(field.value(), 0.3);
  NumberField whole(NumberField::Kind::whole);
  whole.setRange(0, 3);
  whole.setValue(2);
  QTest::keyClick(&whole, Qt::Key_Up);
  QTest::keyClick(&whole, Qt::Key_Up);
  EXPECT_EQ(whole.value(), 3);
}

TEST(NumberField, TheRuleFollowsAsItIsTypedButNotThroughAComma) {
  RulePanel panel;
  panel.absoluteBox()->selectAll();
  QTest::keyClicks(panel.absoluteBox(), QStringLiteral("2,5"));
  EXPECT_EQ(panel.rule().absolute_threshold, 2.5);
}

TEST(ConfigForm, ATypedProblemIsSaidWithItsKey) {
  ConfigForm form({QStringLiteral("train.learning_rate"), QStringLiteral("train.seed")});
  auto* rate = qobject_cast<NumberField*>(form.editor(QStringLiteral("train.learning_rate")));
  ASSERT_NE(rate, nullptr);
  rate->selectAll();
  QTest::keyClicks(rate, QStringLiteral("1,000"));
  QTest::keyClick(rate, Qt::Key_Return);
  EXPECT_TRUE(form.typedProblem().startsWith(QStringLiteral("train.learning_rate: "))) << form.typedProblem().toStdString();
  form.setText(QStringLiteral("train.learning_rate"), QStringLiteral("0.001"));
  EXPECT_TRUE(form.typedProblem().isEmpty());
}

TEST(ConfigForm, EveryKeyHasWords) {
  for (const FieldHelp& field : field_help()) {
    EXPECT_FALSE(field_label(field.key).empty()) << field.key;
  }
  EXPECT_EQ(field_label("model.n_embd"), "Width (n_embd)");
  EXPECT_EQ(field_label("init.lir"), "Layer-index rescaling (LIR)");
}

}  // namespace
}  // namespace variometer
