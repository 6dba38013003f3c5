// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/run_session.h"

#include <QElapsedTimer>
#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "core/base/json_text.h"

namespace variometer {
namespace {

qint64 now() {
  static const QElapsedTimer clock = [] {
    QElapsedTimer timer;
    timer.start();
    return timer;
  }();
  return clock.elapsed();
}

}  // namespace

bool RunSession::isSwitch(const Command& command) {
  return command.kind == Command::Kind::set &&
         std::any_of(command.assignments.begin(), command.assignments.end(), [](const Assignment& a) {
           return a.key.starts_with("tvr.") || a.key.starts_with("kv_bias.") || a.key.starts_with("dyt.");
         });
}

RunSession::RunSession(std::unique_ptr<Run> run, QString name, QObject* parent)
    : QObject(parent), run_(std::move(run)), abilities_(run_->abilities()), name_(std::move(name)) {}

RunSession::~RunSession() = default;

bool RunSession::ended() const {
  return state_ == RunState::finished || state_ == RunState::stopped || state_ == RunState::failed;
}

std::int64_t RunSession::post(Command command) {
  if (!abilities_.steer || !run_) return 0;
  if (command.kind == Command::Kind::stop) stopping_ = true;
  command.ticket = next_ticket_++;
  // These answer by the state or the frame, not by an entry in `applied`.
  const bool answered_in_applied = command.kind != Command::Kind::run && command.kind != Command::Kind::pause &&
                                   command.kind != Command::Kind::step && command.kind != Command::Kind::stop &&
                                   command.kind != Command::Kind::show_layer;
  if (answered_in_applied) pending_.insert(command.ticket, command);
  const std::int64_t ticket = command.ticket;
  run_->post(std::move(command));
  return ticket;
}

bool RunSession::mark(std::int64_t step, const QString& text) {
  if (isLive() && run_ && !ended()) {
    return post({.kind = Command::Kind::mark, .assignments = {}, .count = step, .text = text.toStdString()}) != 0;
  }
  history_.add_event({step, "mark", json_text(nlohmann::json{{"text", text.toStdString()}})});
  Q_EMIT historyChanged();
  return false;
}

void RunSession::tick() {
  if (!run_) return;
  const std::vector<SnapshotPtr> arrived = run_->drain();
  if (!has_info_ && !arrived.empty() && arrived.back()->state != RunState::initialising) {
    has_info_ = true;
    history_.set_info(run_->info());
    if (name_.isEmpty()) name_ = QString::fromStdString(history_.info().name);
    Q_EMIT infoKnown();
  }
  const std::int64_t revision = history_.revision();
  for (const SnapshotPtr& snapshot : arrived) take(snapshot);
  history_.note_dropped(run_->dropped());
  measureRate();
  if (FramePtr frame = run_->take_frame()) {
    frame_ = std::move(frame);
    Q_EMIT frameArrived(frame_);
  }
  if (history_.revision() != revision) Q_EMIT historyChanged();
}

void RunSession::take(const SnapshotPtr& snapshot) {
  const std::int64_t before = step();
  history_.append(snapshot);
  if (!snapshot->message.empty()) message_ = QString::fromStdString(snapshot->message);
  if (snapshot->step < before) marks_.clear();
  Q_EMIT snapshotArrived(snapshot);
  // The result before the entry that settles its ticket.
  if (snapshot->preview) {
    pending_.remove(snapshot->preview->ticket);
    Q_EMIT previewArrived(*snapshot->preview);
  }
  for (const Applied& applied : snapshot->applied) {
    if (applied.error.empty()) takeChange(applied);
    pending_.remove(applied.command.ticket);
    Q_EMIT commandSettled(applied.command.ticket, applied.command, QString::fromStdString(applied.error));
  }
  if (snapshot->state != state_) {
    state_ = snapshot->state;
    Q_EMIT stateChanged(state_);
  }
}

void RunSession::takeChange(const Applied& applied) {
  const Command& command = applied.command;
  if (command.kind == Command::Kind::set) {
    const bool is_switch = isSwitch(command);
    changes_.push_back({applied.step, command, is_switch});
    if (!is_switch) return;
    const bool again = !undone_.empty() && undone_.back().assignments == command.assignments;
    again ? undone_.pop_back() : undone_.clear();
  } else if (command.kind == Command::Kind::restore) {
    while (!changes_.empty() && changes_.back().step >= command.count) {
      if (changes_.back().is_switch) undone_.push_back(changes_.back().command);
      changes_.pop_back();
    }
  }
}

const RunSession::Change* RunSession::lastSwitch() const {
  const auto last = std::find_if(changes_.rbegin(), changes_.rend(), [](const Change& c) { return c.is_switch; });
  return last == changes_.rend() ? nullptr : &*last;
}

double RunSession::learningRateAt(std::int64_t step) const {
  double rate = history_.info().config.train.learning_rate;
  // The events, not the commands that came back: a record has those too, and undone ones are no longer among them.
  for (const Event& event : history_.events()) {
    if (event.kind != "set" || event.step > step) continue;
    const auto detail = nlohmann::json::parse(event.detail, nullptr, /*allow_exceptions=*/false);
    const auto set = detail.is_object() ? detail.find("set") : detail.end();
    if (set == detail.end() || !set->is_object()) continue;
    const auto value = set->find("train.learning_rate");
    if (value != set->end() && value->is_string())
      rate = std::strtod(value->get_ref<const std::string&>().c_str(), nullptr);
  }
  return rate;
}

void RunSession::measureRate() {
  const qint64 time = now();
  marks_.push_back({time, step()});
  while (marks_.size() > 2 && time - marks_.front().milliseconds > 2000) marks_.erase(marks_.begin());
  const double seconds = static_cast<double>(time - marks_.front().milliseconds) * 1e-3;
  steps_per_second_ =
      state_ == RunState::running && seconds > 0.2 ? static_cast<double>(step() - marks_.front().step) / seconds : 0.0;
}

}  // namespace variometer
