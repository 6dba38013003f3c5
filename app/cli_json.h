// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>

#include "core/base/run.h"
#include "core/base/snapshot.h"

namespace variometer {

/// Keys stay in the order they are written in, for people.
using Json = nlohmann::ordered_json;

/// The shortest decimal that reads back as the same float; null where it is not finite.
Json json_number(float value);

/// One line of text; invalid UTF-8 becomes U+FFFD.
std::string to_line(const Json& json);

/// "layers" of design/commands: one object a layer. `batch`: places carry the sequence they are in.
Json json_layers(const ActivationSnapshot& activation, bool batch);

/// One update, as `train --json` prints it: scalars, then weights, layers, batch_layers and applied where there are
/// any.
Json json_update(const Snapshot& snapshot, const RunInfo& info);

}  // namespace variometer
