// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/cell_test.h"

#include <ATen/core/grad_mode.h>

#include <chrono>
#include <cmath>

#include "core/analysis/model_tokenizer.h"
#include "core/analysis/token_loss.h"
#include "core/base/error.h"
#include "core/base/massive_rule.h"
#include "core/kernels/tensor_statistics.h"
#include "core/model/decoder.h"

namespace variometer {
namespace {

/// Overwrites cells of one layer's output, if any, and keeps that output as it was, (T, C) float32.
class CellTap : public Tap {
 public:
  CellTap(std::int64_t layer, const std::function<void()>& between) : layer_(layer), between_(between) {}

  std::vector<CellTestResult::Change> changes;
  at::Tensor output;
  bool stop_there = false;

  /// Thrown where nothing after the layer is wanted.
  struct Enough {};

  void block_output(std::int64_t layer, const at::Tensor& h) override {
    if (layer == layer_) output = h.detach().select(0, 0).to(at::kCPU, at::kFloat).contiguous();
    if (between_) between_();
    if (layer == layer_ && stop_there) throw Enough{};
  }
  bool intervenes() const override { return !changes.empty(); }
  at::Tensor intervene(std::int64_t layer, const at::Tensor& h) override {
    if (layer != layer_) return h;
    const at::Tensor changed = h.clone();
    for (const auto& change : changes) {
      changed.select(0, 0).select(0, change.cell.token).select(0, change.cell.channel).fill_(change.after);
    }
    return changed;
  }

 private:
  const std::int64_t layer_;
  const std::function<void()>& between_;
};

at::Tensor input_of(const std::vector<std::int32_t>& ids, const at::Device& device) {
  return id_tensor(ids).unsqueeze(0).to(device);
}

/// |h| must be above this to be massive in one sequence's layer output.
float threshold_in(const at::Tensor& output, const MassiveRule& rule) {
  return rule.threshold(statistics({output}, 0).front().abs_median);
}

struct Sum {
  double total = 0;
  std::int64_t n = 0;
};

/// Sums of a channel over the calibration sequences: [0] first tokens, [1] others; all of them, and the massive ones.
struct ChannelSums {
  Sum all[2], massive[2];
};

void add_sequence(ChannelSums& sums, const at::Tensor& output, std::int64_t channel, float threshold) {
  const float* h = output.const_data_ptr<float>();
  for (std::int64_t t = 0; t < output.size(0); ++t) {
    const float value = h[t * output.size(1) + channel];
    const auto add = [&](Sum& sum) { sum.total += value, ++sum.n; };
    add(sums.all[t > 0]);
    if (std::fabs(value) > threshold) add(sums.massive[t > 0]);
  }
}

void require(const Decoder& decoder, const CellTest& test) {
  const ModelConfig& config = decoder.config();
  const auto n_token = static_cast<std::int64_t>(test.ids.size());
  if (n_token < 2) throw usage_error("a test needs a prompt of at least two tokens: the loss is of what follows");
  require_in_vocabulary(test.ids, config.vocab_size);
  if (test.layer < 0 || test.layer >= config.n_layer) {
    throw usage_error("there is no layer " + std::to_string(test.layer) + " in a model of " +
                      std::to_string(config.n_layer));
  }
  if (test.cells.empty()) throw usage_error("choose a cell to test");
  for (const auto& cell : test.cells) {
    if (cell.token >= 0 && cell.token < n_token && cell.channel >= 0 && cell.channel < config.n_embd) continue;
    throw usage_error("there is no cell at token " + std::to_string(cell.token) + ", channel " +
                      std::to_string(cell.channel) + " in " + std::to_string(n_token) + " tokens of " +
                      std::to_string(config.n_embd) + " channels");
  }
}

/// Fills in what the cells become.
void find_means(Decoder& decoder, const CellTest& test, const std::function<void()>& between,
                std::vector<CellTestResult::Change>& changes) {
  if (test.calibration.empty()) throw usage_error("a mean needs sentences to be taken over, and there are none");
  std::vector<ChannelSums> sums(changes.size());
  for (const auto& ids : test.calibration) {
    if (ids.empty()) continue;
    require_in_vocabulary(ids, decoder.config().vocab_size);
    CellTap tap(test.layer, between);
    tap.stop_there = true;
    try {
      decoder.hidden(input_of(ids, decoder.device()), &tap);
    } catch (const CellTap::Enough&) {
    }
    const float threshold = threshold_in(tap.output, MassiveRule(test.rule));
    for (std::size_t i = 0; i < changes.size(); ++i) {
      add_sequence(sums[i], tap.output, changes[i].cell.channel, threshold);
    }
  }
  for (std::size_t i = 0; i < changes.size(); ++i) {
    auto& change = changes[i];
    const bool later = change.cell.token > 0;
    const Sum& sum = change.massive ? sums[i].massive[later] : sums[i].all[later];
    if (sum.n == 0) {
      throw usage_error("channel " + std::to_string(change.cell.channel) + " of layer " + std::to_string(test.layer) +
                        " is never massive at a " + (later ? "later" : "first") + " token of the " +
                        std::to_string(test.calibration.size()) + " sentences: there is no mean to set");
    }
    change.n_mean = sum.n;
    change.after = static_cast<float>(sum.total / static_cast<double>(sum.n));
  }
}

}  // namespace

CellTestResult test_cells(Decoder& decoder, const CellTest& test, const std::function<void()>& between) {
  require(decoder, test);
  const auto start = std::chrono::steady_clock::now();
  const at::NoGradGuard no_grad;
  const at::Tensor input = input_of(test.ids, decoder.device());
  CellTestResult result;
  result.test = test;

  CellTap plain(test.layer, between);
  result.loss_before = mean_loss(token_losses(decoder.logits(input, &plain), input));
  const float threshold = threshold_in(plain.output, MassiveRule(test.rule));
  for (const auto& cell : test.cells) {
    const float value = plain.output.const_data_ptr<float>()[cell.token * plain.output.size(1) + cell.channel];
    result.changes.push_back({.cell = cell, .before = value, .massive = std::fabs(value) > threshold});
  }
  if (test.value == CellTest::Value::mean) find_means(decoder, test, between, result.changes);

  CellTap changed(test.layer, between);
  changed.changes = result.changes;
  result.loss_after = mean_loss(token_losses(decoder.logits(input, &changed), input));
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace variometer
