// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/model_inspector.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "core/analysis/attention_part.h"
#include "core/analysis/cell_test.h"
#include "core/analysis/model_tokenizer.h"
#include "core/analysis/open_model.h"
#include "core/analysis/pass_tap.h"
#include "core/analysis/token_loss.h"
#include "core/analysis/weight_summary.h"
#include "core/base/error.h"
#include "core/base/freed_memory.h"
#include "core/checkpoint/model_info.h"
#include "core/record/stored_inspector.h"
#include "core/text/sentences.h"

namespace variometer {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

constexpr std::ptrdiff_t kSentences = 32;  ///< a mean is taken over so many

/// Thrown to leave work nobody waits for any more.
struct GivenUp {};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

ModelFacts facts_of(const std::filesystem::path& path) {
  const ModelInfo info = read_model_info(path);
  if (!info.unsupported.empty()) throw file_error(info.unsupported);
  if (!info.config) throw file_error(path.string() + ": give the folder that holds config.json");
  ModelFacts facts;
  facts.path = path.string();
  facts.name = info.name;
  facts.family = info.family;
  for (const auto& [dtype, n] : info.dtypes) facts.stored += (facts.stored.empty() ? "" : ", ") + dtype;
  facts.tokenizer = info.tokenizer;
  facts.has_tokenizer = facts.has_bos = info.tokenizer == "bytes";
  facts.config = *info.config;
  facts.n_parameter = info.n_parameter;
  facts.n_tensor = info.n_tensor;
  facts.n_file = info.n_file;
  facts.bytes = info.bytes;
  if (info.is_checkpoint) facts.step = info.step;
  return facts;
}

class ModelInspector : public Inspector {
 public:
  ModelInspector(const InspectorOptions& options, std::function<void()> wake)
      : options_(options), wake_(std::move(wake)), thread_([this](const std::stop_token& stop) { work(stop); }) {}

  void show(PromptRequest request) override {
    const std::scoped_lock lock(mutex_);
    waiting_.insert_or_assign(request.slot, std::move(request));
    changed_.notify_one();
  }

  void test(CellTest test) override {
    const std::scoped_lock lock(mutex_);
    waiting_test_ = std::move(test);
    changed_.notify_one();
  }

  void look(AttentionRequest request) override {
    const std::scoped_lock lock(mutex_);
    if (request.pass) waiting_looks_.insert_or_assign(request.pass->request.slot, std::move(request));
    changed_.notify_one();
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

  void fail(int slot, std::int64_t serial, const std::string& message) {
    publish(InspectorFailure{slot, serial, first_line(message)});
  }

  /// What goes wrong with one question is said of it alone; the next is answered.
  template <class Work>
  void guarded(int slot, std::int64_t serial, const std::stop_token& stop, const char* no_memory, Work work) {
    try {
      work();
    } catch (const GivenUp&) {
      if (stop.stop_requested()) throw;
    } catch (const std::bad_alloc&) {
      fail(slot, serial, no_memory);
    } catch (const std::exception& error) {
      fail(slot, serial, error.what());
    }
  }

  void work(const std::stop_token& stop) {
    try {
      open(stop);
      while (const auto task = next(stop)) {
        std::visit([&](const auto& request) { answer(request, stop); }, *task);
      }
    } catch (const GivenUp&) {
    } catch (const std::bad_alloc&) {
      fail(/*slot=*/-1, /*serial=*/0, options_.model.string() + ": not enough memory for this model");
    } catch (const std::exception& error) {
      fail(/*slot=*/-1, /*serial=*/0, error.what());
    }
    model_.reset();
    return_freed_memory();
    stopped_ = true;
    if (wake_) wake_();
  }

  void open(const std::stop_token& stop) {
    const auto start = Clock::now();
    publish(LoadProgress{"headers", 0, 0, 0});
    facts_ = facts_of(options_.model);
    publish(facts_);
    const at::NoGradGuard no_grad;
    OpenOptions how{.device = options_.device, .dtype = options_.dtype, .threads = options_.threads};
    how.many_passes = true;
    how.loaded = [&](const Parameter& parameter, std::size_t n_done, std::size_t n_total) {
      if (stop.stop_requested()) throw GivenUp{};
      publish(summarise_weight(parameter.info, parameter.value));
      publish(LoadProgress{parameter.info.name, static_cast<std::int64_t>(n_done), static_cast<std::int64_t>(n_total),
                           seconds_since(start)});
    };
    model_.emplace(open_model(options_.model, how));
    facts_.device = model_->decoder.device().str();
    facts_.config = model_->decoder.config();
    tokenizer_ = model_->tokenizer;
    facts_.has_tokenizer = tokenizer_ != nullptr;
    facts_.has_bos = tokenizer_ && tokenizer_->bos();
    if (tokenizer_) facts_.tokenizer = tokenizer_->kind();
    publish(Opened{facts_, model_->warnings, seconds_since(start)});
  }

  using Task = std::variant<PromptRequest, AttentionRequest, CellTest>;

  /// The request that waits in the lowest slot, then the map, then the test; none: stop.
  std::optional<Task> next(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait(lock, stop, [this] { return !waiting_.empty() || !waiting_looks_.empty() || waiting_test_; })) {
      return std::nullopt;
    }
    if (waiting_.empty() && !waiting_looks_.empty()) {
      return std::move(waiting_looks_.extract(waiting_looks_.begin()).mapped());
    }
    if (waiting_.empty()) return *std::exchange(waiting_test_, std::nullopt);
    auto request = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    return request;
  }

