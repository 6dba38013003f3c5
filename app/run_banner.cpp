// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/run_banner.h"

#include <QAction>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "app/actions.h"
#include "widgets/panel_icons.h"
#include "widgets/theme.h"

namespace variometer {

RunBanner::RunBanner(QWidget* over, QWidget* page) : QFrame(page), over_(over) {
  setObjectName(QStringLiteral("banner"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(12, 6, 6, 6);
  column->setSpacing(4);
  icon_ = new QLabel(this);
  text_ = new QLabel(this);
  text_->setWordWrap(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  auto* close = new QToolButton(this);
  close->setAutoRaise(true);
  close->setIcon(themedIcon(QStringLiteral("close")));
  close->setProperty("icon_name", QStringLiteral("close"));
  close->setToolTip(tr("Hide this message"));
  close->setAccessibleName(tr("Hide this message"));
  connect(close, &QToolButton::clicked, this, &QWidget::hide);
  auto* top = new QHBoxLayout;
  top->addWidget(icon_, 0, Qt::AlignTop);
  top->addWidget(text_, 1);
  top->addWidget(close, 0, Qt::AlignTop);
  column->addLayout(top);
  row_ = new QHBoxLayout;
  row_->addStretch(1);
  column->addLayout(row_);
  over->installEventFilter(this);
  hide();
}

void RunBanner::say(const QString& text, Tone tone, const QList<QAction*>& actions) {
  tone_ = tone;
  retheme();
  text_->setText(text);
  for (QPushButton* button : buttons_) {
    button->disconnect();
    button->hide();
    button->deleteLater();  // it may be the one that was clicked
  }
  buttons_.clear();
  for (QAction* action : actions) {
    auto* button = new QPushButton(this);
    button->setAutoDefault(true);  // Enter presses it
    const auto follow = [button, action] {
      button->setText(plainText(*action));
      button->setIcon(action->icon());
      button->setToolTip(action->toolTip());
      button->setEnabled(action->isEnabled());
    };
    follow();
    connect(action, &QAction::changed, button, follow);
    connect(button, &QPushButton::clicked, action, &QAction::trigger);
    row_->addWidget(button);
    connect(action, &QAction::changed, this, &RunBanner::place);
    buttons_.push_back(button);
    button->show();
  }
  place();
  show();
  raise();
}

void RunBanner::place() {
  constexpr int kMargin = 10;
  const QRect area = over_->geometry().adjusted(kMargin, kMargin, -kMargin, -kMargin);
  // As wide as its text on one line, or as its buttons, where there is room for that.
  QLabel line(text_->text());
  line.setFont(text_->font());
  layout()->activate();
  const int around = icon_->sizeHint().width() + 3 * fontMetrics().height() + 24;
  const int wanted = std::max({line.sizeHint().width() + around, layout()->minimumSize().width(), 320});
  const int width = std::min(wanted, area.width());
  const int height = std::min(std::max(layout()->totalHeightForWidth(width), layout()->minimumSize().height()), area.height());
  setGeometry(area.center().x() - width / 2, area.bottom() + 1 - height, width, height);
}

void RunBanner::retheme() {
  const Theme& colours = theme_of(*this);
  const bool trouble = tone_ == Tone::trouble;
  const int side = std::max(18, fontMetrics().height());
  icon_->setPixmap(
      themedIcon(trouble ? QStringLiteral("warning") : QStringLiteral("info"), trouble ? colours.error : colours.accent)
          .pixmap(side, side));
  update();
}

bool RunBanner::eventFilter(QObject* watched, QEvent* event) {
  if (watched == over_ && !isHidden() && (event->type() == QEvent::Resize || event->type() == QEvent::Move)) place();
  return QFrame::eventFilter(watched, event);
}

void RunBanner::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) retheme();
  if (event->type() == QEvent::FontChange && !isHidden()) retheme(), place();
}

void RunBanner::paintEvent(QPaintEvent*) {
  const Theme& colours = theme_of(*this);
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(tone_ == Tone::trouble ? colours.error : colours.accent, 1.5));
  painter.setBrush(colours.card);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.75, 0.75, -0.75, -0.75), 5, 5);
}

QString RunBanner::text() const { return text_->text(); }

}  // namespace variometer
