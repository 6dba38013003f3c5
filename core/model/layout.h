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

struct NormLayout {
  int weight = kAbsent, bias = kAbsent;
  int alpha = kAbsent, dyt_weight = kAbsent, dyt_bias = kAbsent;
};

struct BlockLayout {
  NormLayout attention_norm;
  LinearLayout q, k, v, qkv, o;
  int k_bias = kAbsent, v_bias = kAbsent;
  NormLayout ffn_norm;
  LinearLayout gate, up, down;
};

struct Layout {
  FamilyOptions options;
  std::vector<ParameterSpec> parameters;
  int embedding = kAbsent, positions = kAbsent, embed_scale = kAbsent;
  std::vector<BlockLayout> blocks;
  NormLayout final_norm;
  int head = kAbsent;  ///< the embedding's index where both are tied
};

/// `config` must be resolved.
Layout layout_of(const ModelConfig& config);

}  // namespace variometer
