// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/run_session.h"

#include <QElapsedTimer>
#include <algorithm>
#include <cstdlib>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/settings.h"
#include "core/base/marks_file.h"

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
    : QObject(parent), run_(std::move(run)), abilities_(run_->abilities()), name_(std::move(name)) {
  history_.set_budget({.bytes = std::int64_t{curveMemoryMegabytes()} << 20});
}

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

void RunSession::goOn(std::int64_t more) {
  if (complete()) {
    post({.kind = Command::Kind::set,
          .assignments = {{"train.steps", std::to_string(step() + std::max<std::int64_t>(more, 1))}},
          .text = {}});
  }
  post({.kind = Command::Kind::run, .assignments = {}, .text = {}});
}

void RunSession::step(std::int64_t n) {
  if (has_info_ && state_ == RunState::paused && step() + n > stepsInForce()) {
    post({.kind = Command::Kind::set, .assignments = {{"train.steps", std::to_string(step() + n)}}, .text = {}});
  }
  post({.kind = Command::Kind::step, .assignments = {}, .count = n, .text = {}});
}

std::int64_t RunSession::stepsInForce() const {
  const auto set = setLast("train.steps", std::numeric_limits<std::int64_t>::max());
  return set ? std::strtoll(set->c_str(), nullptr, 10) : history_.info().config.train.steps;
}

std::int64_t RunSession::tokensPerStep() const {
  const RunConfig& config = history_.info().config;
  return has_info_ ? config.train.batch_size * config.train.grad_accumulation * config.model.block_size : 0;
}

QString RunSession::stateWord() const {
  if (stopping_ && !ended()) return tr("stopping");
  if (complete()) return tr("finished");
  if (wasStopped()) return tr("stopped");
  return QString::fromUtf8(to_string(state_).data());
}

RunSession::MarkPlace RunSession::mark(const RunMark& mark, const QString& was) {
  if (isLive() && run_ && !ended()) {
    Command command{.kind = Command::Kind::mark, .assignments = {}, .count = mark.step, .text = mark.text};
    if (!was.isEmpty()) command.assignments.push_back({"was", was.toStdString()});
    if (post(std::move(command)) != 0) return record_.isEmpty() ? MarkPlace::window : MarkPlace::record;
  }
  const Event event = mark_event(mark, was.toStdString());
  if (!record_.isEmpty()) {
    readMarks();
    write_mark(record_.toStdString(), event);
  }
  history_.add_event(event);
  Q_EMIT historyChanged();
  return record_.isEmpty() ? MarkPlace::window : MarkPlace::beside;
}

/// Once; a run that was made here had none before it ended.
void RunSession::readMarks() {
  if (std::exchange(marks_read_, true) || isLive() || record_.isEmpty()) return;
  try {
    for (Event& event : read_marks(record_.toStdString())) history_.add_event(std::move(event));
  } catch (const std::exception& error) {
    message_ = QString::fromUtf8(error.what());
  }
}

void RunSession::tick() {
  if (!run_) return;
  const std::vector<SnapshotPtr> arrived = run_->drain();
  if (!has_info_ && !arrived.empty() && arrived.back()->state != RunState::initialising) {
    has_info_ = true;
    history_.set_info(run_->info());
    // A record knows what it was called; its file's name stands in where it does not.
    const auto own = QString::fromStdString(history_.info().name);
    if (!own.isEmpty() && (name_.isEmpty() || !isLive())) name_ = own;
    Q_EMIT infoKnown();
  }
  const std::int64_t revision = history_.revision();
  for (const SnapshotPtr& snapshot : arrived) take(snapshot);
  history_.note_dropped(run_->dropped());
  if (ended()) readMarks();
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
  noteSaved(*snapshot);
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
  const bool was_at_rest = complete() || wasStopped();
  const bool changed = snapshot->state != state_;
  state_ = snapshot->state;
  if (state_ == RunState::running) stopped_ = false;
  const bool told = std::any_of(snapshot->applied.begin(), snapshot->applied.end(), [](const Applied& applied) {
    return applied.command.kind == Command::Kind::stop && applied.error.empty();
  });
  if (told) stopping_ = false, stopped_ = true;
  if (changed) Q_EMIT stateChanged(state_);
  if (abilities_.steer && (complete() || wasStopped()) && (told || !was_at_rest)) Q_EMIT rested();
}

/// A snapshot holds what came before its update, the update, and what was saved behind it.
void RunSession::noteSaved(const Snapshot& snapshot) {
  const bool applied = std::any_of(snapshot.applied.begin(), snapshot.applied.end(), [](const Applied& a) {
    return a.error.empty() && (a.command.kind == Command::Kind::set || a.command.kind == Command::Kind::restore);
  });
  if (snapshot.is_update || applied) saved_.current = false;
  for (const Event& event : snapshot.events) {
    if (event.kind != "checkpoint") continue;
    const auto detail = nlohmann::json::parse(event.detail, nullptr, /*allow_exceptions=*/false);
    const auto path = detail.is_object() ? detail.find("path") : detail.end();
    if (path == detail.end() || !path->is_string()) continue;
    saved_ = {event.step, QString::fromStdString(path->get<std::string>()), event.step == snapshot.step};
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
  const auto set = setLast("train.learning_rate", step);
  return set ? std::strtod(set->c_str(), nullptr) : history_.info().config.train.learning_rate;
}

std::optional<std::string> RunSession::setLast(const char* key, std::int64_t step) const {
  // The events, not the commands that came back: a record has those too, and undone ones are no longer among them.
  const auto& events = history_.events();
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (event->kind != "set" || event->step > step) continue;
    const auto detail = nlohmann::json::parse(event->detail, nullptr, /*allow_exceptions=*/false);
    const auto set = detail.is_object() ? detail.find("set") : detail.end();
    if (set == detail.end() || !set->is_object()) continue;
    const auto value = set->find(key);
    if (value != set->end() && value->is_string()) return value->get<std::string>();
  }
  return std::nullopt;
}

void RunSession::measureRate() {
  constexpr qint64 kWindow = 2000;  // ms; a step that takes longer is measured by itself
  if (state_ != RunState::running || (!marks_.empty() && step() < marks_.back().step)) marks_.clear();
  const qint64 time = now();
  if (state_ == RunState::running && (marks_.empty() || step() > marks_.back().step)) marks_.push_back({time, step()});
  while (marks_.size() > 2 && marks_.back().milliseconds - marks_[1].milliseconds > kWindow) marks_.erase(marks_.begin());
  steps_per_second_ = 0;
  if (marks_.size() < 2) return;
  const auto n_step = static_cast<double>(marks_.back().step - marks_.front().step);
  double milliseconds = static_cast<double>(marks_.back().milliseconds - marks_.front().milliseconds);
  // A step that takes much longer than those before: the rate falls while one waits for it.
  const auto waited = static_cast<double>(time - marks_.back().milliseconds);
  if (waited > 3 * milliseconds / n_step) milliseconds += waited;
  if (milliseconds > 200) steps_per_second_ = n_step / milliseconds * 1e3;
}

}  // namespace variometer
