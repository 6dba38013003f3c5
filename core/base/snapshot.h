// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/command.h"
#include "core/base/config.h"

namespace variometer {

inline constexpr float kNotMeasured = std::numeric_limits<float>::quiet_NaN();

/// Where a number sits. Layers, tokens and channels count from 0; `sequence` is the row of the batch.
struct ActivationPlace {
  float value = 0;  ///< signed h
  std::int32_t layer = 0;
  std::int32_t token = 0;
  std::int32_t channel = 0;
  std::int32_t sequence = 0;
  float ratio = 0;  ///< |h| / median |h| of that layer and sequence
};

/// One layer's output (residual stream after the block, before the final norm), all T x C entries (all sequences of a
/// batch together; `massive` is decided per sequence).
struct LayerActivation {
  std::vector<ActivationPlace> top;  ///< largest |h|, ties: smaller flat index first
  float median = 0;                  ///< exact lower median of |h|
  float ratio = 0;                   ///< top-1 / median
  float mean = 0;                    ///< of h
  float variance = 0;                ///< population, of h
  float kurtosis = 0;                ///< excess, of h
  std::int64_t non_finite = 0;
  float first_token_share = kNotMeasured;  ///< attention to token 0, mean over heads and queries
  float kv_slot_share = kNotMeasured;      ///< attention to the KV-bias slot; NaN while it is off
  float attention_entropy = kNotMeasured;  ///< nats, mean over heads and queries
  float dyt_saturation = kNotMeasured;     ///< share of |alpha x| > 2 over both norms of the block; NaN while DyT is off
  std::vector<float> token_max;            ///< [T] max over channels of |h|; probe prompt only
  std::vector<float> channel_max;          ///< [C] max over tokens of |h|
};

/// What one forward pass looked like.
struct ActivationSnapshot {
  std::vector<std::int32_t> tokens;        ///< ids; empty for the training batch
  std::vector<std::string> token_texts;    ///< printable, same length
  std::vector<LayerActivation> layers;     ///< [L]
  std::vector<ActivationPlace> massive;    ///< by layer, then |value| falling
  float loss = kNotMeasured;
};

/// One trainable tensor, under the Hugging Face name it is saved as.
struct TensorInfo {
  std::string name;
  std::int32_t layer = -1;  ///< -1: outside the blocks
  std::string role;         ///< q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj, norm, embedding, head, ...
  std::vector<std::int64_t> shape;
  bool tvr_target = false;  ///< TVR looks at it (2-D block weights)
};

/// Statistics of one tensor after (std before rescaling: TVR logs what it found) an update.
struct WeightStat {
  float std = 0;  ///< unbiased
  float mean = 0;
  float abs_max = 0;
  float grad_norm = kNotMeasured;
  float update_ratio = kNotMeasured;  ///< ||update|| / ||w||
  float tvr_ratio = kNotMeasured;     ///< std / target; NaN while TVR is off or the tensor is not its target
  bool rescaled = false;              ///< TVR rescaled it since the last measurement
};

struct WeightSnapshot {
  std::vector<WeightStat> tensors;  ///< in the order of RunInfo::tensors
};

enum class RunState { initialising, running, paused, finished, stopped, failed };
std::string_view to_string(RunState state);

/// Something that happened at a step: an applied command, a checkpoint, an alarm. `detail` is JSON, at most 1,024 bytes.
struct Event {
  std::int64_t step = 0;
  std::string kind;    ///< set, restore, prompt, checkpoint, rescale, alarm, thinned, failed, ...
  std::string detail;
};

/// A command that took effect before update `step` (at step - 1 updates done).
struct Applied {
  std::int64_t step = 0;
  Command command;
  std::string error;  ///< empty: done; else why it was refused (nothing was changed)
};

/// Measured effect of switching something, on the probe prompt and on one held batch.
struct Preview {
  std::vector<Assignment> assignments;
  std::int64_t ticket = 0;
  float loss_before = 0, loss_after = 0;  ///< of the held batch
  float top_before = 0, top_after = 0;    ///< largest |h| of the probe prompt
  std::vector<float> layer_top_before, layer_top_after;
  double seconds = 0;
};

/// Text the model wrote.
struct Sample {
  std::string prompt;
  std::string text;
  Mitigations mitigations{};  ///< in force when it was written
};

/// A text being drawn; no update is made meanwhile. Command::cancel ends it.
struct Sampling {
  std::string prompt;
  std::string text;  ///< so far
  std::int64_t n_token = 0;
  std::int64_t n_most = 0;
};

/// Where a run that failed can go on from: Command::restore with count = step + 1, then `set` of the rates proposed.
struct WayBack {
  std::int64_t step = 0;  ///< updates done in a state whose loss was sound
  double learning_rate = 0, min_learning_rate = 0;
};

/// What the trainer publishes after an update. Immutable once published; about a kilobyte plus what was measured.
/// No tensor ever leaves the trainer's thread.
struct Snapshot {
  std::int64_t step = 0;  ///< updates done
  RunState state = RunState::running;
  std::string message;    ///< why it failed, and what is safe

