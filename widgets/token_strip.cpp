// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/token_strip.h"

#include <QHash>
#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

namespace variometer {
namespace {

constexpr double kPad = 5, kGap = 3, kFoot = 3;

}  // namespace

TokenStrip::TokenStrip(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  policy.setHeightForWidth(true);
  setSizePolicy(policy);
  setAccessibleName(tr("Tokens of the prompt"));
}

void TokenStrip::setTokens(std::vector<Token> tokens) {
  // The same text with other values, of another layer: no chip moves.
  const auto same = [](const Token& a, const Token& b) { return a.text == b.text; };
  const bool moved = !std::equal(tokens.begin(), tokens.end(), tokens_.begin(), tokens_.end(), same);
  tokens_ = std::move(tokens);
  if (!moved) return update();
  measure();
  if (selected_ >= static_cast<int>(tokens_.size())) selected_ = -1;
  hovered_ = -1;
  chips_ = placed(width());
  setAccessibleDescription(tr("%1 tokens").arg(tokens_.size()));
  updateGeometry();
  update();
}

void TokenStrip::setStale(bool stale) {
  if (stale == stale_) return;
  stale_ = stale;
  update();
}

void TokenStrip::setSelected(int token) {
  if (token == selected_) return;
  selected_ = token;
  update();
}

QRectF TokenStrip::chip(int token) const {
  return token >= 0 && token < static_cast<int>(chips_.size()) ? chips_[static_cast<std::size_t>(token)] : QRectF();
}

void TokenStrip::measure() {
  const QFontMetricsF metrics(font());
  const double least = metrics.horizontalAdvance(QLatin1Char('i'));
  QHash<QString, double> known;  // most tokens of a long text come again
  widths_.clear();
  for (const Token& token : tokens_) {
    const auto found = known.constFind(token.text);
    const double width = found != known.constEnd() ? *found : metrics.horizontalAdvance(token.text);
    if (found == known.constEnd()) known.insert(token.text, width);
    widths_.push_back(std::max(width, least) + 2 * kPad);
  }
}

std::vector<QRectF> TokenStrip::placed(int width) const {
  const QFontMetricsF metrics(font());
  const double height = metrics.height() + 4 + kFoot;
  std::vector<QRectF> chips;
  chips.reserve(tokens_.size());
  double x = 0, y = 0;
  for (const double w : widths_) {
    if (x > 0 && x + w > width) x = 0, y += height + kGap;
    chips.emplace_back(x, y, w, height);
    x += w + kGap;
  }
  return chips;
}

int TokenStrip::heightForWidth(int width) const {
  const auto chips = placed(width);
  return chips.empty() ? static_cast<int>(QFontMetricsF(font()).height() + 4 + kFoot) + 1
                       : static_cast<int>(chips.back().bottom()) + 1;
}

QSize TokenStrip::sizeHint() const { return {400, heightForWidth(std::max(width(), 200))}; }
QSize TokenStrip::minimumSizeHint() const { return {80, static_cast<int>(QFontMetricsF(font()).height() + 5 + kFoot)}; }

void TokenStrip::paintEvent(QPaintEvent* event) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const Theme& theme = theme_of(*this);
  if (stale_) painter.setOpacity(0.55);
  QFont italic = font();
  italic.setItalic(true);
  for (std::size_t i = 0; i < chips_.size(); ++i) {
    const Token& token = tokens_[i];
    if (!chips_[i].intersects(event->rect())) continue;
    const QRectF box = chips_[i].adjusted(0.5, 0.5, -0.5, -0.5);
    const bool chosen = static_cast<int>(i) == selected_;
    painter.setPen(QPen(chosen ? theme.accent : theme.border, chosen ? 2 : 1));
    painter.setBrush(theme.card);
    painter.drawRoundedRect(box, 3, 3);
    if (token.level > 0) {
      painter.setPen(Qt::NoPen);
      painter.setBrush(token.ringed ? theme.threshold : theme.muted);
      painter.drawRect(
          QRectF(box.left() + 2, box.bottom() - kFoot, (box.width() - 4) * std::min(token.level, 1.0), kFoot - 0.5));
    }
    painter.setFont(token.special ? italic : font());
    painter.setPen(token.special ? theme.muted : theme.text);
    painter.drawText(box.adjusted(0, 0, 0, -kFoot), Qt::AlignCenter, token.text);
  }
  if (hasFocus()) {
    painter.setOpacity(1);
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme.accent, 2));
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
  }
}

int TokenStrip::tokenAt(QPointF position) const {
  const auto found = std::find_if(chips_.begin(), chips_.end(), [&](const QRectF& c) { return c.contains(position); });
  return found == chips_.end() ? -1 : static_cast<int>(found - chips_.begin());
}

void TokenStrip::choose(int token) {
  setSelected(token);
  if (token >= 0) Q_EMIT tokenClicked(token);
}

void TokenStrip::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) choose(tokenAt(event->position()));
}

void TokenStrip::mouseMoveEvent(QMouseEvent* event) {
  const int over = tokenAt(event->position());
  if (over == hovered_) return;
  hovered_ = over;
  setCursor(over >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
  // At once: whoever hovers over tokens wants to read one after the other.
  if (over < 0) return QToolTip::hideText();
  QToolTip::showText(event->globalPosition().toPoint(), tokens_[static_cast<std::size_t>(over)].tip, this);
}

void TokenStrip::leaveEvent(QEvent* event) {
  hovered_ = -1;
  QWidget::leaveEvent(event);
}

void TokenStrip::keyPressEvent(QKeyEvent* event) {
  const int last = static_cast<int>(tokens_.size()) - 1;
  switch (event->key()) {
    case Qt::Key_Right: return choose(std::min(selected_ + 1, last));
    case Qt::Key_Left: return choose(std::max(selected_ - 1, last < 0 ? -1 : 0));
    case Qt::Key_Home: return choose(last < 0 ? -1 : 0);
    case Qt::Key_End: return choose(last);
    default: QWidget::keyPressEvent(event);
  }
}

void TokenStrip::resizeEvent(QResizeEvent* event) {
  chips_ = placed(width());
  QWidget::resizeEvent(event);
}

void TokenStrip::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::FontChange) {
    measure();
    chips_ = placed(width());
    updateGeometry();
  }
  if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange) update();
}

bool TokenStrip::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const int over = tokenAt(help->pos());
    if (over >= 0) QToolTip::showText(help->globalPos(), tokens_[static_cast<std::size_t>(over)].tip, this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace variometer
