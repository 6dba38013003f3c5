// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/base/config.h"
#include "core/base/snapshot.h"
#include "core/model/options.h"

// Which tensors a decoder has, in which order, and where each module finds its own. Numbers only: no tensor is made
// here, so that initialisation, mitigations and checkpoints can ask without a model.
namespace variometer {

/// What there is to know about a parameter before it exists.
struct ParameterSpec {
  TensorInfo info;
  bool decays = false;
  bool extra = false;
};

inline constexpr int kAbsent = -1;

/// Indices into Decoder::parameters(); kAbsent where the family has none.
struct LinearLayout {
  int weight = kAbsent, bias = kAbsent;
};

/// A norm of the residual stream, or the DyT in its place. `alpha` is kAbsent where the family has no norm there.
struct NormLayout {
  int weight = kAbsent, bias = kAbsent;
  int alpha = kAbsent, dyt_weight = kAbsent, dyt_bias = kAbsent;
  int site = 0;  ///< counted within the layer, in the order of the parameters
};

/// The parameters first .. last - 1 are this block's, all of them and no others.
struct BlockLayout {
  int first = 0, last = 0;
  NormLayout attention_norm, attention_post_norm;
  LinearLayout q, k, v, qkv, o;
  LinearLayout q_norm, k_norm;  ///< norms of queries and keys; DyT leaves them alone
  int k_bias = kAbsent, v_bias = kAbsent;
  NormLayout ffn_norm, ffn_post_norm;
  LinearLayout gate, up, down, gate_up;
};

struct Layout {
  FamilyOptions options;
  std::vector<ParameterSpec> parameters;
  int embedding = kAbsent, positions = kAbsent, embed_scale = kAbsent;
  int project_in = kAbsent, project_out = kAbsent;
  std::vector<BlockLayout> blocks;
  NormLayout final_norm;
  LinearLayout head;  ///< its weight is the embedding's index where both are tied
};

/// `config` must be resolved.
Layout layout_of(const ModelConfig& config);

}  // namespace variometer
