// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/base/config.h"
#include "core/base/massive_rule.h"
#include "core/base/snapshot.h"

namespace variometer {

/// What is known of a model before its weights are read.
struct ModelFacts {
  std::string path;  ///< the folder or file that was taken
  std::string name;
  std::string family;
  std::string stored;  ///< "F32", "BF16, F32", ...
  std::string device;
  std::string tokenizer;      ///< "bytes", "BPE (tokenizer.json)", "none", ...
  bool has_tokenizer = true;  ///< false: prompts are token ids
  bool has_bos = true;
  ModelConfig config;
  std::int64_t n_parameter = 0, n_tensor = 0, n_file = 0;
  std::uint64_t bytes = 0;  ///< of weights, in the files
  std::int64_t step = -1;   ///< of a checkpoint of ours; -1: it is none
  /// Of a file of stored passes: what each is called. They are all there is to show, no text is read and no cell tested.
  std::vector<std::string> stored_passes;
};

/// One weight tensor, measured as it arrived.
struct WeightSummary {
  static constexpr int kBins = 101;

  TensorInfo info;
  std::int64_t count = 0;  ///< finite values
  std::int64_t non_finite = 0;
  double mean = 0;
  double std = 0;        ///< unbiased
  double skewness = 0;   ///< NaN without spread
  double kurtosis = 0;   ///< excess; NaN without spread
  float abs_median = 0;  ///< exact lower median of |w|
  float abs_max = 0;
  std::vector<std::int64_t> histogram;  ///< kBins equal bins over [-abs_max, abs_max]; empty when abs_max is 0
};
using WeightSummaryPtr = std::shared_ptr<const WeightSummary>;

/// How far reading has come.
struct LoadProgress {
  std::string tensor;  ///< the one just read, or what is done before the first
  std::int64_t n_done = 0, n_total = 0;
  double seconds = 0;  ///< since opening began
};

/// The weights are in: prompts are answered from here on.
struct Opened {
  ModelFacts facts;
  std::vector<std::string> warnings;
  double seconds = 0;
};

/// What to show to the model. `slot` names the view that asks: within a slot the newest request wins, an older one is
/// given up between two layers.
struct PromptRequest {
  int slot = 0;
  std::int64_t serial = 0;  ///< the asker's own count; comes back with the answer
  std::string text;
  std::vector<std::int32_t> ids;  ///< where not empty: taken as they are, `text` and `bos` are not read
  bool bos = true;                ///< before the text, where the tokenizer has one
  std::int64_t context = 0;       ///< cut after that many tokens; 0: the model's limit
  std::int64_t stored_pass = 0;   ///< of a file of stored passes which; nothing else of the request is read
  ProbeConfig rule;               ///< top_k and thresholds
  /// Attention of all layers and heads is kept in no more cells than this; where there are more it is max-pooled by
  /// square blocks. 64 MB.
  std::int64_t attention_cells = std::int64_t{1} << 24;

  bool operator==(const PromptRequest&) const = default;
};

/// The text in tokens, sent before the pass is computed.
struct TokenizedPrompt {
  int slot = 0;
  std::vector<std::int32_t> ids;
  std::vector<std::string> tokens;  ///< printable
  std::vector<bool> special;        ///< BOS and its like: tokens that are no text
  std::int64_t n_cut = 0;           ///< tokens left out because of the context
};

struct PassProgress {
  int slot = 0;
  std::int64_t layer = 0, n_layer = 0;  ///< layers done
};

/// Attention of one pass, of all layers and heads. Where all cells would take too much (PromptRequest::attention_cells)
/// each cell here is the largest of a block of them; `query_block` says so. An AttentionRequest gets the real ones.
struct AttentionMaps {
  std::int64_t n_layer = 0, n_head = 0, n_query = 0, n_key = 0;
  bool slot = false;  ///< key 0 is the KV-bias slot
  std::int64_t query_block = 1, key_block = 1;
  std::int64_t rows = 0, columns = 0;  ///< of each map, pooled
  std::vector<float> heads;            ///< [layer, head, row, column]
  std::vector<float> mean;             ///< [layer, row, column]: mean over heads, taken before pooling

  bool empty() const { return heads.empty(); }
  bool pooled() const { return query_block > 1; }
  /// Head -1: the mean. Empty where there is none.
  std::span<const float> map(std::int64_t layer, std::int64_t head) const;
  std::uint64_t bytes() const { return (heads.size() + mean.size()) * sizeof(float); }
  /// What all real cells would take.
  std::uint64_t bytes_of_all() const;
  /// Sizes and blocks for so many cells at most, nothing in them yet: zeros.
  void reserve(std::int64_t most_cells);
  /// Takes cells of one layer in: queries first .. first + n - 1 of `map` (head, or -1), each with `n_key_here` keys
  /// from key 0 on. NaN wins over every number, as it must not be hidden.
  void add_rows(std::int64_t layer, std::int64_t head, std::int64_t first, std::int64_t n, std::int64_t n_key_here,
                const float* cells);
};

/// One instrumented forward pass, whole: views draw from it and ask nobody. Immutable once published.
struct InspectedPass {
  PromptRequest request;
  std::vector<std::int32_t> ids;
  std::vector<bool> special;      ///< BOS and its like
  ActivationSnapshot activation;  ///< with token_max and channel_max; token_texts is what is written at a token
  std::vector<float> token_loss;  ///< [T - 1] cross-entropy of token i + 1 given all before it, nats
  HiddenStates hidden;            ///< [layer, token, channel]; its attention is empty
  AttentionMaps attention;
  std::int64_t n_cut = 0;
  std::string dtype;  ///< of the computation
  double seconds = 0;

