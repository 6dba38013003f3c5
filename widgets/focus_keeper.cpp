// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/focus_keeper.h"

#include <QApplication>
#include <QKeyEvent>
#include <QPainter>
#include <QPointer>
#include <QWidget>

#include "widgets/theme.h"

namespace variometer {
namespace {

bool presses(const QKeyEvent& event) {
  switch (event.key()) {
    case Qt::Key_Space:
    case Qt::Key_Select:
    case Qt::Key_Return:
    case Qt::Key_Enter: return true;
    default: return false;
  }
}

/// The nearest ancestor that is seen and can hold something with the focus.
QWidget* hostOf(const QWidget& control) {
  QWidget* host = control.parentWidget();
  while (host != nullptr && !(host->isVisible() && host->isEnabled())) host = host->parentWidget();
  return host;
}

class FocusStandIn : public QWidget {
 public:
  FocusStandIn(QWidget* control, QWidget* host) : QWidget(host), control_(control) {
    setObjectName(QStringLiteral("focus_stand_in"));
    setFocusPolicy(Qt::TabFocus);
    setAttribute(Qt::WA_TransparentForMouseEvents);
    const QString name = control->accessibleName().isEmpty() ? control->property("text").toString().remove(u'&')
                                                             : control->accessibleName();
    setAccessibleName(QObject::tr("%1, not available now").arg(name));
    place();
    control->installEventFilter(this);
    show();
    raise();
    QWidget::setTabOrder(control, this);
    setFocus(Qt::OtherFocusReason);
  }

  QWidget* control() const { return control_; }
  /// It lost the focus because it was hidden with what is around it.
  bool lost() const { return lost_; }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (watched == control_) {
      switch (event->type()) {
        case QEvent::Move:
        case QEvent::Resize: place(); break;
        case QEvent::EnabledChange:
        case QEvent::Show:
          if (hasFocus() && control_->isEnabled() && control_->isVisible()) control_->setFocus(Qt::OtherFocusReason);
          break;
        default: break;
      }
    }
    return QWidget::eventFilter(watched, event);
  }

  bool event(QEvent* event) override {
    // Space and Enter are no shortcuts here either: a dialog's default button is not pressed by them.
    if (event->type() == QEvent::ShortcutOverride && presses(*static_cast<QKeyEvent*>(event))) {
      event->accept();
      return true;
    }
    return QWidget::event(event);
  }

  void keyPressEvent(QKeyEvent* event) override {
    if (!presses(*event)) QWidget::keyPressEvent(event);
  }

  void focusOutEvent(QFocusEvent* event) override {
    QWidget::focusOutEvent(event);
    // Another window or a menu gives it back.
    if (event->reason() == Qt::ActiveWindowFocusReason || event->reason() == Qt::PopupFocusReason) return;
    lost_ = !isVisible();
    hide();
    deleteLater();
  }

  void paintEvent(QPaintEvent*) override {
    if (control_ == nullptr || !control_->isVisible()) return;
    QPainter painter(this);
    painter.setPen(QPen(theme_of(*this).accent, 2, Qt::DashLine));
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
  }

 private:
  void place() {
    if (!parentWidget()->isAncestorOf(control_)) return;  // it has moved elsewhere
    // What is hidden has no place that one could see.
    const bool seen = control_->isVisible();
    setGeometry(QRect(control_->mapTo(parentWidget(), QPoint()), seen ? control_->size() : QSize(1, 1)));
  }

  QPointer<QWidget> control_;
  bool lost_ = false;
};

}  // namespace

FocusKeeper::FocusKeeper(QObject* parent) : QObject(parent) {
  connect(qApp, &QApplication::focusChanged, this, &FocusKeeper::focusMoved);
}

void FocusKeeper::install() {
  static QPointer<FocusKeeper> keeper;
  if (keeper == nullptr) keeper = new FocusKeeper(qApp);
}

bool FocusKeeper::isStandIn(const QWidget* widget) { return dynamic_cast<const FocusStandIn*>(widget) != nullptr; }

void FocusKeeper::focusMoved(QWidget* from, const QWidget* to) {
  if (from == nullptr) return;
  if (const auto* stand_in = dynamic_cast<const FocusStandIn*>(from)) {
    if (!stand_in->lost() || stand_in->control() == nullptr) return;
    from = stand_in->control();
  } else if (from->isEnabled() && from->isVisible()) {
    return;
  }
  // Only what happens within one window that stays: not a dialog or a menu that closes.
  const QWidget* window = from->window();
  const bool elsewhere = to != nullptr ? to->window() != window : !window->isActiveWindow();
  if (elsewhere || !window->isVisible() || window->windowType() == Qt::Popup) return;
  if (QWidget* host = hostOf(*from)) new FocusStandIn(from, host);
}

}  // namespace variometer
