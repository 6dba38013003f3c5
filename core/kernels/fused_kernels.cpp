// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/fused_kernels.h"

namespace variometer {
namespace {

const FusedKernels& best() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    return *fused_kernels_avx512();
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return *fused_kernels_avx2();
#endif
  return *fused_kernels_generic();
}

}  // namespace

const FusedKernels& fused_kernels() {
  static const FusedKernels& kernels = best();
  return kernels;
}

}  // namespace variometer
