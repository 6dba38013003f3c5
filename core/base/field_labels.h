// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace variometer {

/// What a form calls a key of the config: "model.n_embd" -> "Width (n_embd)". The one table of these words. Empty for a
/// key it does not know.
std::string field_label(std::string_view key);

}  // namespace variometer
