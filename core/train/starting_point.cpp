// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/starting_point.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <fstream>
#include <thread>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/freed_memory.h"
#include "core/checkpoint/hf_model.h"
#include "core/checkpoint/memory.h"
#include "core/checkpoint/model_info.h"
#include "core/checkpoint/run_tokenizer.h"
#include "core/checkpoint/stored_weights.h"
#include "core/kernels/tensor_statistics.h"
#include "core/model/family.h"
#include "core/model/layout.h"
#include "core/model/parameter_count.h"
#include "core/text/corpus.h"
#include "core/train/trainer.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

void ask(const StopAsked& stop) {
  if (stop && stop()) throw Cancelled();
}

/// Of a large model every so many layers, so that about this many weights are read.
constexpr double kWeightsToRead = 4e8;

WeightSpread measured_spread(const fs::path& model, const ModelConfig& config, const StopAsked& stop) {
  const auto store = std::make_shared<const TensorStore>(model);
  const Layout layout = layout_of(config);
  HfPlan plan = plan_hf_weights(*store, config, model.string());
  plan.warnings.clear();
  StoredWeights weights(store, config, std::move(plan), {.keep_tables = false});
  double n_block_weight = 0;
  std::int64_t n_matrix = 0;
  for (const ParameterSpec& spec : layout.parameters) {
    if (!spec.info.tvr_target) continue;
    ++n_matrix;
    n_block_weight += static_cast<double>(spec.info.shape[0]) * static_cast<double>(spec.info.shape[1]);
  }
  const auto every = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(n_block_weight / kWeightsToRead)));
  std::vector<double> stds;
  for (std::size_t i = 0; i < layout.parameters.size(); ++i) {
    const TensorInfo& info = layout.parameters[i].info;
    if (!info.tvr_target || info.layer % every != 0) continue;
    ask(stop);
    stds.push_back(std::sqrt(weight_moments({weights.load(i).to(at::kFloat)}).front().variance_unbiased));
  }
  WeightSpread spread = spread_of(std::move(stds));
  spread.n_matrix = n_matrix;
  return spread;
}

std::string number(double value) {
  RunConfig config;
  config.train.learning_rate = value;
  return get_field(config, "train.learning_rate");
}

std::string millions(std::int64_t n) {
  const auto tenths = static_cast<std::int64_t>(std::llround(static_cast<double>(n) / 1e5));
  if (tenths == 0) return std::to_string(n);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " M";
}

/// The largest power of two that is not above n.
std::int64_t power_of_two(std::int64_t n) {
  std::int64_t power = 1;
  while (power <= n / 2) power *= 2;
  return power;
}

