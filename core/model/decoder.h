// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/config.h"
#include "core/base/snapshot.h"

// Shapes: B sequences, T tokens, C = n_embd channels, H query heads, K key/value heads, D = head_dim, I = n_inner,
// V = vocabulary, L layers.
namespace variometer {

/// What a forward pass shows to whoever measures. Called on the trainer's thread, in layer order; tensors may be kept
/// (detached), never changed.
class Tap {
 public:
  virtual ~Tap() = default;
  /// Residual stream after the block, before the final norm: (B, T, C).
  virtual void block_output(std::int64_t /*layer*/, const at::Tensor& /*h*/) {}
  /// True: attention is computed the explicit way and shown to `attention`.
  virtual bool wants_attention() const { return false; }
  /// Probabilities after softmax: (B, H, T, T), or (B, H, T, 1 + T) with the KV-bias slot first.
  virtual void attention(std::int64_t /*layer*/, const at::Tensor& /*probabilities*/) {}
  /// Module outputs before the residual is added: (B, T, C). Shown only where wanted: the fused blocks never make them.
  virtual bool wants_module_outputs() const { return false; }
  virtual void attention_output(std::int64_t /*layer*/, const at::Tensor& /*out*/) {}
  virtual void mlp_output(std::int64_t /*layer*/, const at::Tensor& /*out*/) {}
  /// Input of a norm or DyT site, for alpha, saturation and calibration. Sites are counted within their layer in the
  /// order of `parameters()` (pre-norm families: 0 attention, 1 FFN); layer L, site 0: final.
  virtual bool wants_norm_input() const { return false; }
  virtual void norm_input(std::int64_t /*layer*/, int /*site*/, const at::Tensor& /*x*/) {}
  /// True: the next block gets what `intervene` makes of a block's output, (B, T, C) -> (B, T, C). block_output was
  /// shown the block's own. For what-if passes without gradients.
  virtual bool intervenes() const { return false; }
  virtual at::Tensor intervene(std::int64_t /*layer*/, const at::Tensor& h) { return h; }
};

/// What `forward` reads. Changed between steps only; parameters never appear or vanish.
struct Switches {
  bool kv_bias = false;
  double kv_logit_offset = 0;  ///< added to the slot's logit: the neutral start, -20 annealed to 0
  bool dyt = false;
};

/// One trainable tensor with what the window says about it. Norm weights, k_bias, v_bias, DyT's alpha, weight, bias and
/// the embedding scale are there from the start, whatever is on; what is off gets no gradient.
struct Parameter {
  TensorInfo info;      ///< Hugging Face name; ours: model.layers.N.self_attn.k_bias, ...dyt.alpha, model.embed_scale
  at::Tensor value;     ///< float32 master, requires_grad; see Decoder's second constructor
  bool decays = false;  ///< AdamW weight decay (2-D weights)
  bool extra = false;   ///< not part of the plain Hugging Face model
};

/// Where a decoder that only looks gets its weights, a layer at a time: for models larger than memory, and for weights
/// that stay mapped in their files. Called on the thread that runs the forward pass.
class WeightSource {
 public:
  virtual ~WeightSource() = default;
  /// The value of parameters()[index], in its shape. Any floating dtype, any strides, on the CPU or the decoder's
  /// device; it may be a view of a mapped file. Undefined for extras that nobody has. The decoder drops it when the
  /// layer is done (what lies outside the layers: right after its use), so a source that keeps nothing itself holds one
  /// layer.
  virtual at::Tensor load(std::size_t index) = 0;
  /// Can `rows` give parts of parameters()[index] more cheaply than the whole? Embedding and head are then never asked
  /// for as a whole: a quantised table takes several times its size once it is widened.
  virtual bool has_rows(std::size_t /*index*/) { return false; }
  /// Rows first .. first + n - 1 of it, (n, C). Only where has_rows says so.
  virtual at::Tensor rows(std::size_t /*index*/, std::int64_t /*first*/, std::int64_t /*n*/) { return {}; }
  /// Parameters first .. last - 1 are needed next: a good moment to read ahead. Comes before the current layer runs.
  virtual void will_need(std::size_t /*first*/, std::size_t /*last*/) {}
  /// The decoder has let go of parameters first .. last - 1.
  virtual void dropped(std::size_t /*first*/, std::size_t /*last*/) {}
};

/// The one configurable decoder of every family (core/model/options.h). Eager, autograd; fused operators from
/// core/kernels where they pay. One thread uses it.
class Decoder {
 public:
  /// Owns its parameters: float32, trainable, left uninitialised; see core/model/init.h. `config` must be resolved.
  /// Throws Error(usage) for a family or an option that is not there.
  Decoder(const ModelConfig& config, const at::Device& device, at::ScalarType compute_type);
  /// For looking only: parameters() have no values. What a forward pass needs it asks of `source`; a parameter that was
  /// given a value (any floating dtype, e.g. a mapped tensor) is never asked for. Run it without gradients.
  Decoder(const ModelConfig& config, const at::Device& device, at::ScalarType compute_type,
          std::shared_ptr<WeightSource> source);
  ~Decoder();
  Decoder(Decoder&&) noexcept;

  const ModelConfig& config() const;
  const at::Device& device() const;
  at::ScalarType compute_type() const;
  std::vector<Parameter>& parameters();
  const std::vector<Parameter>& parameters() const;
  /// Throws Error(run) when there is none of that name.
  Parameter& require(const std::string& name);

  Switches switches;

  /// ids (B, T) int64 -> (B, T, C), after the final norm (and OPT's last projection).
  at::Tensor hidden(const at::Tensor& ids, Tap* tap = nullptr);
  /// ids (B, T) -> (B, T, V). Only for inspection and sampling: training uses `loss`.
  at::Tensor logits(const at::Tensor& ids, Tap* tap = nullptr);
  /// Mean cross-entropy over all B x T targets (B, T) int64; the head runs in chunks, logits are never kept.
  at::Tensor loss(const at::Tensor& ids, const at::Tensor& targets, Tap* tap = nullptr);

  /// Fits alpha, weight (and bias) of every DyT site by least squares against its norm, on the batch `ids` (B, T), site
  /// by site: each one sees what the sites before it, already DyT, let through. The embedding scale becomes 1.
  void calibrate_dyt(const at::Tensor& ids);

  /// Plain ATen operators in place of the fused ones: what tests and benchmarks compare with. Off at first.
  void use_reference_path(bool on);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace variometer
