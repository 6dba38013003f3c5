// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/series.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace variometer {

void Series::append(double x, double y) {
  x_.push_back(x);
  y_.push_back(y);
  if (std::isfinite(y)) ++n_finite_, n_non_positive_ += y <= 0 ? 1 : 0;
  if (x_.size() % kBase != 0) return;
  Block block = scan(x_.size() - kBase, x_.size());
  for (std::size_t level = 0;; ++level) {
    if (levels_.size() == level) levels_.emplace_back();
    levels_[level].push_back(block);
    const auto& blocks = levels_[level];
    if (blocks.size() % 2 != 0) return;
    block = merge(blocks[blocks.size() - 2], blocks.back());
  }
}

void Series::clear() {
  x_.clear();
  y_.clear();
  n_finite_ = n_non_positive_ = 0;
  levels_.clear();
}

double Series::last_y() const {
  const auto last = std::find_if(y_.rbegin(), y_.rend(), [](double y) { return std::isfinite(y); });
  return last == y_.rend() ? std::numeric_limits<double>::quiet_NaN() : *last;
}

Series::Block Series::scan(std::size_t first, std::size_t last) const {
  Block block;
  for (std::size_t i = first; i < last; ++i) {
    if (!std::isfinite(y_[i])) {
      block.gap = true;
      continue;
    }
    const auto index = static_cast<std::uint32_t>(i);
    if (block.smallest == kNone || y_[i] < y_[block.smallest]) block.smallest = index;
    if (block.largest == kNone || y_[i] > y_[block.largest]) block.largest = index;
  }
  return block;
}

Series::Block Series::merge(const Block& a, const Block& b) const {
  Block block{.gap = a.gap || b.gap};
  const auto pick = [](std::uint32_t i, std::uint32_t j, auto better) {
    return i == kNone ? j : j == kNone || !better(j, i) ? i : j;
  };
  block.smallest = pick(a.smallest, b.smallest, [&](auto i, auto j) { return y_[i] < y_[j]; });
  block.largest = pick(a.largest, b.largest, [&](auto i, auto j) { return y_[i] > y_[j]; });
  return block;
}

void Series::emit(const Block& block, std::vector<Point>& out) const {
  if (block.smallest != kNone) {
    const auto [first, second] = std::minmax(block.smallest, block.largest);
    out.push_back({x_[first], y_[first]});
    if (second != first) out.push_back({x_[second], y_[second]});
  }
  if (block.gap) {
    const double x = out.empty() ? x_.front() : out.back().x;
    out.push_back({x, std::numeric_limits<double>::quiet_NaN()});
  }
}

std::size_t Series::sample(double lower, double upper, int columns, std::vector<Point>& out) const {
  out.clear();
  if (x_.empty() || columns < 1) return 0;
  const auto n = x_.size();
  auto first = static_cast<std::size_t>(std::lower_bound(x_.begin(), x_.end(), lower) - x_.begin());
  auto last = static_cast<std::size_t>(std::upper_bound(x_.begin(), x_.end(), upper) - x_.begin());
  const std::size_t inside = last > first ? last - first : 0;
  if (first > 0) --first;
  if (last < n) ++last;
  last = std::max(last, first);

  const auto wanted = static_cast<std::size_t>(columns);
  if (last - first <= 2 * wanted) {
    for (std::size_t i = first; i < last; ++i) out.push_back({x_[i], y_[i]});
    return inside;
  }
  std::size_t size = 1;
  while ((last - first) / (2 * size) >= wanted) size *= 2;
  // Blocks begin at multiples of their size, whatever the view: the picture does not shimmer while points come in.
  std::size_t level = 0;
  while ((kBase << level) < size) ++level;
  const bool stored = size >= kBase && level < levels_.size();
  for (std::size_t i = first; i < last;) {
    const std::size_t end = std::min((i / size + 1) * size, last);
    const std::size_t block = i / size;
    const bool whole = i % size == 0 && end == i + size;
    emit(stored && whole && block < levels_[level].size() ? levels_[level][block] : scan(i, end), out);
    i = end;
  }
  return inside;
}

std::optional<Series::Point> Series::at(double x) const {
  auto i = static_cast<std::size_t>(std::upper_bound(x_.begin(), x_.end(), x) - x_.begin());
  while (i > 0) {
    --i;
    if (std::isfinite(y_[i])) return Point{x_[i], y_[i]};
  }
  return std::nullopt;
}

}  // namespace variometer
