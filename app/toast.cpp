// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/toast.h"

#include <QApplication>
#include <QClipboard>
#include <QEvent>
#include <QLineEdit>
#include <QMainWindow>
#include <QMimeData>
#include <QPainter>
#include <QPlainTextEdit>
#include <QStatusBar>
#include <QTextEdit>
#include <algorithm>

#include "widgets/theme.h"

namespace variometer {
namespace {

constexpr int kShortest = 4000;  // ms
constexpr int kOfALetter = 60;   // ms more for each letter of a long message
constexpr int kLongest = 10000;

bool isTextField(const QWidget* widget) {
  return qobject_cast<const QLineEdit*>(widget) != nullptr || qobject_cast<const QTextEdit*>(widget) != nullptr ||
         qobject_cast<const QPlainTextEdit*>(widget) != nullptr;
}

QString sentenceOf(const QMimeData& copied) {
  if (copied.hasImage()) {
    return copied.hasText() ? Toast::tr("Copied: the picture and its numbers") : Toast::tr("Copied: the picture");
  }
  const QString text = copied.text().trimmed();
  if (text.isEmpty()) return {};
  const qsizetype lines = text.count(QLatin1Char('\n')) + 1;
  return lines == 1 ? Toast::tr("Copied: %1").arg(text) : Toast::tr("Copied: %1 lines").arg(lines);
}

}  // namespace

Toast::Toast(QWidget* window) : QLabel(window) {
  setObjectName(QStringLiteral("toast"));
  setAttribute(Qt::WA_TransparentForMouseEvents);
  setFocusPolicy(Qt::NoFocus);
  setTextFormat(Qt::PlainText);
  setWordWrap(true);
  setAlignment(Qt::AlignCenter);
  setContentsMargins(14, 8, 14, 8);
  timer_.setSingleShot(true);
  connect(&timer_, &QTimer::timeout, this, &QWidget::hide);
  window->installEventFilter(this);
}

void Toast::say(QWidget* window, const QString& text) {
  auto* toast = window->findChild<Toast*>(QStringLiteral("toast"), Qt::FindDirectChildrenOnly);
  if (toast == nullptr) toast = new Toast(window);
  toast->said_ = text;
  toast->setAccessibleName(text);
  toast->place();
  toast->show();
  toast->raise();
  toast->timer_.start(std::clamp(static_cast<int>(text.size()) * kOfALetter, kShortest, kLongest));
}

QString Toast::said(const QWidget* window) {
  const auto* toast = window->findChild<Toast*>(QStringLiteral("toast"), Qt::FindDirectChildrenOnly);
  return toast == nullptr || toast->isHidden() ? QString() : toast->said_;
}

void Toast::tellOfCopies(QObject* context) {
  connect(QGuiApplication::clipboard(), &QClipboard::dataChanged, context, [] {
    const QClipboard* clipboard = QGuiApplication::clipboard();
    QWidget* window = QApplication::activeWindow();
    if (window == nullptr || !clipboard->ownsClipboard() || isTextField(QApplication::focusWidget())) return;
    const QString sentence = sentenceOf(*clipboard->mimeData());
    if (!sentence.isEmpty()) say(window, sentence);
  });
}

void Toast::place() {
  constexpr int kMargin = 12;
  const QWidget* window = parentWidget();
  const auto* main = qobject_cast<const QMainWindow*>(window);
  const QStatusBar* bar = main != nullptr ? main->findChild<QStatusBar*>() : nullptr;
  const int below = kMargin + (bar != nullptr && bar->isVisible() ? bar->height() : 0);
  const int most = std::max(80, std::min(window->width() - 2 * kMargin, 60 * fontMetrics().averageCharWidth() + 28));
  // Two lines say enough; a command line is as long as it likes.
  const int room = 2 * (most - 32);
  setText(fontMetrics().elidedText(said_, Qt::ElideRight, room));
  const int width = std::min(most, fontMetrics().horizontalAdvance(text()) + 32);
  const int height = std::max(heightForWidth(width), fontMetrics().height() + 16);
  setGeometry((window->width() - width) / 2, std::max(0, window->height() - below - height), width, height);
}

bool Toast::eventFilter(QObject* watched, QEvent* event) {
  if (watched == parentWidget() && event->type() == QEvent::Resize && isVisible()) place();
  return QLabel::eventFilter(watched, event);
}

void Toast::changeEvent(QEvent* event) {
  QLabel::changeEvent(event);
  if (event->type() == QEvent::FontChange && isVisible()) place();
}

void Toast::paintEvent(QPaintEvent* event) {
  const Theme& colours = theme_of(*this);
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(colours.accent, 1.5));
  painter.setBrush(colours.card);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.75, 0.75, -0.75, -0.75), 6, 6);
  painter.end();
  QLabel::paintEvent(event);
}

}  // namespace variometer
