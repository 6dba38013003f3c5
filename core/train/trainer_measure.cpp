// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/base/error.h"
#include "core/base/utf8.h"
#include "core/train/sample.h"
#include "core/train/trainer.h"

namespace variometer {

std::vector<std::int32_t> Trainer::prompt_ids(const RunConfig& config) const {
  auto ids = corpus_->tokenizer->encode_for_model(config.probe.prompt, Tokenizer::Bos::where_there_is_one);
  ids.resize(std::min(ids.size(), static_cast<std::size_t>(config.model.block_size)));
  return ids;
}

void Trainer::require_prompt(const RunConfig& config) const {
  const auto ids = prompt_ids(config);
  if (ids.empty()) throw usage_error("probe.prompt: this tokenizer makes no token of it; give a longer text");
  for (const auto id : ids) {
    if (id >= 0 && id < config.model.vocab_size) continue;
    throw usage_error("probe.prompt: the tokenizer reads \"" + corpus_->tokenizer->token_text(id) + "\" as id " +
                      std::to_string(id) + ", the model's vocabulary has " + std::to_string(config.model.vocab_size));
  }
}

void Trainer::require_sample_prompt(const RunConfig& config) const {
  try {
    sample_start(*corpus_->tokenizer, config.train.sample_prompt, config.model.vocab_size);
  } catch (const Error& error) {
    throw usage_error(std::string("train.sample_prompt: ") + error.what());
  }
}

ActivationSnapshot Trainer::measure_prompt(ActivationTap::Wants wants, FramePtr* frame, HiddenStates* hidden) {
  const at::NoGradGuard no_grad;
  const auto ids = probe_ids();
  const at::Tensor input = to_device({ids.begin(), ids.end()}, 1);  // (1, T)
  wants.frame = wants.frame || frame != nullptr;
  wants.hidden = wants.hidden || hidden != nullptr;
  if (decoder_.switches.dyt) wants.dyt_alpha = dyt_alpha(decoder_.parameters());
  ActivationTap tap(config_.model, config_.probe, decoder_.switches, wants);
  const at::Tensor logits = decoder_.logits(input, &tap);  // (1, T, V)
  ActivationSnapshot snapshot = tap.snapshot();
  snapshot.tokens = ids;
  snapshot.token_texts = corpus_->tokenizer->token_texts(ids);
  if (const auto n = static_cast<std::int64_t>(ids.size()); n > 1) {
    // Each token but the first is predicted from those before it.
    snapshot.loss =
        at::cross_entropy_loss(logits.select(0, 0).slice(0, 0, n - 1).to(at::kFloat), input.select(0, 0).slice(0, 1))
            .item<float>();
  }
  if (frame != nullptr) {
    auto picture = tap.frame(step_);
    if (picture && picture->token_texts.empty()) {
      auto labelled = std::make_shared<Frame>(*picture);
      labelled->token_texts = snapshot.token_texts;
      picture = std::move(labelled);
    }
    *frame = std::move(picture);
  }
  if (hidden != nullptr) {
    *hidden = tap.hidden(step_);
    hidden->step = step_;
    hidden->tokens = ids;
  }
  return snapshot;
}

ActivationSnapshot Trainer::measure_held_batch() {
  const at::NoGradGuard no_grad;
  ActivationTap tap(config_.model, config_.probe, decoder_.switches, {});
  const at::Tensor loss =
      decoder_.loss(to_device(held_.ids, held_.n_sequence), to_device(held_.targets, held_.n_sequence), &tap);
  ActivationSnapshot snapshot = tap.snapshot();
  snapshot.loss = loss.item<float>();
  return snapshot;
}

WeightSnapshot Trainer::measure_weights_now() const {
  return measure_weights(decoder_.parameters(), config_.mitigations);
}

float Trainer::validation_loss() {
  if (corpus_->validation().empty()) return kNotMeasured;
  const at::NoGradGuard no_grad;
  // The same batches every time, so that the curve shows the model and not the draw.
  Batcher batcher(corpus_->validation(), corpus_->tokenizer->bos(), config_.train.batch_size, config_.model.block_size,
                  seed(2));
  double sum = 0;
  for (std::int64_t i = 0; i < config_.train.validation_batches; ++i) {
    const Batch batch = batcher.next();
    sum += decoder_.loss(to_device(batch.ids, batch.n_sequence), to_device(batch.targets, batch.n_sequence))
               .item<double>();
  }
  return static_cast<float>(sum / static_cast<double>(config_.train.validation_batches));
}

Sample Trainer::sample(const std::string& prompt, const std::function<bool(std::int32_t)>& on_token) {
  const std::string& start = prompt.empty() ? config_.train.sample_prompt : prompt;
  // Its own generator, seeded by the step: drawing text changes nothing in training.
  Random random(seed(4) + 16 * static_cast<std::uint64_t>(step_) * 0x9e3779b97f4a7c15U);
  std::string text;
  try {
    text =
        sample_text(decoder_, *corpus_->tokenizer, start, {.n_token = config_.train.sample_tokens}, random, on_token);
  } catch (const Error& error) {
    if (error.kind() != Error::Kind::run) throw;
    text = std::string("[no text: ") + error.what() + "]";  // a run that diverged goes on, and says so here too
  }
  return {printable_utf8(start), printable_utf8(text), config_.mitigations};
}

Preview Trainer::preview(const std::vector<Assignment>& assignments) {
  const auto begin = std::chrono::steady_clock::now();
  const RunConfig now = with(assignments);  // throws before anything is touched
  Preview preview;
  preview.assignments = assignments;
  const auto measure = [this](float& loss, float& top, std::vector<float>& layer_top) {
    loss = measure_held_batch().loss;
    for (const auto& layer : measure_prompt({}).layers) {
      layer_top.push_back(layer.top.empty() ? kNotMeasured : std::abs(layer.top.front().value));
    }
    top = layer_top.empty() ? kNotMeasured : *std::max_element(layer_top.begin(), layer_top.end());
  };
  measure(preview.loss_before, preview.top_before, preview.layer_top_before);

  // Only what a switch or TVR's first check can write into: the parameters of switches, and with TVR the blocks.
  std::vector<std::pair<std::size_t, at::Tensor>> written;
  for (std::size_t i = 0; i < decoder_.parameters().size(); ++i) {
    const auto& parameter = decoder_.parameters()[i];
    const bool rescaled = now.mitigations.tvr.enabled && parameter.info.layer >= 0;
    if (parameter.extra || rescaled) written.emplace_back(i, host_copy(parameter.value));
  }
  const auto put_back = [this, &written, switches = decoder_.switches, mitigation = mitigation_, config = config_,
                         extras = extras_in_use_] {
    const at::NoGradGuard no_grad;
    for (const auto& [i, value] : written) decoder_.parameters()[i].value.copy_(value);
    decoder_.switches = switches;
    mitigation_ = mitigation;
    config_ = config;
    extras_in_use_ = extras;
  };
  try {
    if (now.mitigations != config_.mitigations) change_to_mitigations(config_.mitigations, now.mitigations);
    config_ = now;
    if (now.mitigations.tvr.enabled) apply_tvr(decoder_, now.mitigations.tvr);
    measure(preview.loss_after, preview.top_after, preview.layer_top_after);
  } catch (...) {
    put_back();
    throw;
  }
  put_back();
  preview.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return preview;
}

}  // namespace variometer