  /// (T, C) of one layer, row by row.
  std::span<const float> layer(std::int64_t l) const;
  /// Values of one layer that are NaN or infinite; 0 for a layer that is not there.
  std::int64_t nonFinite(std::int64_t l) const;
};
using PassPtr = std::shared_ptr<const InspectedPass>;

/// Asks for real cells of a map that is pooled in a pass: computed from the hidden states that the pass kept, which
/// takes one layer's attention instead of a whole pass. Of each slot the newest wins.
struct AttentionRequest {
  PassPtr pass;
  std::int64_t layer = 0, head = -1;  ///< head -1: the mean
  std::int64_t first_query = 0, n_query = 0, first_key = 0, n_key = 0;

  bool operator==(const AttentionRequest&) const = default;
};
struct AttentionPart {
  AttentionRequest of;
  std::vector<float> cells;  ///< [query, key]; 0 where a query does not see a key
  double seconds = 0;
};
using AttentionPartPtr = std::shared_ptr<const AttentionPart>;

/// Every massive activation of the pass by another rule, as ActivationTap lists them: by layer, then |h| falling, at
/// most `most_per_layer` each. Needs no model.
std::vector<ActivationPlace> massive_places(const InspectedPass& pass, const ProbeConfig& rule,
                                            std::size_t most_per_layer = kMostMassive);

/// What happens to the loss when cells of one layer's output are overwritten on their way to the next layer: the
/// papers' intervention analysis, on the prompt itself. The model stays as it is.
struct CellTest {
  enum class Value {
    zero,
    /// The signed mean of the same channel and layer over `calibration`, first tokens and others apart: over the
    /// massive ones (by `rule`) where the cell itself is massive, else over all.
    mean,
  };
  struct Cell {
    std::int64_t token = 0, channel = 0;
  };
  std::int64_t serial = 0;
  std::vector<std::int32_t> ids;  ///< the prompt
  std::int64_t layer = 0;
  std::vector<Cell> cells;
  Value value = Value::zero;
  ProbeConfig rule;
  std::vector<std::vector<std::int32_t>> calibration;  ///< sequences; empty: the inspector's own sentences
  bool bos = true;                                     ///< before those sentences, where the tokenizer has one
};

struct CellTestResult {
  struct Change {
    CellTest::Cell cell;
    float before = 0, after = 0;
    bool massive = false;     ///< the cell was, by the rule
    std::int64_t n_mean = 0;  ///< cells the mean is of; 0 for zero
  };
  CellTest test;
  std::vector<Change> changes;
  double loss_before = 0, loss_after = 0;  ///< mean cross-entropy over the T - 1 targets, nats
  double seconds = 0;
};

/// The slots by which a failed CellTest and a failed AttentionRequest come back.
inline constexpr int kCellTestSlot = 99;
inline constexpr int kAttentionSlot = 98;

/// One line. Slot -1: the model could not be opened, nothing more will come.
struct InspectorFailure {
  int slot = -1;
  std::int64_t serial = 0;
  std::string message;
};

using InspectorEvent = std::variant<LoadProgress, ModelFacts, WeightSummaryPtr, Opened, TokenizedPrompt, PassProgress,
                                    PassPtr, AttentionPartPtr, CellTestResult, InspectorFailure>;

/// A model one can show prompts to, wherever its numbers come from. Members may be called from the GUI thread and never
/// block; one thread drains. The destructor waits for the work in hand: call stop() first and destroy once stopped().
class Inspector {
 public:
  Inspector() = default;
  Inspector(const Inspector&) = delete;
  Inspector& operator=(const Inspector&) = delete;
  virtual ~Inspector() = default;

  virtual void show(PromptRequest request) = 0;
  /// The newest test wins; prompts go first.
  virtual void test(CellTest test) = 0;
  /// Goes before tests, and after prompts.
  virtual void look(AttentionRequest request) = 0;
  /// Everything that happened since the last call, oldest first.
  virtual std::vector<InspectorEvent> drain() = 0;
  /// Gives up reading and computing at the next tensor or layer.
  virtual void stop() = 0;
  virtual bool stopped() const = 0;
};

struct InspectorOptions {
  std::filesystem::path model;
  std::string dtype;  ///< empty: the device's choice
  std::string device = "auto";
  std::int64_t threads = 0;
};

/// Opens a model; returns at once. `wake` is called, from any thread, whenever there is something to drain.
using OpenInspector = std::function<std::unique_ptr<Inspector>(const InspectorOptions&, std::function<void()> wake)>;

}  // namespace variometer
