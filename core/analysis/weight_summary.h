// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include "core/base/inspector.h"

namespace variometer {

/// All that the window says of one weight: one read for the numbers, one for the histogram.
WeightSummaryPtr summarise_weight(const TensorInfo& info, const at::Tensor& value);

}  // namespace variometer
