// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

// What tells one model family from another, option by option. A family is one small file (family_<name>.cpp) that fills
// these in for a configuration; the decoder reads nothing else.
namespace variometer {

/// How a block joins attention A, MLP F and the norms N1 N2 (P1 P2).
enum class Topology {
  pre,           ///< x += A(N1 x); x += F(N2 x)
  post,          ///< x = N1(x + A(x)); x = N2(x + F(x))
  out_norm,      ///< x += N1(A(x)); x += N2(F(x))
  sandwich,      ///< x += P1(A(N1 x)); x += P2(F(N2 x))
  parallel_one,  ///< h = N1 x; x += A(h) + F(h)
  parallel_two   ///< x += A(N1 x) + F(N2 x)
};

enum class NormKind {
  layer_norm,       ///< in the compute type; affine or not
  layer_norm_wide,  ///< in float32, cast back; no parameters (OLMo)
  rms,              ///< cast to the compute type, then times the weight
  rms_wide,         ///< times the weight in float32, then cast (OLMo 2)
  rms_plus_one      ///< times (1 + weight) in float32, then cast (Gemma)
};

enum class PositionKind { none, learned, rotary, alibi };

/// Where queries, keys and values come from.
enum class QkvKind {
  separate,      ///< three projections
  concatenated,  ///< one: all queries, all keys, all values
  per_head,      ///< one: query, key, value of head after head (GPT-NeoX)
  grouped        ///< one: for every key/value head its queries, its key, its value (Falcon)
};

enum class QkNorm { none, per_head, full_width };

enum class MlpKind {
  plain,       ///< down(act(up x))
  gated,       ///< down(act(gate x) * up x)
  gated_fused  ///< the same; gate and up are the halves of one projection
};

enum class Activation { silu, gelu, gelu_tanh, gelu_new, gelu_fast, quick_gelu, relu, relu_squared };

/// Where the attention scale goes: the rounding differs.
enum class ScaleKind {
  multiply_scores,
  divide_scores,     ///< by 1 / scale
  divide_rounded,    ///< by 1 / scale, itself rounded to the compute type (GPT-2 in transformers 4)
  multiply_queries,  ///< before q k^T (OPT)
  inside_product     ///< q k^T in float32, scaled inside (GPT-2's reorder_and_upcast_attn)
};

/// Rotary positions of one kind of layer: half-split form over the first `dim` dimensions of a head.
struct RopeOptions {
  std::int64_t dim = 0;
  double theta = 10000;
  std::string type = "default";  ///< default, linear, dynamic, llama3, yarn, longrope
  double factor = 1;
  double attention_factor = 1;  ///< on cos and sin
  double max_positions = 0;     ///< max_position_embeddings (dynamic)
  double original_positions = 0;
  double low_freq_factor = 1, high_freq_factor = 4;
  double beta_fast = 32, beta_slow = 1;
  bool truncate = true;
  std::vector<double> short_factor, long_factor;
  bool wide = false;  ///< cos and sin stay float32, so does the rotation (OLMo)
};

/// Hugging Face's names. Those from `attention_norm` to `down` are relative to the layer's prefix; modules are named
/// without ".weight". Empty: the family has none.
struct FamilyNames {
  std::string embedding, positions, embed_scale;  ///< tensors
  std::string project_in, project_out;
  std::string layers;  ///< prefix before the layer's number, e.g. "model.layers."
  std::string attention_norm, attention_post_norm, ffn_norm, ffn_post_norm;
  std::string attention;  ///< module that holds k_bias and v_bias
  std::string q, k, v, qkv, o, q_norm, k_norm;
  std::string gate, up, down, gate_up;
  std::string final_norm, head;
};

struct FamilyOptions {
  Topology topology = Topology::pre;
  NormKind norm = NormKind::rms;
  bool norm_affine = true;  ///< layer_norm with weight and bias
  bool final_norm = true;

  PositionKind positions = PositionKind::rotary;
  std::int64_t position_offset = 0;  ///< first row of the learned table that is used (OPT: 2)
  RopeOptions rope, local_rope;      ///< local_rope: in layers with local_rotation
  std::vector<char> local_rotation;  ///< by layer; empty: nowhere
  bool alibi_twice = true;  ///< Hugging Face's eager path adds Falcon's bias a second time, as part of the mask

  std::int64_t embed_width = 0;   ///< width of embedding and head where it is not n_embd (OPT); 0: n_embd
  bool scaled_embedding = false;  ///< times sqrt(n_embd), rounded to the compute type (Gemma)

  QkvKind qkv = QkvKind::separate;
  QkNorm qk_norm = QkNorm::none;
  double clip_qkv = 0;         ///< 0: no clamp
  double attention_scale = 0;  ///< 0: head_dim^-1/2
  ScaleKind scale = ScaleKind::multiply_scores;
  bool scale_by_layer = false;        ///< also divided by the layer's number, from 1
  bool narrow_softmax = false;        ///< called in the compute type rather than in float32 (GPT-2, Falcon)
  double attention_cap = 0;           ///< 0: none
  std::vector<std::int64_t> windows;  ///< by layer, 0: none; empty: none anywhere

  MlpKind mlp = MlpKind::gated;
  Activation activation = Activation::silu;

  bool qkv_bias = false, o_bias = false, mlp_bias = false, head_bias = false;
  bool bias_apart = false;  ///< product and bias are two operations (Falcon)
  double logit_cap = 0;     ///< 0: none

  bool dyt_bias = false;  ///< DyT's beta; LLaMA's DyT has none
  FamilyNames names;
};

}  // namespace variometer
