// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "core/base/config.h"
#include "core/base/snapshot.h"

namespace variometer {

/// The switch a tensor belongs to, by its config key ("kv_bias", "dyt"); empty: it is the model's own. Such tensors are
/// there from the start, whatever is on.
std::string_view switch_of(const TensorInfo& tensor);

/// The forward pass reads it: it is the model's own, or its switch is on.
bool in_use(const TensorInfo& tensor, const Mitigations& mitigations);

}  // namespace variometer
