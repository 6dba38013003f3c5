// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <string_view>

#include "core/checkpoint/hf_config.h"

namespace variometer {

HfTensor hf_tensor(const std::string& family, const std::string& our_name) {
  HfTensor tensor{our_name};
  if (family == "gpt2") {
    for (const std::string_view conv :
         {"attn.c_attn.weight", "attn.c_proj.weight", "mlp.c_fc.weight", "mlp.c_proj.weight"}) {
      tensor.transposed |= our_name.ends_with(conv);
    }
  }
  return tensor;
}

std::string without_hf_prefix(const std::string& name) {
  // The first that matches goes; longer ones stand before their own beginnings.
  constexpr std::array<std::string_view, 8> kPrefixes{"model.language_model.",
                                                      "language_model.model.",
                                                      "language_model.",
                                                      "model.decoder.",
                                                      "decoder.",
                                                      "transformer.",
                                                      "gpt_neox.",
                                                      "model."};
  for (const auto prefix : kPrefixes) {
    if (name.starts_with(prefix)) return name.substr(prefix.size());
  }
  return name;
}

bool is_ignored_hf_tensor(const std::string& name, std::size_t rank) {
  for (const std::string_view part : {"vision_tower.", "multi_modal_projector."}) {
    if (name.starts_with(part) || name.find("." + std::string(part)) != std::string::npos) return true;
  }
  if (rank == 4 && (name.ends_with(".attn.bias") || name.ends_with(".attention.bias"))) return true;
  return name.ends_with("masked_bias") || name.find("rotary_emb") != std::string::npos || name.ends_with("inv_freq");
}

}  // namespace variometer
