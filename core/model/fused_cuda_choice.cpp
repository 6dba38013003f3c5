// SPDX-License-Identifier: GPL-3.0-or-later
// A file of its own: the emulated tests have another, which sends CPU tensors this way.
#include "core/model/fused_cuda_path.h"

namespace variometer {

bool fuses_on_cuda(const BlockContext& context, const at::Tensor& x) {
  if (!x.is_cuda() || context.keeps_rounding_points()) return false;
  return x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16;
}

}  // namespace variometer
