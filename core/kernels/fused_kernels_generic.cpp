// SPDX-License-Identifier: GPL-3.0-or-later
// Names, lanes of float and rows of a tile (2 x rows sums, two of B and one of A must fit the registers).
#define VARIOMETER_ISA generic
#define VARIOMETER_ISA_NAME "generic"
#define VARIOMETER_LANES 4
#define VARIOMETER_TILE_ROWS 4
#include "core/kernels/fused_kernels_table.h"

namespace variometer {

const FusedKernels* fused_kernels_generic() { return &generic::kTable; }

}  // namespace variometer
