// SPDX-License-Identifier: GPL-3.0-or-later
// Names, lanes of float and rows of a tile (2 x rows sums, two of B and one of A must fit the registers).
#define VARIOMETER_ISA avx512
#define VARIOMETER_ISA_NAME "AVX-512"
#define VARIOMETER_LANES 16
#define VARIOMETER_TILE_ROWS 12
#include "core/kernels/fused_kernels_table.h"

namespace variometer {

const FusedKernels* fused_kernels_avx512() { return &avx512::kTable; }

}  // namespace variometer
