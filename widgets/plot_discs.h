// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "widgets/plot_library.h"

namespace variometer {

class Plot;

/// A place of a plot with a size: massive activations by log |h|.
struct Disc {
  double x = 0, y = 0;
  double value = 0;     ///< signed; a negative one has the other colour and a dash across
  bool hollow = false;  ///< below the rule
};

/// Discs over a plot, their areas in proportion to |value|, the largest first so that none hides a smaller one.
class PlotDiscs : public QCPLayerable {
  Q_OBJECT
 public:
  explicit PlotDiscs(Plot& plot);
  void setDiscs(std::vector<Disc> discs);
  const std::vector<Disc>& discs() const { return discs_; }
  /// 1, 2 or 5 times a power of ten, at or above the largest |value|: the disc of kLargest. It steps seldom, so that a
  /// disc keeps its size while a run grows.
  double reference() const { return reference_; }
  static constexpr double kLargest = 10, kSmallest = 2.5;  ///< radii in pixels
  double radius(double value) const;

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;

 private:
  Plot& plot_;
  std::vector<Disc> discs_;
  double reference_ = 1;
};

}  // namespace variometer
