// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/failure_kind.h"

#include <nlohmann/json.hpp>

namespace variometer {

Error::Kind failure_kind(const Snapshot& snapshot) {
  for (const auto& event : snapshot.events) {
    if (event.kind != "failed") continue;
    const auto detail = nlohmann::json::parse(event.detail, nullptr, /*allow_exceptions=*/false);
    const auto status = detail.is_object() ? detail.find("status") : detail.end();
    if (status == detail.end() || !status->is_number_integer()) break;
    for (const auto kind : {Error::Kind::usage, Error::Kind::file, Error::Kind::device}) {
      if (status->get<int>() == static_cast<int>(kind)) return kind;
    }
  }
  return Error::Kind::run;
}

}  // namespace variometer
