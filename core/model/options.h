// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/config.h"

// What tells one model family from another. A family is one small file that fills this in (family_llama.cpp,
// family_gpt2.cpp); the decoder reads nothing else. New options of other families (topology, qk-norm, soft caps,
// windows, partial rotary dimensions, ...) become fields here.
namespace variometer {

enum class NormKind { layer_norm, rms };
enum class PositionKind { learned, rotary };
enum class QkvKind { separate, concatenated };
enum class MlpKind { gated_silu, plain_gelu_new };

/// Hugging Face's names. Those from `attention_norm` to `down` are relative to the layer's prefix.
struct FamilyNames {
  std::string embedding, positions, embed_scale;
  std::string layers;  ///< prefix before the layer's number, e.g. "model.layers."
  std::string attention_norm, ffn_norm;
  std::string attention;  ///< module that holds k_bias and v_bias
  std::string q, k, v, qkv, o;
  std::string gate, up, down;
  std::string final_norm, head;
};

struct FamilyOptions {
  NormKind norm = NormKind::rms;
  PositionKind positions = PositionKind::rotary;
  QkvKind qkv = QkvKind::separate;
  MlpKind mlp = MlpKind::gated_silu;
  bool bias = false;      ///< on every projection
  bool dyt_bias = false;  ///< DyT's beta; LLaMA's DyT has none
  FamilyNames names;
};

FamilyOptions llama_family();
FamilyOptions gpt2_family();

/// Throws Error(usage) for a family that is not built in.
FamilyOptions family_options(const ModelConfig& config);

}  // namespace variometer
