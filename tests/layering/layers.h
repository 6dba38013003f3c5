// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

namespace variometer::layering {

/// A source tree as text: path from the root ("core/base/run.h") -> what is in the file.
using Tree = std::map<std::string, std::string>;

/// Reads every .h, .cpp, .cu and .cuh under app/, core/, widgets/ and tests/ of `root`.
Tree read_tree(const std::string& root);

/// Every #include line that breaks the floors of the architecture, as "file:line: what is wrong"; empty when none does.
///
///   base <- text, kernels, model <- checkpoint, probe, mitigation, record <- analysis, train <- app
///   base <- widgets <- app
///
/// LibTorch only in core (not in base, text, record), Qt only in widgets and app, and no file sees both, not even
/// through the headers it includes.
std::vector<std::string> violations(const Tree& tree);

}  // namespace variometer::layering
