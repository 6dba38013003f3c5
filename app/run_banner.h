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

/// One message about the run that is shown, above the cards, with what can be done about it as buttons. GUI thread.
class RunBanner : public QFrame {
  Q_OBJECT
 public:
  enum class Tone { news, trouble };

  explicit RunBanner(QWidget* parent = nullptr);

  /// `text` may hold <b>; the actions' own texts and tooltips name the buttons, which follow them.
  void say(const QString& text, Tone tone, const QList<QAction*>& actions = {});
  QString text() const;
  const std::vector<QPushButton*>& buttons() const { return buttons_; }

 private:
  QHBoxLayout* row_;
  QLabel* icon_;
  QLabel* text_;
  std::vector<QPushButton*> buttons_;
};

}  // namespace variometer
