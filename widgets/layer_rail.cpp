// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/layer_rail.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "widgets/number_text.h"

namespace variometer {
namespace {

constexpr double kTallest = 24;  // pixels of a row in a model with few layers

}  // namespace

LayerRail::LayerRail(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setAccessibleName(tr("Layer"));
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Expanding);
}

void LayerRail::setRows(std::vector<Row> rows, const QString& found) {
  rows_ = std::move(rows);
  found_ = found;
  layer_ = std::clamp(layer_, 0, std::max(0, count() - 1));
  update();
}

void LayerRail::setLayer(int layer) {
  layer_ = std::clamp(layer, 0, std::max(0, count() - 1));
  setAccessibleDescription(tr("layer %1 of %2").arg(layer_).arg(count()));
  update();
}

void LayerRail::choose(int layer) {
  if (rows_.empty()) return;
  const int before = layer_;
  setLayer(layer);
  if (layer_ != before) Q_EMIT layerChosen(layer_);
}

QRectF LayerRail::row(int layer) const {
  if (rows_.empty()) return {};
  const double height = std::min(kTallest, static_cast<double>(this->height()) / count());
  return {0, layer * height, static_cast<double>(width()), height};
}

int LayerRail::layerAt(double y) const {
  return rows_.empty() ? -1 : std::clamp(static_cast<int>(y / row(0).height()), 0, count() - 1);
}

void LayerRail::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const Theme& theme = theme_of(*this);
  painter.fillRect(rect(), theme.card);
  if (rows_.empty()) return;
  double low = INFINITY, high = 0;
  for (const Row& r : rows_) {
    if (r.median > 0) low = std::min(low, r.median);
    if (std::isfinite(r.largest)) high = std::max(high, r.largest);
  }
  const QFontMetricsF metrics(font());
  const double digits = metrics.horizontalAdvance(QString::number(count() - 1)) + 12;
  const double room = width() - digits - 16;
  const double each = row(0).height();
  const int stride = std::max(1, static_cast<int>(std::ceil(metrics.height() / each)));
  painter.setRenderHint(QPainter::Antialiasing);
  for (int i = 0; i < count(); ++i) {
    const Row& r = rows_[static_cast<std::size_t>(i)];
    const QRectF box = row(i);
    const bool chosen = i == layer_;
    if (chosen) painter.fillRect(box, theme.accent);
    if (i % stride == 0 || chosen) {
      painter.setPen(chosen ? theme.on_accent : theme.muted);
      const QRectF text(box.left(), box.center().y() - metrics.height() / 2, digits - 6, metrics.height());
      // A row thinner than its number: the chosen one's number is drawn on a ground of its own.
      if (chosen && each < metrics.height()) painter.fillRect(text.adjusted(0, 0, 2, 0), theme.accent);
      if (chosen || each >= metrics.height() || std::abs(i - layer_) * each >= metrics.height()) {
        painter.drawText(text, Qt::AlignRight | Qt::AlignVCenter, QString::number(i));
      }
    }
    const double share = high > low && r.largest > 0 ? std::log(r.largest / low) / std::log(high / low) : 0;
    const double thick = std::clamp(each - 4, 1.0, 10.0);
    const QRectF bar(digits, box.center().y() - thick / 2, std::max(1.0, room * std::clamp(share, 0.0, 1.0)), thick);
    painter.fillRect(bar, chosen ? theme.on_accent : r.n_massive > 0 ? theme.threshold : theme.muted);
    if (r.n_massive > 0) {
      painter.setPen(Qt::NoPen);
      painter.setBrush(chosen ? theme.on_accent : theme.threshold);
      const double radius = std::clamp(each / 4, 1.5, 3.5);
      painter.drawEllipse(QPointF(width() - 7, box.center().y()), radius, radius);
    }
  }
  if (hasFocus()) {
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(theme.accent, 2));
    painter.drawRect(rect().adjusted(1, 1, -1, -1));
  }
}

void LayerRail::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) choose(layerAt(event->position().y()));
}

void LayerRail::mouseMoveEvent(QMouseEvent* event) {
  if (event->buttons() & Qt::LeftButton) choose(layerAt(event->position().y()));
}

void LayerRail::wheelEvent(QWheelEvent* event) {
  wheel_ += event->angleDelta().y();
  for (; wheel_ >= 120; wheel_ -= 120) choose(layer_ - 1);
  for (; wheel_ <= -120; wheel_ += 120) choose(layer_ + 1);
  event->accept();
}

void LayerRail::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Up: return choose(layer_ - 1);
    case Qt::Key_Down: return choose(layer_ + 1);
    case Qt::Key_Home: return choose(0);
    case Qt::Key_End: return choose(count() - 1);
    default: QWidget::keyPressEvent(event);
  }
}

bool LayerRail::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    const int at = layerAt(help->pos().y());
    if (at < 0) return true;
    const Row& r = rows_[static_cast<std::size_t>(at)];
    QToolTip::showText(
        help->globalPos(),
        tr("Layer %1\nlargest |h| %2\nmedian |h| %3\nlargest / median %4\n%5 %6")
            .arg(at)
            .arg(value_text(r.largest), value_text(r.median), value_text(r.median > 0 ? r.largest / r.median : NAN))
            .arg(found_.toLower())
            .arg(r.n_massive),
        this);
    return true;
  }
  return QWidget::event(event);
}

}  // namespace variometer
