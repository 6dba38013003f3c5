// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/headline.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "core/base/event_story.h"
#include "core/base/largest_place.h"
#include "widgets/event_text.h"
#include "widgets/number_text.h"

namespace variometer {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("variometer::Presentation", text); }

/// Of all layers; NaN where nothing finite was measured.
double largest(const ActivationSnapshot& activation) {
  const ActivationPlace* place = largest_place(activation);
  return place == nullptr ? std::nan("") : std::abs(static_cast<double>(place->value));
}

/// Fewer digits than elsewhere: they are read from the last row.
QString room_text(double value) {
  if (!std::isfinite(value)) return tr("not finite");
  return value >= 100 ? step_text(std::llround(value)) : QString::number(value, 'g', 3);
}

bool somebody_did(const Event& event) {
  return event.kind == "set" || event.kind == "restore" || event.kind == "mark" || event.kind == "failed";
}

}  // namespace

QString headline(const RunHistory& history, std::int64_t step) {
  const Event* last = nullptr;
  EventStory story;
  for (const Event& event : history.events()) {
    if (event.step > step || story.tell(event).mark.empty()) continue;
    if (last == nullptr || somebody_did(event) || !somebody_did(*last)) last = &event;
  }
  if (last == nullptr) return {};
  // Of an alarm, what it is; where it struck is for the list of events.
  const QString sentence = event_sentence(*last);
  const QString what = last->kind == "alarm" ? sentence.section(QStringLiteral(": "), 0, 0) : sentence;
  QString text = tr("%1 at %2").arg(what, step_text(last->step));
  if (last->kind != "set" && last->kind != "restore") return text;
  // A command takes effect before the update whose number it has.
  const RunHistory::ActivationRow* before = history.probe_at(last->step - 1);
  const RunHistory::ActivationRow* now = history.probe_at(step);
  if (before == nullptr || now == nullptr || now->step < last->step) return text;
  return text +
         tr(": largest |h| %1 → %2").arg(room_text(largest(*before->activation)), room_text(largest(*now->activation)));
}

}  // namespace variometer
