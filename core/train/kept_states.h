// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/train/trainer.h"

namespace variometer {

/// The states a run can go back to: those before switches, for undo, and now and then one whose loss was sound, for a
/// run that fails later. Copies lie in host memory, whatever device the run is on, and never take more than `budget`
/// bytes together: a new one makes room for itself (sound states go first, then the oldest). Where there is no copy, a
/// checkpoint the run wrote at that step stands in.
class KeptStates {
 public:
  enum class Why { before_switch, sound };
  struct Kept {
    std::int64_t step = 0;      ///< the update the state comes before (Applied::step of a switch)
    std::size_t n_command = 0;  ///< commands in force then, in the order applied
    Why why = Why::before_switch;
    bool sound = false;  ///< the loss was
    TrainerState state;
  };
  struct Written {
    std::int64_t step = 0;
    std::size_t n_command = 0;
    bool sound = false;
    std::filesystem::path folder;
  };

  /// budget 0: nothing is ever kept.
  explicit KeptStates(std::uint64_t budget) : budget_(budget) {}

  /// A copy of the trainer's state now, after room was made for it; `add` keeps it. Empty where it does not fit (or,
  /// of a sound state, would push out one that stands before a switch): then why_not() says so in words.
  std::optional<Kept> copy(const Trainer& trainer, std::size_t n_command, Why why, bool sound);
  void add(Kept kept) { kept_.push_back(std::move(kept)); }
  /// Why the last copy was not made; empty with a budget of 0.
  const std::string& why_not() const { return why_not_; }
  /// A checkpoint that the run wrote.
  void add_written(Written written) { written_.push_back(std::move(written)); }

  /// The newest state before update `step`, and forgets all later ones; a state before a switch is forgotten itself.
  /// Empty: there is none.
  struct Found {
    std::size_t n_command = 0;
    std::optional<TrainerState> state;  ///< else it is in the checkpoint `folder`
    std::filesystem::path folder;
  };
  std::optional<Found> take(std::int64_t step);
  /// The newest sound state: the update it comes before.
  std::optional<std::int64_t> newest_sound() const;
  /// "300, 420" for messages; "none" when there is no state.
  std::string steps() const;
  std::uint64_t bytes() const;

 private:
  bool make_room(std::uint64_t n_byte, Why why);

  const std::uint64_t budget_;
  std::deque<Kept> kept_;
  std::vector<Written> written_;
  std::string why_not_;
};

}  // namespace variometer
