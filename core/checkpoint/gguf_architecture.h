// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/checkpoint/gguf.h"

// What the readers of a GGUF model's metadata and of its tensors share.
namespace variometer {

/// How the rows of a projection lie in the file.
enum class GgufRows {
  in_order,
  rotary_pairs,    ///< per head [d/2, 2] for Hugging Face's [2, d/2] (llama's queries and keys)
  q_k_v_per_head,  ///< all queries, keys, values for Hugging Face's query, key, value of head after head (gptneox)
  q_k_v_grouped,   ///< the same for Hugging Face's groups: queries, a key, a value (falcon)
};

/// One name of a block ("attn_q") or of the model ("token_embd"), without ".weight".
struct GgufName {
  std::string_view file;
  std::string_view hf;  ///< of a block: behind the layer's prefix
  GgufRows rows = GgufRows::in_order;
  bool transposed = false;
};

struct GgufArchitecture {
  std::string_view name;        ///< general.architecture
  std::string_view model_type;  ///< Hugging Face's
  std::string_view layers;      ///< Hugging Face's prefix before a layer's number
  std::array<GgufName, 20> names;
  bool norms_plus_one = false;
};

/// The architecture the file names. Throws Error(file) for one that is not known.
const GgufArchitecture& gguf_architecture(const GgufFile& file);

/// Sizes the metadata give, checked: positive, and heads of one number in all layers.
struct GgufSizes {
  std::int64_t n_layer = 0, n_embd = 0, n_head = 0, n_kv_head = 0, head_dim = 0;
};
GgufSizes gguf_sizes(const GgufFile& file);

}  // namespace variometer