double elapsed(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

StartModel read_start_model(const fs::path& path, const StopAsked& stop) {
  const ModelInfo info = read_model_info(path);
  if (!info.unsupported.empty()) throw file_error(info.unsupported);
  if (!info.config) {
    throw file_error(path.string() + ": there is no config.json that says what model it is; give a model's folder");
  }
  StartModel model;
  model.name = info.name;
  model.config = *info.config;
  model.n_parameter = count_parameters(model.config);
  const RunTokenizer tokenizer = tokenizer_of_model(path, model.config.vocab_size);
  model.tokenizer = tokenizer.tokenizer->kind();
  model.warnings = tokenizer.warnings;
  for (const auto& [on, name] : {std::pair{info.kv_bias, "KV bias"}, {info.dyt, "DyT"}}) {
    if (!on) continue;
    model.warnings.push_back(std::string(name) + " was on in this model; a run that starts from its weights begins " +
                             "without it and does not compute the same. Go on from the checkpoint instead");
  }
  ask(stop);
  model.spread = measured_spread(path, model.config, stop);
  return model;
}

TextLength read_text_length(const DataConfig& data, const fs::path& model, std::int64_t vocab_size) {
  const RunTokenizer tokenizer = model.empty() ? bytes_for_run() : tokenizer_of_model(model, vocab_size);
  check_corpus(data, 1);
  constexpr std::size_t kPart = std::size_t{256} << 10U;
  TextLength length;
  if (data.corpus.empty()) {
    const auto corpus = load_corpus(data, 2);
    length.n_byte = static_cast<std::int64_t>(corpus->text.size());
    const std::string part = corpus->text.substr(0, kPart);
    const auto n = tokenizer.is_bytes() ? part.size()
                                        : tokenizer.tokenizer->encode(part, SpecialTokens::leave_out).size();
    length.exact = tokenizer.is_bytes();
    length.n_token = static_cast<std::int64_t>(static_cast<double>(n) / static_cast<double>(part.size()) *
                                               static_cast<double>(length.n_byte));
    return length;
  }
  if (!fs::is_regular_file(data.corpus)) return length;  // a pipe: its end is not known
  length.n_byte = static_cast<std::int64_t>(fs::file_size(data.corpus));
  if (tokenizer.is_bytes()) {
    length.n_token = length.n_byte;
    return length;
  }
  std::ifstream file(data.corpus, std::ios::binary);
  std::string part(std::min(kPart, static_cast<std::size_t>(length.n_byte)), '\0');
  file.read(part.data(), static_cast<std::streamsize>(part.size()));
  part.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
  if (part.empty()) throw file_error(data.corpus + " cannot be read");
  const auto n = tokenizer.tokenizer->encode(part, SpecialTokens::leave_out).size();
  length.exact = part.size() == static_cast<std::size_t>(length.n_byte);
  length.n_token = static_cast<std::int64_t>(static_cast<double>(n) / static_cast<double>(part.size()) *
                                             static_cast<double>(length.n_byte));
  return length;
}

std::vector<Proposal> propose(const StartModel& model, const RunConfig& given, const std::optional<TextLength>& text,
                              double memory) {
  std::vector<Proposal> all;
  RunConfig config = given;
  config.model = model.config;
  const bool on_gpu = config.train.device.starts_with("cuda");

  const std::int64_t usual = on_gpu ? 1024 : 256;
  std::int64_t context = std::min(model.config.block_size, usual);
  std::string reason = context == model.config.block_size
                           ? "the model's own limit"
                           : "of the model's " + std::to_string(model.config.block_size) +
                                 "; longer contexts take more memory and time for the same text";
  if (text && text->n_token > 0) {
    const auto n_train = static_cast<std::int64_t>(static_cast<double>(text->n_token) *
                                                   (1 - config.data.validation_fraction));
    // Sixteen places to begin at least, or the batches are all the same text.
    const std::int64_t longest = std::max<std::int64_t>(2, power_of_two(std::max<std::int64_t>(n_train / 16, 2)));
    if (longest < context) {
      context = longest;
      reason = "the text has only " + std::string(text->exact ? "" : "about ") + std::to_string(text->n_token) +
               " tokens: a sixteenth of it";
    }
  }
  config.model.block_size = context;
  all.push_back({"model.block_size", std::to_string(context), reason});

  const std::int64_t tokens = on_gpu ? 16384 : 1024;
  std::int64_t batch = std::clamp<std::int64_t>(tokens / context, 1, 64);
  reason = "about " + std::to_string(batch * context) + " tokens an update";
  config.train.batch_size = batch;
  while (memory > 0 && batch > 1 && run_memory(resolved(config)).total() > 0.7 * memory) {
    batch /= 2;
    config.train.batch_size = batch;
    reason = "as many as fit into the memory that is free";
  }
  all.push_back({"train.batch_size", std::to_string(batch), reason});

  if (model.spread.n_measured > 0) {
    // AdamW moves a weight by about the rate: a thousandth of its usual size an update, as for tuning large models.
    const double rate = rounded_to(std::clamp(model.spread.median / 1000, 1e-6, 3e-3), 1);
    const std::string why = "a thousandth of the weights' median std " + number(rounded_to(model.spread.median, 3)) +
                            ": trained weights (" + millions(model.n_parameter) +
                            " parameters) are moved gently, not as fresh ones";
    all.push_back({"train.learning_rate", number(rate), why});
    all.push_back({"train.min_learning_rate", number(rounded_to(rate / 10, 1)), "a tenth of the learning rate"});
    const auto& spread = model.spread;
    all.push_back({"tvr.target_std", number(proposed_tvr_target(model.config, spread)),
                   tvr_target_reason(model.config, spread) + ", measured over " + std::to_string(spread.n_measured) +
                       " of " + std::to_string(spread.n_matrix) + " matrices"});
  }
  if (config.train.steps < 10 * config.train.warmup_steps) {
    all.push_back({"train.warmup_steps", std::to_string(config.train.steps / 10), "a tenth of the updates"});
  }
  return all;
}

RunMemory run_memory(const RunConfig& config) {
  const ModelConfig& m = config.model;
  const auto options = family_options(m);
  const auto d = [](std::int64_t n) { return static_cast<double>(n); };
  RunMemory memory;
  const double n = d(count_parameters(m));
  memory.weights = 4 * n;
  memory.gradients = 4 * n;
  memory.moments = 8 * n;  // AdamW's two
  // What the backward pass reads again, per token and layer; then the logits and their gradient.
  const double tokens = d(config.train.batch_size) * d(m.block_size);
  const double inner = (options.mlp == MlpKind::plain ? 2 : 4) * d(m.n_inner);
  const double heads = 2 * d(m.n_head + 2 * m.n_kv_head) * d(m.head_dim);
  memory.activations = 4 * tokens * (d(m.n_layer) * (6 * d(m.n_embd) + heads + inner) + 2 * d(m.vocab_size));
  const std::string& device = config.train.device;
  const bool on_cpu = device == "cpu" || (device == "auto" && choose_device(device).is_cpu());
  if (on_cpu) memory.available = static_cast<double>(available_memory());
  return memory;
}

std::optional<double> measure_update(const RunConfig& given, const StopAsked& stop) {
  RunConfig config = resolved(given);
  config.data = {};  // the built-in sentences: every model can be shown bytes
  config.probe.enabled = false;
  config.model.vocab_size = std::max<std::int64_t>(config.model.vocab_size, 257);
  const std::int64_t n_layer = config.model.n_layer;
  // The time of a layer is a difference of two times, multiplied by the number of layers: over several layers, and of
  // the best of several updates each, a program that takes the processor meanwhile weighs little in it.
  constexpr int kLeast = 2;
  constexpr std::int64_t kManyLayers = 6;
  const auto seconds_with = [&](std::int64_t layers) {
    RunConfig cut = config;
    cut.model.n_layer = layers;
    const RunMemory memory = run_memory(cut);
    if (!memory.fits()) throw Cancelled();
    ask(stop);
    Trainer trainer(cut, load_corpus(cut.data, cut.model.block_size), choose_device(cut.train));
    trainer.update({});  // memory is allocated, pages are touched
    double best = 0, spent = 0;
    for (int i = 0; i < 5 && (i < kLeast || spent < 0.5); ++i) {
      ask(stop);
      const auto begin = std::chrono::steady_clock::now();
      trainer.update({});
      const double seconds = elapsed(begin);
      best = i == 0 ? seconds : std::min(best, seconds);
      spent += seconds;
    }
    return best;
  };
  std::optional<double> seconds;
  std::exception_ptr failure;
  // LibTorch's pools belong to the thread that starts them: a thread of its own leaves the caller's alone.
  std::jthread([&] {
    try {
      const double one = seconds_with(1);
      const std::int64_t many = std::min(n_layer, kManyLayers);
      const double of_many = many > 1 ? seconds_with(many) : one;
      const double of_a_layer = many > 1 ? std::max(of_many - one, 0.0) / static_cast<double>(many - 1) : 0.0;
      seconds = of_many + static_cast<double>(n_layer - many) * of_a_layer;
    } catch (...) {
      failure = std::current_exception();
    }
    return_freed_memory();
  }).join();
  if (failure) {
    try {
      std::rethrow_exception(failure);
    } catch (const Cancelled&) {
      if (stop && stop()) throw;
      return std::nullopt;
    } catch (const Error&) {
      return std::nullopt;  // one layer alone is not always a model; the run itself says what is wrong
    }
  }
  return seconds;
}

}  // namespace variometer
