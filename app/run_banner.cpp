// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/run_banner.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>

#include "app/actions.h"
#include "widgets/panel_icons.h"
#include "widgets/theme.h"

namespace variometer {

RunBanner::RunBanner(QWidget* parent) : QFrame(parent) {
  setObjectName(QStringLiteral("banner"));
  setFrameShape(QFrame::StyledPanel);
  row_ = new QHBoxLayout(this);
  row_->setContentsMargins(10, 6, 6, 6);
  icon_ = new QLabel(this);
  text_ = new QLabel(this);
  text_->setWordWrap(true);
  text_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  auto* close = new QToolButton(this);
  close->setAutoRaise(true);
  close->setIcon(themedIcon(QStringLiteral("close")));
  close->setToolTip(tr("Hide this message"));
  close->setAccessibleName(tr("Hide this message"));
  connect(close, &QToolButton::clicked, this, &QWidget::hide);
  row_->addWidget(icon_);
  row_->addWidget(text_, 1);
  row_->addWidget(close);
  hide();
}

void RunBanner::say(const QString& text, Tone tone, const QList<QAction*>& actions) {
  const Theme& colours = theme_of(*this);
  const bool trouble = tone == Tone::trouble;
  icon_->setPixmap(
      themedIcon(trouble ? QStringLiteral("warning") : QStringLiteral("info"), trouble ? colours.error : colours.accent)
          .pixmap(18, 18));
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
    row_->insertWidget(row_->count() - 1, button);
    buttons_.push_back(button);
  }
  show();
}

QString RunBanner::text() const { return text_->text(); }

}  // namespace variometer
