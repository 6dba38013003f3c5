// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace variometer {

/// Which of many texts does another one begin with? Needs no more memory than the texts themselves: they are sorted,
/// and each further byte narrows the range of those that still fit. Of equal texts the one given last counts.
class PrefixFinder {
 public:
  PrefixFinder() = default;
  /// Empty texts are left out. Each has a value.
  explicit PrefixFinder(std::vector<std::pair<std::string, std::int32_t>> texts);

  bool empty() const { return texts_.empty(); }
  /// Does any begin with that byte?
  bool begins_with(char byte) const {
    const auto first = static_cast<unsigned char>(byte);
    return begin_[first] < begin_[first + 1];
  }

  /// Calls `found(length, value)` for every one that `text` begins with, the shortest first.
  template <class Found>
  void for_each_prefix(std::string_view text, Found found) const {
    if (text.empty()) return;
    const auto first = static_cast<unsigned char>(text.front());
    auto low = texts_.begin() + begin_[first];
    auto high = texts_.begin() + begin_[first + 1];
    for (std::size_t n = 1; low != high; ++n) {
      // All of the range share their first n bytes with the text; the shortest comes first.
      if (low->first.size() == n) {
        found(n, low->second);
        ++low;
      }
      if (n == text.size() || low == high) return;
      const auto byte = static_cast<unsigned char>(text[n]);
      const auto at = [n](const Item& item) { return static_cast<unsigned char>(item.first[n]); };
      low = std::partition_point(low, high, [&](const Item& item) { return at(item) < byte; });
      high = std::partition_point(low, high, [&](const Item& item) { return at(item) == byte; });
    }
  }

 private:
  using Item = std::pair<std::string, std::int32_t>;
  std::vector<Item> texts_;
  std::array<std::ptrdiff_t, 257> begin_{};  ///< of the texts with that first byte
};

inline PrefixFinder::PrefixFinder(std::vector<Item> texts) : texts_(std::move(texts)) {
  std::erase_if(texts_, [](const Item& item) { return item.first.empty(); });
  std::stable_sort(texts_.begin(), texts_.end(), [](const Item& a, const Item& b) { return a.first < b.first; });
  const auto same = [](const Item& a, const Item& b) { return a.first == b.first; };
  // Counted from behind, the last of equals comes first and stays.
  texts_.erase(texts_.begin(), std::unique(texts_.rbegin(), texts_.rend(), same).base());
  for (const auto& item : texts_) ++begin_[static_cast<unsigned char>(item.first.front()) + 1U];
  for (std::size_t byte = 1; byte < begin_.size(); ++byte) begin_[byte] += begin_[byte - 1];
}

}  // namespace variometer
