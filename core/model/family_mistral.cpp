// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/family_table.h"

namespace variometer {

// LLaMA's shape with a window in every layer: 4096 where the key is absent, none where it is null.
const Family& mistral_family() {
  static const Family kFamily = [] {
    auto family = llama_shaped("mistral", "MistralForCausalLM");
    family.n_kv_head.otherwise = 8;
    family.n_inner.otherwise = 14336;
    family.block_size.otherwise = 131072;
    family.options = [](const ModelConfig& model, const HfReader& in) {
      auto options = llama_options(model, in);
      const auto window = in.integer({"sliding_window"}, in.names("sliding_window") ? 0 : 4096);
      options.windows = windows_of(in, model, window, [](std::int64_t, std::int64_t) { return true; });
      return options;
    };
    return family;
  }();
  return kFamily;
}

}  // namespace variometer
