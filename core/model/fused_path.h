// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include "core/model/block.h"

// The training path on the CPU: core/kernels/fused_block.h behind autograd. Same values as core/model/block.h within
// float32 rounding.
namespace variometer {

/// Whether this forward pass can take it: float32 on the CPU, a pre-norm family of LLaMA's or GPT-2's operators, and
/// nobody asks for what the fused blocks never make (attention probabilities, module outputs).
bool can_fuse(const BlockContext& context, std::int64_t n_token);

/// As block_forward; x (B, T, C) contiguous.
at::Tensor fused_block(const BlockContext& context, const BlockLayout& block, std::int64_t layer, const at::Tensor& x);

/// As norm_forward.
at::Tensor fused_norm(const BlockContext& context, const NormLayout& site, std::int64_t layer, const at::Tensor& x);

}  // namespace variometer
