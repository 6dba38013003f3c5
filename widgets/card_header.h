// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>
#include <vector>

namespace variometer {

/// The top row of a card: title, choosers, the Held chip, value. All cards have it equally high, so that the pictures
/// of a row begin together. Where room is short the title takes its brief form, then the chip and the choosers shrink,
/// and only then is a name cut; nothing ever overlaps. The value keeps the room it once needed: a number that changes
/// moves nothing.
class CardHeader : public QWidget {
  Q_OBJECT
 public:
  explicit CardHeader(QWidget* parent);

  void setTitle(const QString& full, const QString& brief);
  void setExplanation(const QString& text) { explanation_ = text; }
  /// `brief` stands where room is short: the number without its word.
  void setValue(const QString& text, const QString& brief = {});
  const QString& value() const { return value_; }
  const QString& briefValue() const { return brief_value_; }
  void addChooser(QWidget* widget);
  void setChip(QWidget* chip);
  /// Hidden children take no room; call after showing or hiding one.
  void arrange();

  const QString& shownTitle() const { return shown_title_; }
  QRect titleBox() const { return title_box_; }
  QRect valueBox() const { return value_box_; }

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  /// The mouse takes it, and with it the card, elsewhere.
  void dragged();

 protected:
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool event(QEvent* event) override;

 private:
  QFont bold() const;

  int roomOf(const QString& text) const;

  QString title_, brief_, explanation_, value_, brief_value_, shown_title_;
  QRect title_box_, value_box_;
  std::optional<QPoint> pressed_;
  int value_room_ = 0, brief_value_room_ = 0;
  bool value_is_brief_ = false;
  std::vector<QWidget*> choosers_;
  QWidget* chip_ = nullptr;
};

}  // namespace variometer
