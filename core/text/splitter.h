// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string_view>

namespace variometer {

/// What becomes of the places where a text is cut.
enum class SplitBehavior { isolated, removed, contiguous, merged_with_previous, merged_with_next };

/// Takes the matches in a text, in order, and hands out the parts the behavior makes of them and of what lies between.
/// Every part once, in order, while the matches come in; call `finish` at the end. `Emit`: void(string_view).
template <class Emit>
class Splitter {
 public:
  Splitter(std::string_view text, SplitBehavior behavior, bool invert, Emit emit)
      : text_(text), behavior_(behavior), invert_(invert), emit_(emit) {}

  void match(std::size_t begin, std::size_t end) {
    if (begin > at_) span(at_, begin, invert_);
    span(begin, end, !invert_);
    at_ = end;
  }

  void finish() {
    if (at_ < text_.size()) span(at_, text_.size(), invert_);
    if (held_) hand_out(held_begin_, held_end_);
  }

 private:
  void span(std::size_t begin, std::size_t end, bool is_match) {
    switch (behavior_) {
      case SplitBehavior::isolated: return hand_out(begin, end);
      case SplitBehavior::removed:
        if (!is_match) hand_out(begin, end);
        return;
      case SplitBehavior::contiguous: hold(begin, end, is_match == previous_); break;
      case SplitBehavior::merged_with_previous: hold(begin, end, is_match && !previous_); break;
      // A match waits for the part behind it; another match sends it off alone.
      case SplitBehavior::merged_with_next: hold(begin, end, !is_match && previous_); break;
    }
    previous_ = is_match;
  }
  void hold(std::size_t begin, std::size_t end, bool joins) {
    if (held_ && joins) {
      held_end_ = end;
      return;
    }
    if (held_) hand_out(held_begin_, held_end_);
    held_ = true;
    held_begin_ = begin;
    held_end_ = end;
  }
  void hand_out(std::size_t begin, std::size_t end) {
    if (end > begin) emit_(text_.substr(begin, end - begin));
  }

  std::string_view text_;
  SplitBehavior behavior_;
  bool invert_;
  Emit emit_;
  std::size_t at_ = 0, held_begin_ = 0, held_end_ = 0;
  bool held_ = false, previous_ = false;
};

}  // namespace variometer
