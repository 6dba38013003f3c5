// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/event_story.h"

#include "core/base/event_words.h"

namespace variometer {

EventStory::Told EventStory::tell(const Event& event) {
  const bool rescaling = event.kind == "rescale";
  Told told;
  told.joins_previous = rescaling && previous_was_rescaling_ && event.step == last_rescaling_;
  previous_was_rescaling_ = rescaling;
  if (rescaling) {
    last_rescaling_ = event.step;
    return told;
  }
  told.remark = event.kind == "mark";
  // Records made before the alarm itself said so are judged by their events.
  const std::int64_t since = event.step - last_rescaling_;
  if (since >= 0 && since <= kAfterRescaling && is_loss_alarm(event)) return told;
  told.mark = event_mark_words(event);
  return told;
}

}  // namespace variometer
