// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

class QComboBox;
class QLabel;
class QSlider;
class QToolButton;

namespace variometer {

/// The one step slider of all cards: first, previous, next and last recorded step, play and its speed, a slider with
/// event ticks, and the step in words. Says what the user wants; whoever owns the time axis tells it what is shown.
class TransportBar : public QWidget {
  Q_OBJECT
 public:
  explicit TransportBar(QWidget* parent = nullptr);

  void setExtent(qint64 first, qint64 latest, qint64 planned);
  void setShown(qint64 step, bool following);
  void setEvents(const std::vector<qint64>& steps);
  void setPlaying(bool playing);
  QToolButton* playButton() const { return play_; }
  QComboBox* speed() const { return speed_; }
  QSlider* slider() const { return slider_; }
  QToolButton* button(int i) const { return buttons_[i]; }

 Q_SIGNALS:
  void scrubbed(qint64 step);
  void moved(int steps);
  void firstRequested();
  void followRequested();
  void playRequested();
  void speedChosen(double speed);

 private:
  void showText();

  QToolButton* buttons_[4];
  QToolButton* play_;
  QComboBox* speed_;
  QSlider* slider_;
  QLabel* text_;
  qint64 first_ = 0, latest_ = 0, planned_ = 0, shown_ = 0;
  bool following_ = true;
};

}  // namespace variometer
