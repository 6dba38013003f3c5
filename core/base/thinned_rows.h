// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

namespace variometer {

/// The measurement of a row.
template <class Row>
const auto& value_of(const Row& row) {
  const auto& [step, value] = row;
  return value;
}

/// Of groups with that many measurements each, neighbours that become one: [first, last) of each new group. About half
/// as many groups come out, and they are of about one size, however long the run goes on.
inline std::vector<std::pair<std::size_t, std::size_t>> merged_neighbours(const std::vector<std::int64_t>& sizes) {
  const std::int64_t all = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  const std::int64_t most = 2 * all / std::max<std::int64_t>(1, static_cast<std::int64_t>(sizes.size())) + 1;
  std::vector<std::pair<std::size_t, std::size_t>> merged;
  std::int64_t n = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (merged.empty() || n + sizes[i] > most) {
      merged.emplace_back(i, i);
      n = 0;
    }
    merged.back().second = i + 1;
    n += sizes[i];
  }
  return merged;
}

/// Measurements in a group when it is made.
inline constexpr std::size_t kNewGroup = 8;

/// One kind of measurement of a run, by step, in bounded memory. The newest measurements are kept one by one. Older
/// ones are put into groups: of each group one real measurement stays, for lookups and tables, and beside it the
/// smallest and the largest value of every number, so that a line drawn through `point` still reaches every extreme.
/// `Row` is an aggregate of `std::int64_t step` and a `std::shared_ptr<const T>`. `T` has functions beside it:
/// `std::int64_t memory_of(const T&)` in bytes; `T lowest(const std::vector<const T*>&)` and `T highest(...)`, number
/// by number; and `bool more_notable(const T&, const T&)`, which decides what a group keeps. Not thread-safe.
template <class Row>
class ThinnedRows {
 public:
  using Pointer = std::remove_cvref_t<decltype(value_of(std::declval<const Row&>()))>;  // shared_ptr<const T>
  using Value = typename Pointer::element_type;

  /// Real measurements, steps rising: one of every group, then the newest ones.
  const std::vector<Row>& rows() const { return rows_; }
  /// How many were appended and not dropped again.
  std::int64_t n_measured() const { return n_measured_; }
  std::int64_t bytes() const { return bytes_; }
  /// Measurements before this step are in groups; 0: none is.
  std::int64_t grouped_before() const { return groups_.empty() ? 0 : groups_.back().last_step + 1; }
  /// Measurements in the largest group; 1 where there are no groups.
  std::int64_t group_size() const {
    std::int64_t n = 1;
    for (const Group& group : groups_) n = std::max(n, group.n);
    return n;
  }

  /// What lines are drawn from: of a group its smallest values at its first step and its largest at its last, then
  /// every newer measurement.
  std::size_t n_point() const { return rows_.size() + groups_.size(); }
  Row point(std::size_t i) const {
    if (i >= 2 * groups_.size()) return rows_[i - groups_.size()];
    const Group& group = groups_[i / 2];
    return i % 2 == 0 ? Row{group.first_step, group.lowest} : Row{group.last_step, group.highest};
  }

  std::int64_t point_step(std::size_t i) const {
    if (i >= 2 * groups_.size()) return rows_[i - groups_.size()].step;
    return i % 2 == 0 ? groups_[i / 2].first_step : groups_[i / 2].last_step;
  }

  /// The newest real measurement at or before `step`; null before the first.
  const Row* at(std::int64_t step) const {
    const auto after =
        std::upper_bound(rows_.begin(), rows_.end(), step, [](std::int64_t s, const Row& row) { return s < row.step; });
    return after == rows_.begin() ? nullptr : &*std::prev(after);
  }

  void append(std::int64_t step, Pointer value) {
    bytes_ += row_bytes(*value);
    rows_.push_back({step, std::move(value)});
    ++n_measured_;
  }

  /// Forgets what was measured beyond `step`; true when there was something.
  bool drop_after(std::int64_t step) {
    if (rows_.empty() || (rows_.back().step <= step && (groups_.empty() || groups_.back().last_step <= step)))
      return false;
    std::size_t n_row = rows_.size();
    while (n_row > groups_.size() && rows_[n_row - 1].step > step) --n_row, --n_measured_;
    rows_.resize(n_row);
    while (!groups_.empty() && groups_.back().last_step > step) {
      Group& group = groups_.back();
      const std::size_t at = groups_.size() - 1;  // its row; no newer row is left
      n_measured_ -= group.n;
      if (rows_[at].step <= step) {  // of a group cut in two only the real measurement is sure to be from before
        group = {rows_[at].step, rows_[at].step, 1, value_of(rows_[at]), value_of(rows_[at])};
        ++n_measured_;
        break;
      }
      groups_.pop_back();
      rows_.pop_back();
    }
    bytes_ = 0;
    for (const Row& row : rows_) bytes_ += row_bytes(*value_of(row));
    for (const Group& group : groups_) bytes_ += group_bytes(group);
    return true;
  }

