// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/inspector.h"

namespace variometer {

class Decoder;

/// Real cells of one layer's attention, from the hidden states that the pass kept: the one layer is computed again. The
/// pass must be of this decoder. Throws Error(usage) for cells that are not there.
AttentionPart attention_part(Decoder& decoder, const AttentionRequest& request);

}  // namespace variometer
