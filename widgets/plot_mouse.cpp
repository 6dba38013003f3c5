// SPDX-License-Identifier: GPL-3.0-or-later
// Mouse and keys of a plot: design ui b.1 and d.10.
#include <QAction>
#include <QElapsedTimer>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QWheelEvent>
#include <cmath>
#include <limits>

#include "widgets/plot.h"

namespace variometer {
namespace {

constexpr double kDragStart = 4;    // pixels before a press becomes a drag
constexpr double kWheelStep = 0.8;  // range factor of one notch

QCPRange scaled(const QCPAxis& axis, double pixel, double factor) {
  const double at = axis.pixelToCoord(pixel);
  const QCPRange range = axis.range();
  if (axis.scaleType() == QCPAxis::stLogarithmic) {
    return {at * std::pow(range.lower / at, factor), at * std::pow(range.upper / at, factor)};
  }
  return {at + (range.lower - at) * factor, at + (range.upper - at) * factor};
}

QCPRange moved(const QCPAxis& axis, double from, double to) {
  const double a = axis.pixelToCoord(from), b = axis.pixelToCoord(to);
  const QCPRange range = axis.range();
  if (axis.scaleType() == QCPAxis::stLogarithmic) return {range.lower * a / b, range.upper * a / b};
  return {range.lower + a - b, range.upper + a - b};
}

QCPRange between(const QCPAxis& axis, double from, double to) {
  QCPRange range(axis.pixelToCoord(from), axis.pixelToCoord(to));
  range.normalize();
  return range;
}

qint64 now_ms() {
  static const QElapsedTimer clock = [] {
    QElapsedTimer timer;
    timer.start();
    return timer;
  }();
  return clock.elapsed();
}

}  // namespace

Plot::Part Plot::partAt(QPointF pos) const {
  const QRect area = axisRect()->rect();
  if (pos.x() < area.left() && pos.y() <= area.bottom()) return Part::y;
  if (pos.y() > area.bottom() && pos.x() >= area.left()) return Part::x;
  return Part::both;
}

void Plot::mousePressEvent(QMouseEvent* event) {
  press_ = last_ = mouse_ = event->position();
  press_modifiers_ = event->modifiers();
  drag_part_ = partAt(press_);
  const bool pan = event->button() == Qt::MiddleButton ||
                   (event->button() == Qt::LeftButton && (event->modifiers() & Qt::ControlModifier));
  if (pan || (event->button() == Qt::LeftButton && drag_part_ != Part::both)) {
    rememberView(tr("Pan"));
    drag_ = Drag::pan;
    setCursor(Qt::ClosedHandCursor);
  } else if (event->button() == Qt::LeftButton) {
    drag_ = Drag::press;
  }
  event->accept();
}

void Plot::mouseMoveEvent(QMouseEvent* event) {
  const QPointF pos = event->position();
  mouse_ = pos;
  mouse_inside_ = true;
  if (drag_ == Drag::press && (pos - press_).manhattanLength() > kDragStart) drag_ = Drag::box;
  if (drag_ == Drag::pan) {
    panBy(pos - last_, drag_part_);
    last_ = pos;
  } else if (drag_ == Drag::box) {
    last_ = pos;
    redrawOverlay();
  } else {
    const bool inside = axisRect()->rect().contains(pos.toPoint());
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double x = inside ? xAxis->pixelToCoord(pos.x()) : nan, y = inside ? yAxis->pixelToCoord(pos.y()) : nan;
    if (showsSteps()) steps_->setHover(inside ? std::optional(x) : std::nullopt);
    redrawOverlay();
    Q_EMIT hovered(x, y);
  }
  event->accept();
}

void Plot::mouseReleaseEvent(QMouseEvent* event) {
  last_ = event->position();
  const Drag drag = std::exchange(drag_, Drag::none);
  unsetCursor();
  if (drag == Drag::box) {
    finishBox();
  } else if (drag == Drag::press && axisRect()->rect().contains(last_.toPoint())) {
    const double x = xAxis->pixelToCoord(last_.x());
    if (showsSteps()) {
      if (press_modifiers_ & Qt::ShiftModifier) {
        steps_->setReference(std::llround(x));
      } else {
        steps_->pushOwnView(tr("Cursor"));
        steps_->setCursor(std::llround(x));
      }
    }
    Q_EMIT clicked(x, yAxis->pixelToCoord(last_.y()));
  }
  redrawOverlay();
  event->accept();
}

void Plot::finishBox() {
  const double width = std::abs(last_.x() - press_.x()), height = std::abs(last_.y() - press_.y());
  if (width < kThinBox && height < kThinBox) return;
  const QCPRange x = between(*xAxis, press_.x(), last_.x()), y = between(*yAxis, press_.y(), last_.y());
  rememberView(tr("Zoom"));
  if (width >= kThinBox) setXRange(x);
  if (height >= kThinBox) setYRange(y);
  touch();
  Q_EMIT viewChanged();
}

void Plot::mouseDoubleClickEvent(QMouseEvent* event) {
  drag_ = Drag::none;
  if (event->button() == Qt::LeftButton) {
    rememberView(tr("Fit"));
    fit(partAt(event->position()));
  }
  event->accept();
}

void Plot::wheelEvent(QWheelEvent* event) {
  // Some platforms turn Shift+wheel into a horizontal wheel.
  const int delta = event->angleDelta().y() != 0 ? event->angleDelta().y() : event->angleDelta().x();
  if (delta == 0) return event->ignore();
  Part part = partAt(event->position());
  if (part == Part::both && axisRect()->rect().contains(event->position().toPoint())) {
    part = event->modifiers() & Qt::ControlModifier ? Part::both
           : event->modifiers() & Qt::ShiftModifier ? Part::y
                                                    : Part::x;
  }
  const qint64 now = now_ms();
  if (now - last_wheel_ms_ > 600) rememberView(tr("Zoom"));  // one turn of the wheel is one step back
  last_wheel_ms_ = now;
  zoomAt(event->position(), std::pow(kWheelStep, delta / 120.0), part);
  event->accept();
}

void Plot::zoomAt(QPointF pos, double factor, Part part) {
  if (part != Part::y) setXRange(scaled(*xAxis, pos.x(), factor));
  if (part != Part::x) setYRange(scaled(*yAxis, pos.y(), factor));
  touch();
  Q_EMIT viewChanged();
}

void Plot::panBy(QPointF pixels, Part part) {
  if (part != Part::y && pixels.x() != 0) setXRange(moved(*xAxis, last_.x(), last_.x() + pixels.x()));
  // A pan that goes along only leaves the other axis fitted.
  const bool vertical = std::abs(last_.y() + pixels.y() - press_.y()) > kThinBox || !y_free_;
  if (part != Part::x && pixels.y() != 0 && vertical) setYRange(moved(*yAxis, last_.y(), last_.y() + pixels.y()));
  touch();
  Q_EMIT viewChanged();
}

void Plot::keyPressEvent(QKeyEvent* event) {
  const int times = event->modifiers() & Qt::ShiftModifier ? 10 : 1;
  const int direction = event->key() == Qt::Key_Right ? 1 : -1;
  switch (event->key()) {
    case Qt::Key_Escape:
      if (drag_ == Drag::none) {
        if (!steps_->reference() && !steps_->cursor()) return event->ignore();
        steps_->setReference(std::nullopt);
        return steps_->setCursor(std::nullopt);
      }
      drag_ = Drag::none;
      redrawOverlay();
      return;
    case Qt::Key_Left:
    case Qt::Key_Right:
      if (event->modifiers() & Qt::ControlModifier) return steps_->moveCursorToEvent(direction);
      return steps_->moveCursor(direction * times);
    case Qt::Key_Home: return steps_->setCursor(steps_->first());
    case Qt::Key_End: return fit();
    case Qt::Key_Plus:
    case Qt::Key_Equal:
    case Qt::Key_Minus:
      rememberView(tr("Zoom"));
      return zoomAt(QPointF(axisRect()->center()), event->key() == Qt::Key_Minus ? 1 / kWheelStep : kWheelStep,
                    Part::x);
    default: event->ignore();
  }
}

void Plot::leaveEvent(QEvent* event) {
  mouse_inside_ = false;
  if (!steps_) return;  // the window is closing
  if (showsSteps()) steps_->setHover(std::nullopt);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Q_EMIT hovered(nan, nan);
  redrawOverlay();
  QCustomPlot::leaveEvent(event);
}

void Plot::focusInEvent(QFocusEvent* event) {
  QCustomPlot::focusInEvent(event);
  redrawOverlay();
}

void Plot::focusOutEvent(QFocusEvent* event) {
  QCustomPlot::focusOutEvent(event);
  redrawOverlay();
}

void Plot::makeActions() {
  // Plain letters act only while the plot has the focus, never in a text field.
  const auto add = [this](const char* id, const QString& text, const QString& tip, QKeySequence key, auto act) {
    auto* made = new QAction(text, this);
    made->setObjectName(QLatin1String(id));
    made->setToolTip(tip);
    made->setShortcut(key);
    made->setShortcutContext(Qt::WidgetShortcut);
    connect(made, &QAction::triggered, this, act);
    addAction(made);
    return made;
  };
  add("fit", tr("Fit"), tr("Show everything and follow the run"), Qt::Key_F, [this] {
    rememberView(tr("Fit"));
    fit();
  });
  add("fit_x", tr("Fit X"), tr("Fit the horizontal axis"), Qt::Key_X, [this] { fit(Part::x); });
  add("fit_y", tr("Fit Y"), tr("Fit the vertical axis"), Qt::Key_Y, [this] { fit(Part::y); });
  auto* log_y = add("log_y", tr("Log Y"), tr("Logarithmic vertical axis"), Qt::Key_L, [this] { setLogY(!logY()); });
  auto* log_x = add("log_x", tr("Log X"), tr("Logarithmic horizontal axis"), Qt::Key_G, [this] { setLogX(!logX()); });
  auto* tie = add("tie", tr("Tie steps"),
                  tr("Tied, all cards show the same steps; let go, this one is zoomed by itself"), Qt::Key_T, [this] {
                    rememberView(tr("Tie steps"));
                    setTied(!tied_);
                  });
  tie->setEnabled(showsSteps());
  for (QAction* made : {log_y, log_x, tie}) made->setCheckable(true);
  tie->setChecked(tied_);
  connect(this, &Plot::viewChanged, this, [this, log_x, log_y, tie] {
    log_x->setChecked(logX());
    log_y->setChecked(logY());
    tie->setChecked(tied_);
  });
  add("cursors", tr("Cursors A and B"),
      tr("Both at the step shown; ← → then move A, and every card says how far it is from B. Again: without"),
      Qt::Key_C, [this] { steps_->toggleCursors(); });
  add("pin", tr("Pin this step"), tr("Keeps the step shown as cursor B, to compare with. Again: lets go of it"),
      Qt::Key_P, [this] { steps_->togglePin(); });
  add("previous_view", tr("Previous view"), tr("Back to the view before the last zoom, pan or scrub"),
      Qt::Key_Backspace, [this] { steps_->previousView(); });
  add("next_view", tr("Next view"), tr("Again the view that Previous view left"), Qt::SHIFT | Qt::Key_Backspace,
      [this] { steps_->nextView(); });
  add("follow", tr("Follow / Hold"), tr("Follow the newest step, or hold what is shown; training goes on either way"),
      Qt::Key_Space, [this] {
        if (steps_->following()) return steps_->hold();
        fit();
      });
}

QAction* Plot::action(const char* id) const {
  return findChild<QAction*>(QLatin1String(id), Qt::FindDirectChildrenOnly);
}

}  // namespace variometer