  /// Takes at most `n` rows and `bytes` bytes from here on; true when something was put into groups.
  bool thin_to(std::size_t n, std::int64_t bytes) {
    bool thinned = false;
    while (rows_.size() >= 2 * kNewGroup && (rows_.size() > n || bytes_ > bytes)) {
      const std::size_t before = rows_.size();
      if (2 * groups_.size() > rows_.size()) {
        merge_groups();
      } else {
        group_older_half();
      }
      if (rows_.size() == before) break;
      thinned = true;
    }
    return thinned;
  }

  void clear() { *this = ThinnedRows(); }

 private:
  struct Group {
    std::int64_t first_step = 0, last_step = 0, n = 0;
    Pointer lowest, highest;
  };

  static std::int64_t row_bytes(const Value& value) {
    return memory_of(value) + static_cast<std::int64_t>(sizeof(Row));
  }
  static std::int64_t group_bytes(const Group& group) {
    return memory_of(*group.lowest) + memory_of(*group.highest) + static_cast<std::int64_t>(sizeof(Group));
  }

  // Which of the rows the group keeps: the most notable, the newest of equals.
  static std::size_t most_notable(const std::vector<Row>& rows, std::size_t first, std::size_t last) {
    std::size_t best = first;
    for (std::size_t i = first + 1; i < last; ++i) {
      if (!more_notable(*value_of(rows[best]), *value_of(rows[i]))) best = i;
    }
    return best;
  }

  void group_older_half() {
    const std::size_t n_new = (rows_.size() - groups_.size()) / 2 / kNewGroup;
    std::vector<Row> kept(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(groups_.size()));
    std::size_t next = groups_.size();
    for (std::size_t g = 0; g < n_new; ++g, next += kNewGroup) {
      std::vector<const Value*> values;
      for (std::size_t i = next; i < next + kNewGroup; ++i) values.push_back(value_of(rows_[i]).get());
      add_group({rows_[next].step, rows_[next + kNewGroup - 1].step, static_cast<std::int64_t>(kNewGroup),
                 std::make_shared<Value>(lowest(values)), std::make_shared<Value>(highest(values))});
      kept.push_back(keep_one(next, next + kNewGroup));
    }
    replace_before(next, std::move(kept));
  }

  void merge_groups() {
    const std::vector<Group> old = std::exchange(groups_, {});
    std::vector<std::int64_t> sizes;
    for (const Group& group : old) {
      sizes.push_back(group.n);
      bytes_ -= group_bytes(group);
    }
    std::vector<Row> kept;
    for (const auto& [first, last] : merged_neighbours(sizes)) {
      std::vector<const Value*> low, high;
      std::int64_t n = 0;
      for (std::size_t g = first; g < last; ++g) {
        low.push_back(old[g].lowest.get());
        high.push_back(old[g].highest.get());
        n += old[g].n;
      }
      if (last == first + 1) {
        add_group(old[first]);
      } else {
        add_group({old[first].first_step, old[last - 1].last_step, n, std::make_shared<Value>(lowest(low)),
                   std::make_shared<Value>(highest(high))});
      }
      kept.push_back(keep_one(first, last));
    }
    replace_before(old.size(), std::move(kept));
  }

  // Of the rows [first, last) the one that their group keeps; the others are taken off the count of bytes.
  Row keep_one(std::size_t first, std::size_t last) {
    const std::size_t best = most_notable(rows_, first, last);
    for (std::size_t i = first; i < last; ++i) {
      if (i != best) bytes_ -= row_bytes(*value_of(rows_[i]));
    }
    return rows_[best];
  }

  // `kept` stands in place of the first n rows.
  void replace_before(std::size_t n, std::vector<Row> kept) {
    kept.insert(kept.end(), std::make_move_iterator(rows_.begin() + static_cast<std::ptrdiff_t>(n)),
                std::make_move_iterator(rows_.end()));
    rows_ = std::move(kept);
  }

  void add_group(Group group) {
    bytes_ += group_bytes(group);
    groups_.push_back(std::move(group));
  }

  std::vector<Row> rows_;  // the first groups_.size() of them belong to a group each
  std::vector<Group> groups_;
  std::int64_t n_measured_ = 0, bytes_ = 0;
};

}  // namespace variometer
