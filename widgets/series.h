// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace variometer {

/// The points of one line, x rising, with a pyramid of minima and maxima beside them, so that drawing costs what the
/// screen shows and not what the run holds: 10 million points are drawn from a few thousand. Appending is amortised
/// O(1). A y that is not finite is a gap. Not thread-safe.
class Series {
 public:
  struct Point {
    double x = 0, y = 0;
  };

  /// x must not fall below the last one.
  void append(double x, double y);
  void clear();

  std::size_t size() const { return x_.size(); }
  std::size_t n_finite() const { return n_finite_; }
  /// Finite values that have no place on a logarithmic axis.
  std::size_t n_non_positive() const { return n_non_positive_; }
  double first_x() const { return x_.front(); }
  double last_x() const { return x_.back(); }
  /// The newest finite value; NaN when there is none.
  double last_y() const;

  /// Points to draw for lower <= x <= upper on `columns` pixels: the smallest and the largest value of each block of
  /// samples, in their order, a block being half a column to a whole one wide, so that no pixel loses its extremes;
  /// plus a NaN where a gap lies, and one neighbour on each side. All of them are real samples. Returns how many
  /// samples they stand for. Where there are few, every sample is there.
  std::size_t sample(double lower, double upper, int columns, std::vector<Point>& out) const;

  /// The newest sample at or before x, gaps skipped.
  std::optional<Point> at(double x) const;

 private:
  struct Block {
    std::uint32_t smallest = kNone, largest = kNone;  ///< indices of samples
    bool gap = false;
  };
  static constexpr std::uint32_t kNone = 0xffffffff;
  static constexpr std::size_t kBase = 16;  ///< samples in a block of level 0; twice as many in each next level

  Block scan(std::size_t first, std::size_t last) const;
  Block merge(const Block& a, const Block& b) const;
  void emit(const Block& block, std::vector<Point>& out) const;

  std::vector<double> x_, y_;
  std::size_t n_finite_ = 0, n_non_positive_ = 0;
  std::vector<std::vector<Block>> levels_;
};

}  // namespace variometer
