// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/in_use.h"

namespace variometer {

std::string_view switch_of(const TensorInfo& tensor) {
  const std::string_view role = tensor.role;
  if (role == "k_bias" || role == "v_bias") return "kv_bias";
  if (role.starts_with("dyt_") || role == "embed_scale") return "dyt";
  return {};
}

bool in_use(const TensorInfo& tensor, const Mitigations& mitigations) {
  const std::string_view owner = switch_of(tensor);
  if (owner == "kv_bias") return mitigations.kv_bias.enabled;
  if (owner == "dyt") return mitigations.dyt.enabled;
  return true;
}

}  // namespace variometer
