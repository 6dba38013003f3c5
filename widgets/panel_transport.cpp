// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_transport.h"

#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <QSignalBlocker>
#include <QSlider>
#include <QStyle>
#include <QToolButton>
#include <algorithm>
#include <limits>

#include "widgets/panel_icons.h"

namespace variometer {
namespace {

/// A slider with a tick under every event.
class EventSlider : public QSlider {
 public:
  using QSlider::QSlider;
  void setEvents(std::vector<qint64> steps) {
    if (steps == events_) return;
    events_ = std::move(steps);
    update();
  }

 protected:
  void paintEvent(QPaintEvent* event) override {
    QSlider::paintEvent(event);
    if (maximum() <= minimum()) return;
    QPainter painter(this);
    painter.setPen(palette().color(QPalette::WindowText));
    const int handle = style()->pixelMetric(QStyle::PM_SliderLength, nullptr, this);
    int last = -10;
    for (const qint64 step : events_) {
      const int value = static_cast<int>(std::clamp<qint64>(step, minimum(), maximum()));
      const int x = handle / 2 + QStyle::sliderPositionFromValue(minimum(), maximum(), value, width() - handle);
      if (x - last < 2) continue;
      painter.drawLine(x, height() - 4, x, height() - 1);
      last = x;
    }
  }

 private:
  std::vector<qint64> events_;
};

}  // namespace

TransportBar::TransportBar(QWidget* parent) : QWidget(parent) {
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(8, 2, 8, 4);
  layout->setSpacing(2);
  const char* const icons[] = {"first", "previous", "next", "last"};
  const QString tips[] = {tr("First step (Home)"), tr("Previous step (Left)"), tr("Next step (Right)"),
                          tr("Latest step, and follow (End)")};
  for (int i = 0; i < 4; ++i) {
    buttons_[i] = new QToolButton(this);
    buttons_[i]->setAutoRaise(true);
    buttons_[i]->setIcon(themedIcon(QString::fromLatin1(icons[i])));
    buttons_[i]->setProperty("icon_name", QString::fromLatin1(icons[i]));
    buttons_[i]->setToolTip(tips[i]);
    buttons_[i]->setAccessibleName(tips[i]);
    layout->addWidget(buttons_[i]);
  }
  play_ = new QToolButton(this);
  play_->setAutoRaise(true);
  setPlaying(false);
  layout->insertWidget(2, play_);
  QWidget::setTabOrder(buttons_[1], play_);  // as they stand
  connect(play_, &QToolButton::clicked, this, &TransportBar::playRequested);
  speed_ = new QComboBox(this);
  speed_->setToolTip(tr("Speed of playing back; 1× is 30 steps a second"));
  speed_->setAccessibleName(tr("Speed of playing back"));
  for (const double speed : {0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0}) {
    speed_->addItem(QStringLiteral("%1×").arg(speed), speed);
  }
  speed_->setCurrentIndex(2);
  connect(speed_, &QComboBox::currentIndexChanged, this,
          [this] { Q_EMIT speedChosen(speed_->currentData().toDouble()); });
  layout->addWidget(speed_);
  slider_ = new EventSlider(Qt::Horizontal, this);
  slider_->setToolTip(tr("Show all cards at an earlier step; the run goes on"));
  slider_->setAccessibleName(tr("Step shown"));
  layout->addSpacing(6);
  layout->addWidget(slider_, 1);
  layout->addSpacing(6);
  text_ = new QLabel(this);
  text_->setMinimumWidth(text_->fontMetrics().horizontalAdvance(QStringLiteral("step 1,000,000 of 1,000,000")));
  text_->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
  layout->addWidget(text_);
  connect(buttons_[0], &QToolButton::clicked, this, &TransportBar::firstRequested);
  connect(buttons_[1], &QToolButton::clicked, this, [this] { Q_EMIT moved(-1); });
  connect(buttons_[2], &QToolButton::clicked, this, [this] { Q_EMIT moved(1); });
  connect(buttons_[3], &QToolButton::clicked, this, &TransportBar::followRequested);
  connect(slider_, &QSlider::valueChanged, this, [this](int value) { Q_EMIT scrubbed(value); });
  showText();
}

void TransportBar::setExtent(qint64 first, qint64 latest, qint64 planned) {
  if (first == first_ && latest == latest_ && planned == planned_) return;
  first_ = first;
  latest_ = latest;
  planned_ = planned;
  const QSignalBlocker quiet(slider_);
  constexpr qint64 kMost = std::numeric_limits<int>::max();
  slider_->setRange(static_cast<int>(std::min(first, kMost)), static_cast<int>(std::min(latest, kMost)));
  slider_->setPageStep(std::max(1, static_cast<int>((latest - first) / 20)));
  if (following_) slider_->setValue(slider_->maximum());
  showText();
}

void TransportBar::setShown(qint64 step, bool following) {
  shown_ = step;
  following_ = following;
  const QSignalBlocker quiet(slider_);
  slider_->setValue(static_cast<int>(std::clamp<qint64>(step, slider_->minimum(), slider_->maximum())));
  showText();
}

void TransportBar::setEvents(const std::vector<qint64>& steps) { static_cast<EventSlider*>(slider_)->setEvents(steps); }

void TransportBar::setPlaying(bool playing) {
  const QString icon = playing ? QStringLiteral("pause") : QStringLiteral("run");
  play_->setIcon(themedIcon(icon));
  play_->setProperty("icon_name", icon);
  play_->setToolTip(playing ? tr("Stop playing (Ctrl+Space)") : tr("Play from the step shown (Ctrl+Space)"));
  play_->setAccessibleName(play_->toolTip());
}

void TransportBar::showText() {
  const QLocale locale(QLocale::English);
  const QString end = locale.toString(std::max(planned_, latest_));
  text_->setText(tr("step %1 of %2").arg(locale.toString(following_ ? latest_ : shown_), end));
}

}  // namespace variometer