  float loss = kNotMeasured;
  float validation_loss = kNotMeasured;
  float learning_rate = kNotMeasured;
  float grad_norm = kNotMeasured;
  float tokens_per_second = kNotMeasured;
  float observe_fraction = kNotMeasured;  ///< share of wall time spent on measuring, running mean
  double seconds = 0;                     ///< since the run began, pauses left out

  std::shared_ptr<const WeightSnapshot> weights;         ///< when measured
  std::shared_ptr<const ActivationSnapshot> probe;       ///< the probe prompt, when measured
  std::shared_ptr<const ActivationSnapshot> batch;       ///< the training batch, when measured
  Mitigations mitigations;                               ///< in force
  ProbeConfig probe_config;                              ///< in force
  std::vector<Applied> applied;
  std::vector<Event> events;
  std::optional<Sample> sample;
  std::optional<Preview> preview;
  std::optional<Sampling> sampling;  ///< a text is being drawn; such snapshots tell nothing else and are not recorded
  std::optional<WayBack> way_back;   ///< state = failed: there is one
  bool recording = false;
  std::string record_path;

  bool is_update = true;  ///< false: published while paused or before the first update; carries no new scalars
};
using SnapshotPtr = std::shared_ptr<const Snapshot>;

/// A picture of one layer: signed h of the cell with the largest |h| in each (token x channel) block.
struct Frame {
  std::int64_t step = 0;
  std::int32_t layer = 0;
  std::int32_t n_layer = 0;
  std::int32_t n_token = 0;    ///< of the hidden states
  std::int32_t n_channel = 0;
  std::int32_t token_block = 1;    ///< tokens per row (1: real cells)
  std::int32_t channel_block = 1;  ///< channels per column
  std::int32_t rows = 0, columns = 0;
  std::vector<float> values;            ///< [rows x columns]
  std::vector<std::int32_t> arg_token;  ///< where each value sits; empty when both blocks are 1
  std::vector<std::int32_t> arg_channel;
  std::vector<std::string> token_texts;
  float median = 0;  ///< of |h| in the layer
};
using FramePtr = std::shared_ptr<const Frame>;

/// Hidden states and attention maps of the probe prompt, on request; goes to the record only.
struct HiddenStates {
  std::int64_t step = 0;
  std::vector<std::int32_t> tokens;
  std::int64_t n_layer = 0, n_token = 0, n_channel = 0, n_head = 0;
  std::vector<float> hidden;     ///< [layer, token, channel]
  std::vector<float> attention;  ///< [layer, head, query, key]; key 0 is the KV slot where one is on (n_key = n_token + 1)
  std::int64_t n_key = 0;
};

}  // namespace variometer
