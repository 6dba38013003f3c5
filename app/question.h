// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>

class QWidget;

namespace variometer {

/// Something only the user can decide.
struct Question {
  QString title;
  QString text;    ///< what is at stake, in a sentence
  QString detail;  ///< what is kept, say; may be empty
  QStringList answers;
  int preferred = 0;  ///< what Enter chooses
  int cancel = 0;     ///< what Escape chooses
};

/// The answer's index. Under the offscreen platform of tests it does not block: it gives the preferred answer, or the
/// one that was set.
int ask(QWidget* parent, const Question& question);

// For tests.
void answerNextQuestion(int answer);
/// Text and detail of the last one; empty: none was asked since this was called.
QString takeLastQuestion();

}  // namespace variometer
