// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/rehearsal.h"

#include <algorithm>
#include <limits>

#include "core/base/error.h"

namespace variometer {
namespace {

constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

}  // namespace

void Rehearsal::tell(std::int64_t n_snapshot) { change(n_snapshot, {}); }
void Rehearsal::pass() { change(kAll, {}); }
void Rehearsal::fail(std::string why) { change(0, std::move(why)); }

void Rehearsal::change(std::int64_t n_sound, std::string failure) {
  const std::scoped_lock lock(mutex_);
  if (!failure_.empty()) return;
  n_sound_ = std::max(n_sound_, n_sound);
  failure_ = std::move(failure);
  changed_.notify_all();
}

bool Rehearsal::passed() const {
  const std::scoped_lock lock(mutex_);
  return n_sound_ == kAll;
}

std::int64_t Rehearsal::more_than(std::int64_t n, const std::stop_token& stop) const {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, stop, [&] { return n_sound_ > n || !failure_.empty(); });
  if (n_sound_ > n) return n_sound_;
  if (!failure_.empty()) throw file_error(failure_);
  return n;
}

}  // namespace variometer
