// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/config.h"
#include "core/base/snapshot.h"
#include "core/model/decoder.h"

namespace variometer {

/// Is this step one at which `every` is due? Also 0, 1, 2, 4, 8, ... with dense_start.
bool is_due(std::int64_t step, std::int64_t every, bool dense_start);

/// Measures the layers of one forward pass: the statistics of every block output, per-token and per-channel maxima,
/// attention shares, and every massive activation by the rule of ProbeConfig: |h| > absolute_threshold and |h| >
/// ratio_threshold x the lower median of |h| of that layer and sequence, both strict (2503.22329 eq. 1; per token);
/// with ratio_only |h| > small_ratio_threshold x median alone. At most kMostMassive a layer are listed, the largest.
/// Reductions stay on the tensor's device; on CUDA they are queued behind the forward pass and `snapshot` waits for one
/// copy. Trainer's thread.
class ActivationTap : public Tap {
 public:
  struct Wants {
    bool attention = false;
    bool maps = false;             ///< token_max, channel_max
    bool frame = false;            ///< keep the hidden states of `frame_layer`
    bool hidden = false;           ///< keep everything for HiddenStates
    std::vector<float> dyt_alpha;  ///< from dyt_alpha(decoder): measure saturation of DyT (empty: do not)
    std::int64_t frame_layer = 0;
    int frame_cells = 1024;  ///< a frame is max-pooled on |x| to at most this many rows and columns
  };
  ActivationTap(const ModelConfig& model, const ProbeConfig& config, const Switches& switches, Wants wants);
  ~ActivationTap() override;
  ActivationTap(ActivationTap&&) noexcept;

  void block_output(std::int64_t layer, const at::Tensor& h) override;
  bool wants_attention() const override;
  void attention(std::int64_t layer, const at::Tensor& probabilities) override;
  bool wants_norm_input() const override;
  void norm_input(std::int64_t layer, int site, const at::Tensor& x) override;

  /// After the pass: everything measured. Tokens and texts are the caller's to fill in.
  ActivationSnapshot snapshot();
  FramePtr frame(std::int64_t step);
  HiddenStates hidden(std::int64_t step);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// alpha of the two DyT sites of every block: [2 layer + site], for ActivationTap::Wants.
std::vector<float> dyt_alpha(const std::vector<Parameter>& parameters);

/// Statistics of every parameter: std (unbiased), mean, largest magnitude, gradient norm (NaN without gradient), TVR's
/// ratio. update_ratio is filled from `previous` (values before the update, same order) where given.
WeightSnapshot measure_weights(const std::vector<Parameter>& parameters, const Mitigations& mitigations,
                               const std::vector<at::Tensor>* previous = nullptr);

/// Share of wall time spent observing, as a running mean, and the thinning that keeps it under a budget: the schedules'
/// stretch doubles when the share of a window (of 50 steps and 5 measurements at least) is above the budget and halves
/// when even twice the share would be well below it. Counts time only; training never depends on it.
class ObserverBudget {
 public:
  explicit ObserverBudget(double budget) : budget_(budget) {}
  /// step_seconds: wall time of the whole step, observing included.
  void add_step(double step_seconds, double observe_seconds);
  /// Mean share over about the last 200 steps.
  double fraction() const { return fraction_; }
  /// Factor (1, 2, 4, ... 64) by which the schedules are stretched now.
  std::int64_t thinning() const { return thinning_; }
  void set_budget(double budget) { budget_ = budget; }

 private:
  void close_window();

  double budget_;
  double fraction_ = 0;
  double step_mean_ = 0, observe_mean_ = 0;
  std::int64_t n_step_ = 0;
  std::int64_t thinning_ = 1;
  double window_seconds_ = 0, window_observe_seconds_ = 0;
  std::int64_t window_steps_ = 0, window_measurements_ = 0;
};

}  // namespace variometer
