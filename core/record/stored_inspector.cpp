// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/stored_inspector.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <limits>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <span>
#include <thread>

#include "core/base/error.h"
#include "core/base/freed_memory.h"
#include "core/record/record_reader.h"

namespace variometer {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

constexpr std::size_t kTop = 3;               ///< largest of a layer, where the record has none
constexpr std::int64_t kQueriesAtOnce = 256;  ///< read of an attention map

/// Thrown to leave work nobody waits for any more.
struct GivenUp {};

/// "<bos>" and its like, which say nothing in a text.
bool looks_special(const std::string& text) { return text.size() > 2 && text.front() == '<' && text.back() == '>'; }

bool larger(const ActivationPlace& a, const ActivationPlace& b) { return std::fabs(a.value) > std::fabs(b.value); }

/// What the views need of a layer and the record may not have: maxima leave out what is not finite, as they do when
/// they are measured.
void complete(LayerActivation& measured, std::span<const float> h, std::int64_t layer, std::int64_t n_token,
              std::int64_t n_channel) {
  measured.token_max.assign(static_cast<std::size_t>(n_token), 0);
  measured.channel_max.assign(static_cast<std::size_t>(n_channel), 0);
  measured.non_finite = 0;
  std::vector<float> sizes;
  std::vector<ActivationPlace> top;
  for (std::int64_t t = 0; t < n_token; ++t) {
    for (std::int64_t c = 0; c < n_channel; ++c) {
      const float value = h[static_cast<std::size_t>(t * n_channel + c)], size = std::fabs(value);
      if (!std::isfinite(value)) {
        ++measured.non_finite;
        continue;
      }
      sizes.push_back(size);
      float& of_token = measured.token_max[static_cast<std::size_t>(t)];
      float& of_channel = measured.channel_max[static_cast<std::size_t>(c)];
      of_token = std::max(of_token, size);
      of_channel = std::max(of_channel, size);
      if (top.size() == kTop && size <= std::fabs(top.back().value)) continue;
      const ActivationPlace place{.value = value,
                                  .layer = static_cast<std::int32_t>(layer),
                                  .token = static_cast<std::int32_t>(t),
                                  .channel = static_cast<std::int32_t>(c)};
      top.insert(std::upper_bound(top.begin(), top.end(), place, larger), place);
      if (top.size() > kTop) top.pop_back();
    }
  }
  if (!measured.top.empty()) return;  // measured
  measured.median = kNotMeasured;
  if (sizes.empty()) return;
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>((sizes.size() - 1) / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  measured.median = *middle;
  for (ActivationPlace& place : top) place.ratio = std::fabs(place.value) / measured.median;
  measured.top = std::move(top);
  measured.ratio = measured.top.front().ratio;
}

/// Every row is a sequence with its hidden states: a run has many more steps than were looked at.
bool holds_snapshots_only(const RecordReader& reader) {
  return reader.n_hidden() > 0 && reader.n_hidden() == reader.n_snapshot();
}

class StoredInspector : public Inspector {
 public:
  StoredInspector(std::filesystem::path path, std::function<void()> wake)
      : path_(std::move(path)), wake_(std::move(wake)), thread_([this](const std::stop_token& stop) { work(stop); }) {}

  void show(PromptRequest request) override {
    const std::scoped_lock lock(mutex_);
    waiting_.insert_or_assign(request.slot, std::move(request));
    changed_.notify_one();
  }

  void look(AttentionRequest request) override {
    const std::scoped_lock lock(mutex_);
    if (request.pass) waiting_looks_.insert_or_assign(request.pass->request.slot, std::move(request));
    changed_.notify_one();
  }

  void test(CellTest test) override {
    publish(InspectorFailure{kCellTestSlot, test.serial,
                             "a file of stored passes holds no model; open the model to test a cell"});
  }

  std::vector<InspectorEvent> drain() override {
    const std::scoped_lock lock(mutex_);
    return std::exchange(events_, {});
  }

  void stop() override { thread_.request_stop(); }
  bool stopped() const override { return stopped_; }

 private:
  void publish(InspectorEvent event) {
    {
      const std::scoped_lock lock(mutex_);
      events_.push_back(std::move(event));
    }
    if (wake_) wake_();
  }

  template <class Work>
  void guarded(int slot, std::int64_t serial, const std::stop_token& stop, Work work) {
    try {
      work();
    } catch (const GivenUp&) {
      if (stop.stop_requested()) throw;
    } catch (const std::bad_alloc&) {
      publish(InspectorFailure{slot, serial, path_.string() + ": not enough memory for this pass"});
    } catch (const std::exception& error) {
      publish(InspectorFailure{slot, serial, error.what()});
    }
    return_freed_memory();
  }

  void work(const std::stop_token& stop) {
    try {
      open(stop);
      while (const auto task = next(stop)) {
        std::visit([&](const auto& request) { answer(request, stop); }, *task);
      }
    } catch (const GivenUp&) {
    } catch (const std::bad_alloc&) {
      publish(InspectorFailure{-1, 0, path_.string() + ": not enough memory to read it"});
    } catch (const std::exception& error) {
      publish(InspectorFailure{-1, 0, error.what()});
    }
    reader_.reset();
    measured_.clear();
    return_freed_memory();
    stopped_ = true;
    if (wake_) wake_();
  }

  void open(const std::stop_token& stop) {
    const auto start = Clock::now();
    publish(LoadProgress{"headers", 0, 0, 0});
    reader_.emplace(path_);
    steps_ = reader_->hidden_steps();
    if (steps_.empty()) {
      throw file_error(path_.string() + ": it holds no hidden states to look into; inspect --out writes such a file");
    }
    const std::shared_ptr<const WeightSnapshot> weights = read_measurements(stop);
    const ModelFacts facts = facts_of();
    publish(facts);
    if (weights) publish_weights(*weights);
    publish(Opened{facts, {}, seconds_since(start)});
  }

  /// What was measured at the steps of the hidden states, and the last weights.
  std::shared_ptr<const WeightSnapshot> read_measurements(const std::stop_token& stop) {
    std::shared_ptr<const WeightSnapshot> weights;
    for (;;) {
      if (stop.stop_requested()) throw GivenUp{};
      const auto some = reader_->next(256);
      if (some.empty()) return weights;
      for (const SnapshotPtr& snapshot : some) {
        if (snapshot->weights) weights = snapshot->weights;
        if (snapshot->probe && std::ranges::find(steps_, snapshot->step) != steps_.end()) {
          measured_[snapshot->step] = snapshot->probe;
        }
      }
    }
  }

  ModelFacts facts_of() const {
    const RunInfo& info = reader_->info();
    ModelFacts facts;
    facts.path = path_.string();
    facts.name = info.name;
    facts.family = info.config.model.family;
    facts.stored = info.dtype;
    facts.device = info.device;
    facts.tokenizer = "stored tokens";
    facts.has_tokenizer = facts.has_bos = false;
    facts.config = info.config.model;
    facts.n_parameter = info.n_parameter;
    facts.n_tensor = std::ssize(info.tensors);
    facts.n_file = 1;
    std::error_code none;
    facts.bytes = std::filesystem::file_size(path_, none);
    const bool snapshot = holds_snapshots_only(*reader_);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      facts.stored_passes.push_back(snapshot ? "sequence " + std::to_string(i) : "step " + std::to_string(steps_[i]));
    }
    return facts;
  }

  void publish_weights(const WeightSnapshot& weights) {
    const auto& tensors = reader_->info().tensors;
    for (std::size_t i = 0; i < std::min(tensors.size(), weights.tensors.size()); ++i) {
      auto summary = std::make_shared<WeightSummary>();
      summary->info = tensors[i];
      summary->count = std::accumulate(tensors[i].shape.begin(), tensors[i].shape.end(), std::int64_t{1},
                                       std::multiplies<>());
      summary->mean = weights.tensors[i].mean;
      summary->std = weights.tensors[i].std;
      summary->abs_max = weights.tensors[i].abs_max;
      summary->abs_median = kNotMeasured;
      summary->skewness = summary->kurtosis = std::numeric_limits<double>::quiet_NaN();
      publish(WeightSummaryPtr(std::move(summary)));
    }
  }

  using Task = std::variant<PromptRequest, AttentionRequest>;

  std::optional<Task> next(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return !waiting_.empty() || !waiting_looks_.empty(); })) {
      return std::nullopt;
    }
    if (waiting_.empty()) return std::move(waiting_looks_.extract(waiting_looks_.begin()).mapped());
    return std::move(waiting_.extract(waiting_.begin()).mapped());
  }

  bool superseded(int slot) {
    const std::scoped_lock lock(mutex_);
    return waiting_.contains(slot);
  }

  void answer(const PromptRequest& request, const std::stop_token& stop) {
    guarded(request.slot, request.serial, stop, [&] {
      const auto start = Clock::now();
      auto pass = std::make_shared<InspectedPass>();
      pass->request = request;
      pass->request.text.clear();
      pass->request.ids.clear();
      const auto index = std::clamp<std::int64_t>(request.stored_pass, 0, std::ssize(steps_) - 1);
      pass->request.stored_pass = index;
      pass->dtype = reader_->info().dtype;
      read_states(*pass, index);
      publish(TokenizedPrompt{request.slot, pass->ids, pass->activation.token_texts, pass->special, 0});
      read_attention(*pass, stop);
      pass->seconds = seconds_since(start);
      publish(PassPtr(std::move(pass)));
    });
  }

  void read_states(InspectedPass& pass, std::int64_t index) {
    pass.hidden = reader_->states(index);
    pass.ids = pass.hidden.tokens;
    const auto found = measured_.find(pass.hidden.step);
    if (found != measured_.end()) pass.activation = *found->second;
    pass.activation.tokens = pass.ids;
    auto& texts = pass.activation.token_texts;
    for (std::size_t t = texts.size(); t < pass.ids.size(); ++t) texts.push_back(std::to_string(pass.ids[t]));
    texts.resize(pass.ids.size());
    for (const std::string& text : texts) {
      const bool special = looks_special(text);
      pass.special.push_back(special);
      if (!special) pass.request.text += text;
    }
    pass.activation.layers.resize(static_cast<std::size_t>(pass.hidden.n_layer));
    for (std::int64_t l = 0; l < pass.hidden.n_layer; ++l) {
      complete(pass.activation.layers[static_cast<std::size_t>(l)], pass.layer(l), l, pass.hidden.n_token,
               pass.hidden.n_channel);
    }
  }

  void read_attention(InspectedPass& pass, const std::stop_token& stop) {
    const StoredAttention stored = reader_->attention_of(pass.hidden);
    if (stored.row < 0) return;
    AttentionMaps& maps = pass.attention;
    maps.n_layer = pass.hidden.n_layer;
    maps.n_head = stored.n_head;
    maps.n_query = stored.n_query;
    maps.n_key = stored.n_key;
    maps.slot = stored.slot;
    maps.reserve(pass.request.attention_cells);
    for (std::int64_t layer = 0; layer < maps.n_layer; ++layer) {
      if (stop.stop_requested() || superseded(pass.request.slot)) throw GivenUp{};
      for (std::int64_t first = 0; first < maps.n_query; first += kQueriesAtOnce) {
        const std::int64_t n = std::min(kQueriesAtOnce, maps.n_query - first);
        maps.add_rows(layer, -1, first, n, maps.n_key,
                      mean_of(stored, layer, first, n, [&](std::int64_t head, const std::vector<float>& cells) {
                        maps.add_rows(layer, head, first, n, maps.n_key, cells.data());
                      }).data());
      }
      publish(PassProgress{pass.request.slot, layer + 1, maps.n_layer});
    }
  }

  /// The mean over heads of some queries; `each` sees every head.
  std::vector<float> mean_of(const StoredAttention& stored, std::int64_t layer, std::int64_t first, std::int64_t n,
                             const std::function<void(std::int64_t, const std::vector<float>&)>& each = {}) {
    std::vector<double> sums(static_cast<std::size_t>(n * stored.n_key));
    for (std::int64_t head = 0; head < stored.n_head; ++head) {
      const auto cells = reader_->attention(stored, layer, head, first, n);
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += static_cast<double>(cells[i]);
      if (each) each(head, cells);
    }
    std::vector<float> mean(sums.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
      mean[i] = static_cast<float>(sums[i] / static_cast<double>(stored.n_head));
    }
    return mean;
  }

  void answer(const AttentionRequest& request, const std::stop_token& stop) {
    guarded(kAttentionSlot, request.pass->request.serial, stop, [&] {
      const auto start = Clock::now();
      const StoredAttention stored = reader_->attention_of(request.pass->hidden);
      if (stored.row < 0) throw file_error(path_.string() + ": no attention maps were stored");
      const auto rows = request.head < 0 ? mean_of(stored, request.layer, request.first_query, request.n_query)
                                         : reader_->attention(stored, request.layer, request.head,
                                                              request.first_query, request.n_query);
      AttentionPart part;
      part.of = request;
      for (std::int64_t q = 0; q < request.n_query; ++q) {
        const auto row = rows.begin() + static_cast<std::ptrdiff_t>(q * stored.n_key + request.first_key);
        part.cells.insert(part.cells.end(), row, row + static_cast<std::ptrdiff_t>(request.n_key));
      }
      part.seconds = seconds_since(start);
      publish(AttentionPartPtr(std::make_shared<AttentionPart>(std::move(part))));
    });
  }

  const std::filesystem::path path_;
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<int, PromptRequest> waiting_;
  std::map<int, AttentionRequest> waiting_looks_;
  std::vector<InspectorEvent> events_;
  std::atomic<bool> stopped_ = false;
  // The worker's own.
  std::optional<RecordReader> reader_;
  std::vector<std::int64_t> steps_;  ///< of each hidden state
  std::map<std::int64_t, std::shared_ptr<const ActivationSnapshot>> measured_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Inspector> open_stored_inspector(const std::filesystem::path& path, std::function<void()> wake) {
  return std::make_unique<StoredInspector>(path, std::move(wake));
}

bool is_snapshot_file(const std::filesystem::path& path) {
  const RecordReader reader(path);
  return holds_snapshots_only(reader);
}

}  // namespace variometer
