// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace variometer {

/// The tokens of a vocabulary and their ids, both ways. A token that is added twice keeps the last id; ids may have
/// holes. Fill it, then share it between threads.
class StringTable {
 public:
  void reserve(std::size_t n_token);
  void add(std::string token, std::int32_t id);

  /// The id of a token, or -1.
  std::int32_t find(std::string_view token) const;
  /// The token of an id, or null.
  const std::string* token(std::int32_t id) const;
  /// Number of different tokens.
  std::size_t size() const { return n_token_; }
  /// Largest id in use, or -1.
  std::int32_t largest_id() const { return largest_id_; }

 private:
  struct Entry {
    std::string token;
    std::int32_t id = -1;
  };
  std::size_t slot_of(std::string_view token) const;
  void grow(std::size_t n_slot);

  std::vector<Entry> entries_;
  std::vector<std::uint32_t> slots_;  ///< index of the entry + 1; open addressing
  std::unordered_map<std::int32_t, std::uint32_t> by_id_;
  std::size_t n_token_ = 0;
  std::int32_t largest_id_ = -1;
};

}  // namespace variometer
