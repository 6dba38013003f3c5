// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "core/checkpoint/safetensors.h"

namespace variometer {

/// A tensor on the CPU with the entry's values, in its own dtype. Copies, so that alignment does not matter. Throws
/// Error(file) for a dtype LibTorch cannot hold here (F8, F4, ...).
at::Tensor tensor_from(const SafetensorsFile& file, const TensorEntry& entry);

/// The tensor as something to write: any device, any strides; fetched when its turn comes.
TensorSource source_of(std::string name, at::Tensor tensor);

}  // namespace variometer
