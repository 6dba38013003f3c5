// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPen>
#include <QWidget>
#include <vector>

#include "widgets/theme.h"

class QPainter;

namespace variometer {

/// One row above a plot: a piece of each line with its name and value. Many ordered lines (layers) become a ramp with
/// its first and last name. What has no room is counted at the end. A click hides a line, Ctrl+click shows it alone.
/// Always one row high, also while empty: plots beside one another begin at the same height.
class LegendStrip : public QWidget {
  Q_OBJECT
 public:
  struct Item {
    enum class Sign { line, points, disc, dashed_disc, circle, hatch };
    QString name;
    QPen pen;
    Sign sign = Sign::line;
    bool visible = true;
    QString value = {};   ///< null: never has one
    double radius = 2.5;  ///< of discs and circles
    QString brief = {};   ///< instead of the name where that has no room
    bool in_ramp = true;  ///< may become a step of the ramp; those that may not come last
  };

  explicit LegendStrip(QWidget* parent = nullptr);

  void setItems(std::vector<Item> items);
  void setValue(std::size_t index, const QString& value);
  void setHead(const QString& head);  ///< "layer"
  const QString& head() const { return head_; }
  void setTheme(const Theme& theme);
  void setLineWidth(double width);  ///< of the lines in it
  const std::vector<Item>& items() const { return items_; }
  bool showsBriefNames() const;
  std::size_t leftOut() const;  ///< how many have no room

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;
  void paint(QPainter& painter, const QRectF& area) const;

 Q_SIGNALS:
  void toggled(std::size_t index);
  void soloed(std::size_t index);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Place {
    std::size_t index;
    QRectF box;
    bool with_value = false, brief = false;
    double swatch = 18;
    bool in_ramp = false;
  };
  std::size_t rampSize() const;
  bool isRamp(double width) const;
  std::size_t shown(const std::vector<Place>& all, double right) const;
  void paintSign(QPainter& painter, const Item& item, const QRectF& box) const;
  std::vector<Place> places(const QRectF& area) const;

  std::vector<Item> items_;
  QString head_;
  double line_width_ = 2;
  const Theme* theme_;
};

}  // namespace variometer