  bool superseded(int slot) {
    const std::scoped_lock lock(mutex_);
    return waiting_.contains(slot);
  }

  void answer(const PromptRequest& request, const std::stop_token& stop) {
    guarded(request.slot, request.serial, stop, "not enough memory for a pass of this length; lower the context", [&] {
      auto pass = std::make_shared<InspectedPass>();
      pass->request = request;
      tokenise(*pass);
      publish(TokenizedPrompt{request.slot, pass->ids, pass->activation.token_texts, pass->special, pass->n_cut});
      compute(*pass, stop);
      publish(PassPtr(std::move(pass)));
    });
    return_freed_memory();  // a long text has taken some
  }

  void answer(const AttentionRequest& request, const std::stop_token& stop) {
    const std::int64_t serial = request.pass ? request.pass->request.serial : 0;
    guarded(kAttentionSlot, serial, stop, "not enough memory for this map", [&] {
      publish(AttentionPartPtr(std::make_shared<AttentionPart>(attention_part(model_->decoder, request))));
    });
    return_freed_memory();
  }

  void answer(const CellTest& test, const std::stop_token& stop) {
    guarded(kCellTestSlot, test.serial, stop, "not enough memory for this test; lower the context", [&] {
      CellTest whole = test;
      if (whole.value == CellTest::Value::mean && whole.calibration.empty()) whole.calibration = sentences(test.bos);
      publish(test_cells(model_->decoder, whole, [&] {
        if (stop.stop_requested() || superseded_test()) throw GivenUp{};
      }));
    });
  }

  bool superseded_test() {
    const std::scoped_lock lock(mutex_);
    return waiting_test_.has_value();
  }

  /// Plain English sentences, none twice, the same for every model and prompt, as the model's tokens.
  std::vector<std::vector<std::int32_t>> sentences(bool bos) const {
    if (!tokenizer_) throw usage_error("a mean is taken over sentences, and this model has no tokenizer to read them");
    std::vector<std::vector<std::int32_t>> all;
    const std::string text = make_sentences(/*seed=*/1, /*n_byte=*/8192);
    for (std::size_t begin = 0; std::ssize(all) < kSentences && begin < text.size();) {
      const std::size_t end = std::min(text.find_first_of(".!?", begin), text.size() - 1) + 1;
      auto ids = tokenizer_->encode_for_model(text.substr(begin, end - begin),
                                              bos ? Tokenizer::Bos::where_there_is_one : Tokenizer::Bos::none);
      ids.resize(std::min(ids.size(), static_cast<std::size_t>(model_->decoder.config().block_size)));
      if (!ids.empty() && std::ranges::find(all, ids) == all.end()) all.push_back(std::move(ids));
      begin = text.find_first_not_of(" \n", end);
    }
    return all;
  }

