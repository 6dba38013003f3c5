// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/kept_states.h"

#include <c10/util/Exception.h>

#include <algorithm>
#include <new>
#include <set>

#include "core/base/error.h"
#include "core/checkpoint/checkpoint_folders.h"
#include "core/checkpoint/memory.h"

namespace variometer {
namespace {

constexpr std::size_t kMost = 64;
constexpr std::ptrdiff_t kMostSound = 2;

std::uint64_t bytes_of(const TrainerState& state) {
  std::uint64_t n_byte = 0;
  for (const auto& weight : state.weights) n_byte += weight.nbytes();
  for (const auto& [name, tensor] : state.checkpoint.optimizer) n_byte += tensor.nbytes();
  return n_byte;
}

std::string gigabytes(std::uint64_t n_byte) {
  const auto tenths = (n_byte + 50'000'000) / 100'000'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

bool is_there(const KeptStates::Written& written) {
  try {
    return is_checkpoint(written.folder) && read_checkpoint_step(written.folder) == written.step - 1;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::optional<KeptStates::Kept> KeptStates::copy(const Trainer& trainer, std::size_t n_command, Why why, bool sound) {
  why_not_.clear();
  if (budget_ == 0) return std::nullopt;
  const std::uint64_t n_byte = trainer.state_bytes();
  if (n_byte > budget_) {
    why_not_ = "a copy of weights and moments takes " + gigabytes(n_byte) + ", and " + gigabytes(budget_) +
               " are set aside for undo";
  } else if (!make_room(n_byte, why)) {
    why_not_ = "the memory set aside for undo is taken by states before switches";
  } else if (const auto available = available_memory(); n_byte > available / 2) {
    why_not_ = "a copy of weights and moments takes " + gigabytes(n_byte) + ", and " + gigabytes(available) +
               " of memory are free";
  } else {
    try {
      return Kept{trainer.step() + 1, n_command, why, sound, trainer.save()};
    } catch (const c10::Error&) {  // LibTorch's way to say that memory is out
      why_not_ = "there is no memory for a copy of weights and moments, " + gigabytes(n_byte);
    } catch (const std::bad_alloc&) {
      why_not_ = "there is no memory for a copy of weights and moments, " + gigabytes(n_byte);
    }
  }
  return std::nullopt;
}

bool KeptStates::make_room(std::uint64_t n_byte, Why why) {
  const auto is_sound = [](const Kept& kept) { return kept.why == Why::sound; };
  const auto room = [&] { return bytes() + n_byte <= budget_ && kept_.size() < kMost; };
  while (!room() || (why == Why::sound && std::count_if(kept_.begin(), kept_.end(), is_sound) >= kMostSound)) {
    auto goes = std::find_if(kept_.begin(), kept_.end(), is_sound);
    if (goes == kept_.end()) {
      if (why == Why::sound) return false;
      goes = kept_.begin();
    }
    kept_.erase(goes);
  }
  return true;
}

std::optional<KeptStates::Found> KeptStates::take(std::int64_t step) {
  const auto newest = [step](const auto& all) {
    return std::find_if(all.rbegin(), all.rend(), [step](const auto& each) { return each.step == step; });
  };
  std::optional<Found> found;
  if (const auto kept = newest(kept_); kept != kept_.rend()) {
    found = Found{kept->n_command, kept->state, {}};
    // What was tried from a sound state may fail again: it stays.
    kept_.erase(kept->why == Why::sound ? kept.base() : std::prev(kept.base()), kept_.end());
  } else if (const auto written = newest(written_); written != written_.rend() && is_there(*written)) {
    found = Found{written->n_command, std::nullopt, written->folder};
    std::erase_if(kept_, [step](const Kept& each) { return each.step >= step; });
  }
  if (found) std::erase_if(written_, [step](const Written& each) { return each.step > step; });
  return found;
}

std::optional<std::int64_t> KeptStates::newest_sound() const {
  std::optional<std::int64_t> newest;
  for (const auto& kept : kept_) {
    if (kept.sound && kept.step > newest.value_or(-1)) newest = kept.step;
  }
  for (const auto& written : written_) {
    if (written.sound && written.step > newest.value_or(-1) && is_there(written)) newest = written.step;
  }
  return newest;
}

std::string KeptStates::steps() const {
  std::set<std::int64_t> steps;
  for (const auto& kept : kept_) steps.insert(kept.step);
  for (const auto& written : written_) {
    if (is_there(written)) steps.insert(written.step);
  }
  std::string text;
  for (const auto step : steps) text += (text.empty() ? "" : ", ") + std::to_string(step);
  return text.empty() ? "none" : text;
}

std::uint64_t KeptStates::bytes() const {
  std::uint64_t n_byte = 0;
  for (const auto& kept : kept_) n_byte += bytes_of(kept.state);
  return n_byte;
}

}  // namespace variometer
