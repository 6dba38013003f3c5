// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/question.h"

#include <QAbstractButton>
#include <QGuiApplication>
#include <QMessageBox>
#include <QPushButton>
#include <optional>
#include <utility>
#include <vector>

namespace variometer {
namespace {

std::optional<int> g_next;
QString g_last;

}  // namespace

int ask(QWidget* parent, const Question& question) {
  g_last = question.text + QLatin1Char('\n') + question.detail;
  if (QGuiApplication::platformName() == QLatin1String("offscreen")) {
    return std::exchange(g_next, std::nullopt).value_or(question.preferred);
  }
  QMessageBox box(QMessageBox::Question, question.title, question.text, QMessageBox::NoButton, parent);
  box.setTextFormat(Qt::PlainText);
  box.setInformativeText(question.detail);
  std::vector<QAbstractButton*> buttons;
  for (int i = 0; i < static_cast<int>(question.answers.size()); ++i) {
    QPushButton* button =
        box.addButton(question.answers[i], i == question.cancel ? QMessageBox::RejectRole : QMessageBox::AcceptRole);
    if (i == question.preferred) box.setDefaultButton(button);
    if (i == question.cancel) box.setEscapeButton(button);
    buttons.push_back(button);
  }
  box.exec();
  for (std::size_t i = 0; i < buttons.size(); ++i) {
    if (box.clickedButton() == buttons[i]) return static_cast<int>(i);
  }
  return question.cancel;
}

void answerNextQuestion(int answer) { g_next = answer; }

QString takeLastQuestion() { return std::exchange(g_last, QString()); }

}  // namespace variometer
