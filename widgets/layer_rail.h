// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "widgets/theme.h"

namespace variometer {

/// The layers of a model, one row each, top to bottom as the text flows through them: number, a bar as long as the
/// logarithm of the largest |h|, a dot where the rule in force finds an activation. Click, drag, wheel, Up and Down choose one.
class LayerRail : public QWidget {
  Q_OBJECT
 public:
  struct Row {
    double largest = 0;  ///< |h|
    double median = 0;
    int n_massive = 0;
  };

  explicit LayerRail(QWidget* parent = nullptr);
  /// `found`: what the rule calls what it finds, "Massive activations".
  void setRows(std::vector<Row> rows, const QString& found = {});
  void setLayer(int layer);  ///< says nothing back
  int layer() const { return layer_; }
  int count() const { return static_cast<int>(rows_.size()); }
  /// As the user would: clamped, and told.
  void choose(int layer);
  QRectF row(int layer) const;

  QSize sizeHint() const override { return {112, 200}; }
  QSize minimumSizeHint() const override { return {84, 80}; }

 Q_SIGNALS:
  void layerChosen(int layer);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;

 private:
  int layerAt(double y) const;
  std::vector<Row> rows_;
  QString found_;
  int layer_ = 0;
  int wheel_ = 0;
};

}  // namespace variometer
