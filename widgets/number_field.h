// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractSpinBox>
#include <cstdint>

class QAction;

namespace variometer {

/// The one field for a number, in every form, panel and dialog. It reads what typed_number reads, the same in every
/// locale, and refuses the rest: the text stays as it was typed, marked, with the reason, and the value stays the last
/// good one. Nothing typed is swallowed, clamped or rounded. Arrow keys and the wheel (with the focus) change the value.
class NumberField : public QAbstractSpinBox {
  Q_OBJECT
 public:
  enum class Kind { real, whole };
  explicit NumberField(Kind kind = Kind::real, QWidget* parent = nullptr);

  /// The last good one.
  double value() const { return value_; }
  std::int64_t whole() const { return static_cast<std::int64_t>(value_); }
  double minimum() const { return least_; }
  double maximum() const { return most_; }
  /// Shows it; a value out of range is brought into it. Takes away what was typed and refused.
  void setValue(double value);
  void setRange(double least, double most);
  /// What an arrow key adds. 0, as it is at first: a tenth of the leading decimal, of whole numbers at least 1.
  void setStep(double step) { step_ = step; }
  void setPrefix(const QString& prefix);
  void setSuffix(const QString& suffix);
  /// Instead of the smallest number.
  void setSpecialValueText(const QString& text);
  /// The value follows every key that makes a number. Off, as it is at first: when the field is left, and with Enter.
  void setFollowing(bool following) { following_ = following; }

  /// Why what is written here is refused; empty: it is the value.
  QString problem() const { return problem_; }
  /// The problem of the first field inside `widget` that has one and can be used.
  static QString problemWithin(const QWidget& widget);

  void stepBy(int steps) override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void valueChanged(double value);
  void problemChanged(const QString& problem);

 protected:
  StepEnabled stepEnabled() const override;
  void focusInEvent(QFocusEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  struct Reading {
    double value = 0;
    QString problem;
    bool unfinished = false;
  };
  Reading read() const;
  QString textOf(double value) const;
  void follow();
  void commit();
  void take(double value);
  void showText();
  void setProblem(const QString& problem);
  void markText();

  Kind kind_;
  double value_ = 0;
  double least_, most_;
  double step_ = 0;
  QString prefix_, suffix_;
  bool following_ = false;
  bool edited_ = false;  ///< the text is the user's, not ours
  QString problem_;
  QAction* warning_ = nullptr;
};

}  // namespace variometer
