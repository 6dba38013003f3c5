// SPDX-License-Identifier: GPL-3.0-or-later
// The table of one instruction set. See fused_vector.h.
#pragma once

#include "core/kernels/fused_attention.h"
#include "core/kernels/fused_gemm.h"
#include "core/kernels/fused_kernels.h"
#include "core/kernels/fused_rows.h"

namespace variometer::VARIOMETER_ISA {
namespace {

constexpr FusedKernels kTable{.name = VARIOMETER_ISA_NAME,
                              .packed_size = packed_size,
                              .pack = pack,
                              .gemm = gemm,
                              .gemm_tn = gemm_tn,
                              .gemm_tn_scratch = gemm_tn_scratch,
                              .norm = norm,
                              .norm_backward = norm_backward,
                              .rotate = rotate,
                              .swiglu = swiglu,
                              .swiglu_backward = swiglu_backward,
                              .gelu = gelu,
                              .gelu_backward = gelu_backward,
                              .add_columns = add_columns,
                              .attention_scratch = attention_scratch,
                              .attention = attention,
                              .attention_backward = attention_backward,
                              .cross_entropy = cross_entropy};

}  // namespace
}  // namespace variometer::VARIOMETER_ISA
