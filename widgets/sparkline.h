// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QRectF>
#include <cstddef>
#include <vector>

class QPainter;

namespace variometer {

/// A curve of a few pixels in a table: all values ever added, as the range of each of at most kBuckets equal groups. No
/// value is left out of its range, however many there are; memory does not grow. What is not finite is skipped.
class Sparkline {
 public:
  static constexpr std::size_t kBuckets = 64;
  struct Range {
    float low, high;  ///< low > high: no finite value
  };

  void clear() { *this = Sparkline(); }
  void add(float value);
  std::size_t count() const { return count_; }
  const std::vector<Range>& ranges() const { return ranges_; }
  /// Of all; low > high: none.
  Range whole() const { return whole_; }
  /// From the first value at the left edge to the newest at the right one.
  void paint(QPainter& painter, const QRectF& area, const QColor& colour) const;

 private:
  static constexpr Range kNone{3.4e38F, -3.4e38F};
  std::vector<Range> ranges_;
  Range whole_ = kNone;
  std::size_t count_ = 0, per_range_ = 1;
};

}  // namespace variometer
