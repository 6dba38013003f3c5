// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

namespace variometer {

/// The DyT that comes nearest to a norm on some data.
struct DytFit {
  double alpha = 1;
  at::Tensor weight;    ///< (C)
  at::Tensor bias;      ///< (C); zero unless asked for
  double residual = 0;  ///< sum of squared differences / sum of y^2
};

/// Least squares: weight * tanh(alpha x) (+ bias) against y, over all rows of x, y (N, C). Weight and bias have a
/// closed form for each alpha; alpha > 0 is searched on a logarithmic grid and then refined. float32, any device; at
/// most 4,096 rows (evenly spaced) are read.
DytFit fit_dyt(const at::Tensor& x, const at::Tensor& y, bool with_bias);

}  // namespace variometer
