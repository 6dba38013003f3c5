// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace variometer::cuda {

/// What the CUDA kernels read as it lies.
enum class Element { float32, bfloat16 };

}  // namespace variometer::cuda
