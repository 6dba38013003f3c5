// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "core/train/trainer.h"

namespace variometer {

/// States taken before switches, for undo: always the newest three, more while they are small together.
class KeptStates {
 public:
  struct Kept {
    std::int64_t step = 0;      ///< the update the switch came before (Applied::step); the state is of step - 1
    std::size_t n_command = 0;  ///< commands in force then, in the order applied
    TrainerState state;
  };

  void keep(Kept kept);
  /// The newest state before the switch at `step`, and forgets it and all later ones. Empty: none is kept.
  std::optional<Kept> take(std::int64_t step);
  /// "300, 420" for messages; "none" when empty.
  std::string steps() const;

 private:
  std::deque<Kept> kept_;
};

}  // namespace variometer
