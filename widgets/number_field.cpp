// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/number_field.h"

#include <QAction>
#include <QEvent>
#include <QFocusEvent>
#include <QLineEdit>
#include <QStyle>
#include <QStyleOptionSpinBox>
#include <QToolTip>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>

#include "widgets/theme.h"
#include "widgets/typed_number.h"

namespace variometer {
namespace {

constexpr double kLargestWhole = 9007199254740992.0;  // 2^53: a double holds every whole number up to it

}  // namespace

NumberField::NumberField(Kind kind, QWidget* parent) : QAbstractSpinBox(parent), kind_(kind) {
  least_ = kind == Kind::whole ? 0 : -1e12;
  most_ = kind == Kind::whole ? kLargestWhole : 1e12;
  setKeyboardTracking(false);
  setFocusPolicy(Qt::StrongFocus);  // the wheel scrolls the form, unless the field has the focus
  setLocale(QLocale::c());
  setCorrectionMode(QAbstractSpinBox::CorrectToPreviousValue);
  connect(lineEdit(), &QLineEdit::textEdited, this, &NumberField::follow);
  connect(this, &QAbstractSpinBox::editingFinished, this, &NumberField::commit);
  showText();
}

QString NumberField::textOf(double value) const {
  if (!specialValueText().isEmpty() && value == least_) return specialValueText();
  return prefix_ + number_as_typed(value) + suffix_;
}

void NumberField::showText() {
  edited_ = false;
  if (lineEdit()->text() != textOf(value_)) lineEdit()->setText(textOf(value_));
}

void NumberField::setValue(double value) {
  if (kind_ == Kind::whole) value = std::round(value);
  value = std::clamp(value, least_, most_);
  const bool changed = value != value_;
  value_ = value;
  showText();
  setProblem({});
  if (changed) Q_EMIT valueChanged(value_);
}

void NumberField::setRange(double least, double most) {
  least_ = least;
  most_ = std::max(least, most);
  setValue(value_);
  updateGeometry();
}

void NumberField::setPrefix(const QString& prefix) {
  prefix_ = prefix;
  showText();
  updateGeometry();
}

void NumberField::setSuffix(const QString& suffix) {
  suffix_ = suffix;
  showText();
  updateGeometry();
}

void NumberField::setSpecialValueText(const QString& text) {
  QAbstractSpinBox::setSpecialValueText(text);
  showText();
  updateGeometry();
}

NumberField::Reading NumberField::read() const {
  QString text = lineEdit()->text().trimmed();
  if (!specialValueText().isEmpty() && text == specialValueText().trimmed()) return {.value = least_, .problem = {}};
  if (const QString prefix = prefix_.trimmed(); !prefix.isEmpty() && text.startsWith(prefix)) {
    text = text.mid(prefix.size());
  }
  if (const QString suffix = suffix_.trimmed(); !suffix.isEmpty() && text.endsWith(suffix)) text.chop(suffix.size());
  const TypedNumber typed = typed_number(text);
  if (!typed.value) return {.value = value_, .problem = typed.problem, .unfinished = typed.unfinished};
  const double value = *typed.value;
  if (kind_ == Kind::whole && value != std::floor(value)) {
    return {.value = value_, .problem = tr("A whole number is needed here, not %1.").arg(number_as_typed(value))};
  }
  if (value < least_ || value > most_) {
    const QString why = value < least_ ? tr("The least is %1, not %2.").arg(number_as_typed(least_))
                                       : tr("The most is %1, not %2.").arg(number_as_typed(most_));
    // More digits may follow: 5 on the way to 50.
    return {.value = value_, .problem = why.arg(number_as_typed(value)), .unfinished = value < least_ && value >= 0};
  }
  return {.value = value, .problem = {}};
}

void NumberField::follow() {
  edited_ = true;
  const Reading now = read();
  if (now.problem.isEmpty() || !now.unfinished) setProblem(now.problem);
  if (following_ && now.problem.isEmpty()) take(now.value);
}

void NumberField::commit() {
  if (!edited_) return;
  const Reading now = read();
  if (!now.problem.isEmpty()) {
    setProblem(now.problem);
    if (isVisible()) QToolTip::showText(mapToGlobal(QPoint(0, height())), now.problem, this);
    return;
  }
  setProblem({});
  take(now.value);
  showText();
}

void NumberField::take(double value) {
  if (value == value_) return;
  value_ = value;
  Q_EMIT valueChanged(value_);
}

void NumberField::setProblem(const QString& problem) {
  if (problem == problem_) return;
  problem_ = problem;
  markText();
  Q_EMIT problemChanged(problem_);
}

void NumberField::markText() {
  // Colour, a sign and the reason: never colour alone.
  lineEdit()->setPalette(QPalette());
  if (!problem_.isEmpty()) {
    QPalette colours = lineEdit()->palette();
    colours.setColor(QPalette::Text, theme_of(*this).error);
    lineEdit()->setPalette(colours);
    if (warning_ == nullptr) {
      warning_ = lineEdit()->addAction(style()->standardIcon(QStyle::SP_MessageBoxWarning), QLineEdit::TrailingPosition);
    }
    warning_->setToolTip(problem_);
  }
  if (warning_ != nullptr) warning_->setVisible(!problem_.isEmpty());
  lineEdit()->setAccessibleDescription(problem_);
  setAccessibleDescription(problem_);
}

QString NumberField::problemWithin(const QWidget& widget) {
  for (const NumberField* field : widget.findChildren<NumberField*>()) {
    if (field->isEnabledTo(&widget) && !field->problem().isEmpty()) return field->problem();
  }
  return {};
}

void NumberField::stepBy(int steps) {
  const Reading now = read();
  const double from = now.problem.isEmpty() ? now.value : value_;
  double step = step_;
  if (step <= 0) {
    const double size = std::abs(from);
    step = size > 0 ? std::pow(10.0, std::floor(std::log10(size) + 1e-9) - 1) : 0.01;
    if (kind_ == Kind::whole) step = std::max(step, 1.0);
  }
  // In decimals: 0.1 + 0.2 is 0.3 for whoever presses the key.
  const double reached = QString::number(from + steps * step, 'g', 12).toDouble();
  setValue(reached);
  selectAll();
}

QAbstractSpinBox::StepEnabled NumberField::stepEnabled() const {
  if (isReadOnly()) return StepNone;
  StepEnabled possible = StepNone;
  if (value_ < most_) possible |= StepUpEnabled;
  if (value_ > least_) possible |= StepDownEnabled;
  return possible;
}

void NumberField::focusInEvent(QFocusEvent* event) {
  QAbstractSpinBox::focusInEvent(event);
  // Words in place of a number are replaced as a whole by what is typed.
  if (lineEdit()->text() == specialValueText()) selectAll();
}

void NumberField::wheelEvent(QWheelEvent* event) {
  if (hasFocus()) return QAbstractSpinBox::wheelEvent(event);
  event->ignore();
}

void NumberField::changeEvent(QEvent* event) {
  QAbstractSpinBox::changeEvent(event);
  if (event->type() == QEvent::StyleChange || event->type() == QEvent::FontChange) updateGeometry();
}

QSize NumberField::sizeHint() const {
  ensurePolished();
  const QFontMetrics metrics(fontMetrics());
  const QString usual = kind_ == Kind::real || most_ > 1e7 ? QStringLiteral("0.00000001") : QString();
  int width = metrics.horizontalAdvance(prefix_ + usual + suffix_);
  if (usual.isEmpty()) {
    for (const double end : {least_, most_}) {
      width = std::max(width, metrics.horizontalAdvance(prefix_ + number_as_typed(end) + suffix_));
    }
  }
  width = std::max(width, metrics.horizontalAdvance(specialValueText())) + metrics.horizontalAdvance(QLatin1Char(' ')) * 2;
  QStyleOptionSpinBox option;
  initStyleOption(&option);
  return style()->sizeFromContents(QStyle::CT_SpinBox, &option, QSize(width, lineEdit()->sizeHint().height()), this);
}

QSize NumberField::minimumSizeHint() const {
  // In a narrow panel six digits are enough; words in place of a number are read where there is room.
  const QSize hint = sizeHint();
  const QFontMetrics metrics(fontMetrics());
  const int chrome = metrics.horizontalAdvance(QStringLiteral("00")) + 26;  // frame and arrows
  return {std::min(hint.width(), metrics.horizontalAdvance(prefix_ + QStringLiteral("0.0001") + suffix_) + chrome),
          hint.height()};
}

}  // namespace variometer
