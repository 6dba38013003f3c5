// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>
#include <QList>
#include <QPointF>
#include <QWidget>
#include <vector>

#include "widgets/sparkline.h"

class QGridLayout;
class QLabel;
class QPainter;
class QPushButton;
class QVBoxLayout;

namespace variometer {

/// What a demo's card on the start page says.
struct DemoText {
  QString id;
  QString title;
  QString summary;   ///< one or two sentences
  QString duration;  ///< "2 min"
  /// What came of it when it was run: the largest |h| of the probe prompt by update. Empty: nothing is drawn.
  QList<QPointF> largest = {};
};

/// A run or a model that can be opened again.
struct RecentText {
  QString path;
  QString name;
  QString detail;           ///< "step 4,200 · yesterday"
  QList<float> curve = {};  ///< a run's loss, drawn small
};

/// One demo: a button with the curve of a run of it, a title and what will be seen. The curves of all demos have the
/// same axes, so that they can be compared.
class DemoCard : public QAbstractButton {
  Q_OBJECT
 public:
  DemoCard(const DemoText& text, int number, QWidget* parent = nullptr);
  /// Room for a title and six lines at any size of text.
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  int curveHeight() const;
  void paintCurve(QPainter& painter, const QRectF& area) const;

  DemoText text_;
  int number_;
  bool hovered_ = false;
};

/// One run that can be opened again, as a row across the page.
class RecentRow : public QAbstractButton {
  Q_OBJECT
 public:
  explicit RecentRow(const RecentText& run, QWidget* parent = nullptr);
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  bool event(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

 private:
  RecentText run_;
  Sparkline curve_;
};

/// The first thing a newcomer sees: demos that start with one click, ways to open one's own, recent runs, the device,
/// and a session that ended unexpectedly. Only says what was asked for; starts and opens nothing itself.
class StartPage : public QWidget {
  Q_OBJECT
 public:
  explicit StartPage(QWidget* parent = nullptr);

  void setDemos(const std::vector<DemoText>& demos);
  void setRecent(const std::vector<RecentText>& runs);
  void setDeviceLine(const QString& text);
  /// Empty text hides the line.
  void setRecovery(const QString& text, const QString& explanation);
  DemoCard* card(int i) const { return cards_[static_cast<std::size_t>(i)]; }

 Q_SIGNALS:
  void demoRequested(const QString& id);
  void newRunRequested();
  void openRunRequested();
  void openModelRequested();
  void inspectRequested();
  void recentRequested(const QString& path);
  void recoverRequested();
  void discardRequested();

 private:
  void arrangeCards();
  void orderTabs();

  std::vector<DemoCard*> cards_;
  std::vector<QWidget*> own_;  ///< buttons
  QGridLayout* grid_;
  QVBoxLayout* recent_;
  QLabel* recent_title_;
  QLabel* device_;
  QWidget* recovery_;
  QLabel* recovery_text_;
  QPushButton* explain_;
  QString recovery_short_, recovery_long_;
};

}  // namespace variometer