  /// A token that says nothing in a text: BOS, padding.
  bool is_special(std::int32_t id) const {
    const std::span<const std::int32_t> one(&id, 1);
    return tokenizer_ && tokenizer_->decode(one, SpecialTokens::leave_out).empty() &&
           !tokenizer_->decode(one, SpecialTokens::keep).empty();
  }

  void tokenise(InspectedPass& pass) const {
    const PromptRequest& request = pass.request;
    const ModelConfig& config = model_->decoder.config();
    pass.ids = request.ids;
    if (pass.ids.empty()) {
      if (!tokenizer_) {
        throw usage_error("this model has no tokenizer that can be used; type token ids, apart by spaces");
      }
      pass.ids = tokenizer_->encode_for_model(request.text,
                                              request.bos ? Tokenizer::Bos::where_there_is_one : Tokenizer::Bos::none);
    }
    if (pass.ids.empty()) throw usage_error("there are no tokens to show to the model; type some text, or put BOS on");
    const auto limit = request.context > 0 ? std::min(request.context, config.block_size) : config.block_size;
    pass.n_cut = std::max<std::int64_t>(0, static_cast<std::int64_t>(pass.ids.size()) - limit);
    pass.ids.resize(pass.ids.size() - static_cast<std::size_t>(pass.n_cut));
    require_in_vocabulary(pass.ids, config.vocab_size);
    pass.activation.token_texts = token_texts_of(pass.ids, tokenizer_.get());
    for (const auto id : pass.ids) pass.special.push_back(is_special(id));
  }

  void compute(InspectedPass& pass, const std::stop_token& stop) {
    const auto start = Clock::now();
    const at::NoGradGuard no_grad;
    Decoder& decoder = model_->decoder;
    auto rule = pass.request.rule;
    rule.max_tokens = std::max<std::int64_t>(rule.max_tokens, static_cast<std::int64_t>(pass.ids.size()));
    ActivationTap probe(decoder.config(), rule, decoder.switches,
                        {.attention = true,
                         .maps = true,
                         .dyt_alpha = decoder.switches.dyt ? dyt_alpha(decoder.parameters()) : std::vector<float>()});
    PassTap tap(probe, decoder.config(), pass, [&](std::int64_t layer) {
      if (stop.stop_requested() || superseded(pass.request.slot)) throw GivenUp{};
      publish(PassProgress{pass.request.slot, layer + 1, decoder.config().n_layer});
    });
    const auto device = decoder.device();
    const auto input = id_tensor(pass.ids).unsqueeze(0).to(device);
    const auto logits = decoder.logits(input, &tap);
    pass.dtype = dtype_name(logits.scalar_type());
    auto texts = std::move(pass.activation.token_texts);
    pass.activation = probe.snapshot();
    tap.add_shares(pass.activation);
    pass.activation.tokens = pass.ids;
    pass.activation.token_texts = std::move(texts);
    pass.hidden.tokens = pass.ids;
    const auto losses = token_losses(logits, input);
    pass.token_loss.assign(losses.begin(), losses.end());
    pass.activation.loss = static_cast<float>(mean_loss(losses));
    pass.seconds = seconds_since(start);
  }

  const InspectorOptions options_;
  const std::function<void()> wake_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<int, PromptRequest> waiting_;
  std::map<int, AttentionRequest> waiting_looks_;  ///< by the slot of the pass
  std::optional<CellTest> waiting_test_;
  std::vector<InspectorEvent> events_;
  std::atomic<bool> stopped_ = false;
  // The worker's own.
  ModelFacts facts_;
  std::optional<OpenModel> model_;
  TokenizerPtr tokenizer_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<Inspector> open_inspector(const InspectorOptions& options, std::function<void()> wake) {
  const auto ending = options.model.extension();
  if (ending == ".h5" || ending == ".hdf5") return open_stored_inspector(options.model, std::move(wake));
  return std::make_unique<ModelInspector>(options, std::move(wake));
}

}  // namespace variometer
