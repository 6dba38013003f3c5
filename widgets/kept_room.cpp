// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/kept_room.h"

#include <QEvent>
#include <QLabel>
#include <algorithm>

namespace variometer {
namespace {

class RoomKeeper : public QObject {
 public:
  static constexpr const char* kName = "room_keeper";

  explicit RoomKeeper(QLabel* label) : QObject(label), label_(label) {
    setObjectName(QString::fromLatin1(kName));
    label->installEventFilter(this);
  }

  void setTexts(const QStringList& texts) {
    if (texts == texts_) return;
    texts_ = texts;
    measure();
  }

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override {
    if (event->type() == QEvent::Resize || event->type() == QEvent::FontChange) measure();
    return QObject::eventFilter(watched, event);
  }

 private:
  void measure() {
    const int width = label_->contentsRect().width();
    int height = 0;
    for (const QString& text : texts_) {
      const QRect room(0, 0, width, QWIDGETSIZE_MAX);
      height = std::max(height, label_->fontMetrics().boundingRect(room, Qt::TextWordWrap, text).height());
    }
    const QMargins margins = label_->contentsMargins();
    height += margins.top() + margins.bottom();
    if (height != label_->minimumHeight()) label_->setMinimumHeight(height);
  }

  QLabel* label_;
  QStringList texts_;
};

}  // namespace

void keepRoomFor(QLabel* label, const QStringList& texts) {
  auto* keeper = static_cast<RoomKeeper*>(label->findChild<QObject*>(QString::fromLatin1(RoomKeeper::kName)));
  if (keeper == nullptr) keeper = new RoomKeeper(label);
  keeper->setTexts(texts);
}

}  // namespace variometer
