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

/// Discs over a plot, the largest first so that none hides a smaller one.
class PlotDiscs : public QCPLayerable {
  Q_OBJECT
 public:
  explicit PlotDiscs(Plot& plot);
  void setDiscs(std::vector<Disc> discs);
  const std::vector<Disc>& discs() const { return discs_; }
  /// In pixels: 2.5 for |value| <= 1, and 2.5 more for every factor of ten.
  static double radius(double value);

 protected:
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;

 private:
  Plot& plot_;
  std::vector<Disc> discs_;
};

}  // namespace variometer
