// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

namespace variometer {

/// Mean cross-entropy of logits = h W^T against targets, the head fused with the loss: the rows go through in chunks,
/// the gradients of h and W are made in the same pass, and no more than one chunk of logits is ever alive. h (N, C) in
/// the compute type, W (V, C) in any, targets (N) int64 in [0, V) on one device: on the CPU another target is an Error,
/// on CUDA, which is not waited for, the loss becomes NaN. Returns a float32 scalar with gradient, W's in W's own type.
/// Deterministic.
at::Tensor fused_cross_entropy(const at::Tensor& h, const at::Tensor& weight, const at::Tensor& targets);

}  // namespace variometer
