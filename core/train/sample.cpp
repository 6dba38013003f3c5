// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/sample.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/text/byte_tokenizer.h"
#include "core/text/hf_tokenizer.h"

namespace variometer {
namespace {

/// A model whose numbers broke down. A logit of -infinity is a token that is never drawn, and sound.
bool can_be_drawn_from(const float* logits, std::size_t n) {
  const auto ruins = [](float x) { return std::isnan(x) || x == std::numeric_limits<float>::infinity(); };
  const auto is_sound = [](float x) { return std::isfinite(x); };
  return std::none_of(logits, logits + n, ruins) && std::any_of(logits, logits + n, is_sound);
}

/// Draws one of `logits` (n of them).
std::int32_t draw(const float* logits, std::size_t n, const SampleOptions& options, Random& random) {
  std::vector<std::int32_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  const auto likelier = [&](std::int32_t a, std::int32_t b) {
    return logits[a] != logits[b] ? logits[a] > logits[b] : a < b;
  };
  if (options.temperature <= 0) return *std::min_element(order.begin(), order.end(), likelier);
  if (options.top_k > 0 && static_cast<std::size_t>(options.top_k) < n) {
    const auto k = static_cast<std::ptrdiff_t>(options.top_k);
    std::nth_element(order.begin(), order.begin() + k, order.end(), likelier);
    order.resize(static_cast<std::size_t>(options.top_k));
    std::sort(order.begin(), order.end());
  }
  const float largest = *std::max_element(logits, logits + n);
  double sum = 0;
  std::vector<double> cumulative;
  cumulative.reserve(order.size());
  for (const std::int32_t id : order) {
    sum += std::exp((static_cast<double>(logits[id]) - largest) / options.temperature);
    cumulative.push_back(sum);
  }
  const double target = random.uniform() * sum;
  const auto found = std::upper_bound(cumulative.begin(), cumulative.end(), target);
  return order[std::min(static_cast<std::size_t>(found - cumulative.begin()), order.size() - 1)];
}

}  // namespace

std::vector<std::int32_t> sample_ids(Decoder& decoder, std::vector<std::int32_t> ids, bool keeps_first,
                                     std::int64_t n_choice, const SampleOptions& options, Random& random,
                                     const std::function<bool(std::int32_t)>& on_token) {
  const at::NoGradGuard no_grad;
  const auto n_context = static_cast<std::size_t>(decoder.config().block_size);
  const std::size_t n_prompt = ids.size(), n_kept = keeps_first ? 1 : 0;
  for (std::int64_t i = 0; i < options.n_token; ++i) {
    // BOS stands before every sequence the model was trained on, so the window keeps it and slides behind it.
    const std::size_t n_text = std::min(ids.size() - n_kept, n_context - n_kept);
    std::vector<std::int64_t> window(ids.begin(), ids.begin() + static_cast<std::ptrdiff_t>(n_kept));
    window.insert(window.end(), ids.end() - static_cast<std::ptrdiff_t>(n_text), ids.end());
    const at::Tensor input = at::tensor(window, at::kLong).unsqueeze(0).to(decoder.device());  // (1, T)
    const at::Tensor logits =
        decoder.logits(input).select(0, 0).select(0, -1).slice(0, 0, n_choice).to(at::kCPU, at::kFloat).contiguous();
    const float* row = logits.const_data_ptr<float>();
    const auto n = static_cast<std::size_t>(logits.numel());
    if (!can_be_drawn_from(row, n)) {
      throw run_error(
          "the model's logits are not finite (NaN or infinity), so it cannot write a text; its weights are " +
          std::string("broken, or its training diverged"));
    }
    ids.push_back(draw(row, n, options, random));
    if (on_token && !on_token(ids.back())) break;
  }
  return {ids.begin() + static_cast<std::ptrdiff_t>(n_prompt), ids.end()};
}

SampleStart sample_start(const Tokenizer& tokenizer, const std::string& prompt, std::int64_t vocab_size) {
  const bool bytes = tokenizer.kind() == "bytes";
  SampleStart start;
  start.ids = tokenizer.encode_for_model(prompt, Tokenizer::Bos::where_there_is_one);
  start.keeps_first = tokenizer.bos() && !start.ids.empty() && start.ids.front() == *tokenizer.bos();
  if (start.ids.empty()) {
    if (!tokenizer.eos()) throw usage_error("this model has no BOS to begin with; give it a prompt");
    start.ids.push_back(*tokenizer.eos());
  }
  for (const auto id : start.ids) {
    if (id < 0 || id >= vocab_size) {
      throw file_error("the tokenizer has id " + std::to_string(id) + ", the model's vocabulary only " +
                       std::to_string(vocab_size));
    }
  }
  start.n_choice = bytes ? std::min<std::int64_t>(vocab_size, kBosToken) : vocab_size;
  start.ends = ends_of(tokenizer);
  return start;
}

std::string sample_text(Decoder& decoder, const Tokenizer& tokenizer, const std::string& prompt,
                        const SampleOptions& options, Random& random,
                        const std::function<bool(std::int32_t)>& on_token) {
  auto start = sample_start(tokenizer, prompt, decoder.config().vocab_size);
  auto ids = sample_ids(
      decoder, std::move(start.ids), start.keeps_first, start.n_choice, options, random,
      [&](std::int32_t token) { return !start.ends_with(token) && (!on_token || on_token(token)); });
  if (!ids.empty() && start.ends_with(ids.back())) ids.pop_back();
  return tokenizer.decode(ids, SpecialTokens::leave_out);
}

}  // namespace variometer
