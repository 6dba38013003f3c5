// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "core/base/inspector.h"

namespace variometer {

class Decoder;

/// Runs the prompt twice, plainly and with the cells of one layer's output overwritten before the next layer reads
/// them, and compares the loss; for means every calibration sequence once before, up to that layer. Changes nothing in
/// the decoder. `between` is called after each layer and may throw to give up. Throws Error(usage) for a cell, layer or
/// sequence that is not there.
CellTestResult test_cells(Decoder& decoder, const CellTest& test, const std::function<void()>& between = {});

}  // namespace variometer
