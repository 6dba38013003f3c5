// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

namespace variometer {

/// One sequence as a decoder takes it: (T) int64, CPU.
at::Tensor id_tensor(const std::vector<std::int32_t>& ids);

/// Cross-entropy of token i + 1 given all before it, nats, in double: (1, T, V) logits and (1, T) ids -> T - 1 values.
std::vector<double> token_losses(const at::Tensor& logits, const at::Tensor& ids);

/// NaN of none.
double mean_loss(const std::vector<double>& losses);

}  // namespace variometer
