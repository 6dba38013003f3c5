// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFrame>
#include <QList>
#include <vector>

class QAction;
class QHBoxLayout;
class QLabel;
class QPushButton;

namespace variometer {

/// One message about the run that is shown, with what can be done about it as buttons. It lies over the lower edge of the
/// cards until it is closed, so that nothing on the page moves under the mouse when it comes and goes. GUI thread.
class RunBanner : public QFrame {
  Q_OBJECT
 public:
  enum class Tone { news, trouble };

  /// `over` is what it lies over, a child of `page`.
  RunBanner(QWidget* over, QWidget* page);

  /// `text` may hold <b>; the actions' own texts and tooltips name the buttons, which follow them.
  void say(const QString& text, Tone tone, const QList<QAction*>& actions = {});
  QString text() const;
  const std::vector<QPushButton*>& buttons() const { return buttons_; }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;

 private:
  void place();
  void retheme();

  QWidget* over_;
  Tone tone_ = Tone::news;
  QHBoxLayout* row_;  ///< of buttons, below the text
  QLabel* icon_;
  QLabel* text_;
  std::vector<QPushButton*> buttons_;
};

}  // namespace variometer
