// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/config.h"
#include "core/base/snapshot.h"
#include "core/checkpoint/checkpoint.h"
#include "core/mitigation/mitigation.h"
#include "core/model/decoder.h"
#include "core/probe/probe.h"
#include "core/text/batcher.h"
#include "core/text/corpus.h"
#include "core/train/adamw.h"

namespace variometer {

/// Everything a trainer needs to go on from a step, in memory: a copy that later updates do not touch.
struct TrainerState {
  CheckpointState checkpoint;
  std::vector<at::Tensor> weights;  ///< of every parameter, extras included, in their order
};

/// A copy of its own in host memory.
at::Tensor host_copy(const at::Tensor& tensor);

/// Which measurements an update is to bring back.
struct UpdateWants {
  bool batch = false;    ///< activations of the training batch
  bool weights = false;  ///< statistics of every tensor
};

struct UpdateReport {
  float loss = 0;       ///< mean over the micro-batches
  float grad_norm = 0;  ///< before clipping
  float learning_rate = 0;
  double observe_seconds = 0;
  std::vector<Rescaled> rescaled;  ///< by TVR, right after this update
  std::shared_ptr<const ActivationSnapshot> batch;
  std::shared_ptr<const WeightSnapshot> weights;
};

/// Trains one model, an update at a time; no thread, no file, no clock that matters. Between two updates it can be
/// measured, switched, saved and set back. One thread uses it. Same config, corpus, threads and machine: the same
/// losses, bit for bit, whatever was measured in between.
class Trainer {
 public:
  /// `config` must be resolved. Draws the initial weights. `device`: see choose_device.
  Trainer(const RunConfig& config, std::shared_ptr<const Corpus> corpus, const at::Device& device);

  const RunConfig& config() const { return config_; }  ///< in force now
  std::int64_t step() const { return step_; }          ///< updates done
  Decoder& decoder() { return decoder_; }
  const at::Device& device() const { return device_; }
  std::int64_t tokens_per_update() const;

  /// One optimizer update. Throws Error(run) when the loss or the gradient is not finite, naming the first layer that
  /// is not. Whatever else it throws before the weights move (no memory, say): everything is then as it was before, so
  /// that the update can be tried again with something changed.
  UpdateReport update(const UpdateWants& wants);

  /// Throws Error(usage) as `set` would.
  void check(const std::vector<Assignment>& assignments) const { with(assignments); }
  /// Applies live fields together. Throws Error(usage), nothing changed, when one is unknown, not live, or does not
  /// fit.
  void set(const std::vector<Assignment>& assignments);

  // Measurements (trainer_measure.cpp). They change nothing.
  std::vector<std::int32_t> probe_ids() const { return prompt_ids(config_); }
  ActivationSnapshot measure_prompt(ActivationTap::Wants wants, FramePtr* frame = nullptr,
                                    HiddenStates* hidden = nullptr);
  ActivationSnapshot measure_held_batch();
  WeightSnapshot measure_weights_now() const;
  float validation_loss();  ///< NaN without a validation part
  /// `on_token`, where given, hears of every token as it is drawn; false ends there.
  Sample sample(const std::string& prompt, const std::function<bool(std::int32_t)>& on_token = {});
  /// Effect of `assignments` on the held batch's loss and the prompt's largest |h|, right after a switch (for TVR:
  /// after its first rescaling). Throws as `set` does.
  Preview preview(const std::vector<Assignment>& assignments);

  /// A copy in host memory, whatever the device.
  TrainerState save() const;
  std::uint64_t state_bytes() const;  ///< of such a copy
  /// What a checkpoint on disk stores beside the weights; shares memory with the trainer.
  CheckpointState checkpoint_state() const;
  void restore(const TrainerState& state);
  /// Weights must be in the decoder already (load_checkpoint).
  void restore(const CheckpointState& state);

 private:
  std::vector<std::int32_t> prompt_ids(const RunConfig& config) const;
  /// Throws Error(usage) for a prompt without a token, or with one the model does not have.
  void require_prompt(const RunConfig& config) const;
  void require_sample_prompt(const RunConfig& config) const;
  RunConfig with(const std::vector<Assignment>& assignments) const;
  void change_to_mitigations(const Mitigations& before, const Mitigations& now);
  at::Tensor to_device(const std::vector<std::int64_t>& ids, std::int64_t rows) const;
  struct Before {  ///< what an update moves before it can fail
    Random::State batcher;
    MitigationState mitigation;
    Switches switches;
  };
  class PutBack;  ///< undoes an update that failed before the weights moved
  [[noreturn]] void fail_non_finite(const std::vector<Batch>& batches, float loss, float grad_norm);
  std::uint64_t seed(std::uint64_t stream) const;

  RunConfig began_;   ///< as the run began
  RunConfig config_;  ///< in force
  std::shared_ptr<const Corpus> corpus_;
  at::Device device_;
  Decoder decoder_;
  AdamW optimizer_;
  MitigationState mitigation_;
  Batcher batcher_;
  Batch held_;
  std::int64_t step_ = 0;
  bool extras_in_use_ = false;
  std::vector<bool> rescaled_since_;  ///< by TVR, per parameter, since weights were last measured
};

/// "auto", "cpu", "cuda", "cuda:1" -> a device of this machine. Throws Error(usage) or Error(device).
at::Device choose_device(const std::string& name);
/// The same of a training, whose compute type the device must have: bfloat16 is for CUDA.
at::Device choose_device(const TrainConfig& train);

}  // namespace variometer
