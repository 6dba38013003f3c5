// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/marks.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/base/json_text.h"

namespace variometer {
namespace {

using nlohmann::json;

std::string text_at(const Event& event, const char* key) {
  const json detail = json::parse(event.detail, nullptr, /*allow_exceptions=*/false);
  const auto found = detail.is_object() ? detail.find(key) : detail.end();
  return detail.is_object() && found != detail.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Event mark_event(const RunMark& mark, const std::string& was) {
  json detail{{"text", mark.text}};
  if (!was.empty()) detail["was"] = was;
  return {mark.step, "mark", json_text(detail)};
}

bool append_event(std::vector<Event>& events, Event event) {
  const std::string was = event.kind == "mark" ? text_at(event, "was") : std::string();
  if (was.empty()) {
    events.push_back(std::move(event));
    return false;
  }
  // The newest of that text: an undone removal puts one back that may stand there twice.
  const auto old = std::find_if(events.rbegin(), events.rend(), [&](const Event& e) {
    return e.kind == "mark" && e.step == event.step && text_at(e, "text") == was;
  });
  const std::string text = text_at(event, "text");
  if (old == events.rend()) {  // its step was undone, or the list begins later
    if (!text.empty()) events.push_back(mark_event({event.step, text}));
    return false;
  }
  if (text.empty()) {
    events.erase(std::next(old).base());
  } else {
    *old = mark_event({event.step, text});
  }
  return true;
}

std::vector<RunMark> marks_of(const std::vector<Event>& events) {
  std::vector<RunMark> marks;
  for (const Event& event : events) {
    if (event.kind == "mark") marks.push_back({event.step, text_at(event, "text")});
  }
  return marks;
}

}  // namespace variometer
