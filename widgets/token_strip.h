// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "widgets/theme.h"

namespace variometer {

/// A text as the model reads it: one chip per token, flowing over lines. The chip's foot shows how large |h| becomes at
/// that token; hovering tells id and loss, a click chooses the token. Arrow keys walk.
class TokenStrip : public QWidget {
  Q_OBJECT
 public:
  struct Token {
    QString text;  ///< with spaces made visible
    QString tip;
    bool special = false;  ///< BOS and its like: drawn in italics
    double level = 0;      ///< 0..1, length of the bar at its foot
    bool ringed = false;   ///< a massive activation sits here
  };

  explicit TokenStrip(QWidget* parent = nullptr);

  void setTokens(std::vector<Token> tokens);
  void setStale(bool stale);  ///< greyed while newer text is on its way
  void setSelected(int token);
  const std::vector<Token>& tokens() const { return tokens_; }
  int selected() const { return selected_; }
  QRectF chip(int token) const;

  bool hasHeightForWidth() const override { return true; }
  int heightForWidth(int width) const override;
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void tokenClicked(int token);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;
  void changeEvent(QEvent* event) override;
  bool event(QEvent* event) override;

 private:
  void measure();
  std::vector<QRectF> placed(int width) const;
  int tokenAt(QPointF position) const;
  void choose(int token);

  std::vector<Token> tokens_;
  std::vector<double> widths_;  ///< of the chips: measuring thousands of texts at every layout would stall the window
  std::vector<QRectF> chips_;
  int selected_ = -1, hovered_ = -1;
  bool stale_ = false;
};

}  // namespace variometer
