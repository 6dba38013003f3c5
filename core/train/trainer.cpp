// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/trainer.h"

#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/stack.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <optional>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/model/init.h"
#include "core/train/schedule.h"

namespace variometer {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// Passes everything on and adds up the time that takes.
class TimedTap : public Tap {
 public:
  explicit TimedTap(Tap& inner) : inner_(inner) {}
  void block_output(std::int64_t layer, const at::Tensor& h) override {
    const auto begin = Clock::now();
    inner_.block_output(layer, h);
    seconds_ += seconds_since(begin);
  }
  double seconds() const { return seconds_; }

 private:
  Tap& inner_;
  double seconds_ = 0;
};

/// Finds the first layer whose output is not finite.
class NonFiniteTap : public Tap {
 public:
  void block_output(std::int64_t layer, const at::Tensor& h) override {
    if (first < 0 && !at::isfinite(h).all().item<bool>()) first = layer;
  }
  std::int64_t first = -1;
};

std::string in_words(float not_finite) { return std::isnan(not_finite) ? "not a number" : "infinite"; }

/// A run can be repeated bit for bit. On CUDA that takes LibTorch's own deterministic forms (attention's backward pass
/// adds up in the order of arrival otherwise), and for cuBLAS a variable that must be set before the first product:
/// where the program did not set it (app/cli_process.cpp), LibTorch would refuse to multiply. The way out for a model
/// with an operator that has no such form is train.deterministic = false.
void make_repeatable(const at::Device& device, bool wanted) {
  if (!device.is_cuda()) return;
  if (!wanted || std::getenv("CUBLAS_WORKSPACE_CONFIG") == nullptr) {
    at::globalContext().setDeterministicAlgorithms(false, /*warn_only=*/false);  // another run may have set it
    return;
  }
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  at::globalContext().setDeterministicFillUninitializedMemory(false);  // a pass over every new tensor, for nothing
}

at::ScalarType compute_type(const TrainConfig& train) { return train.dtype == "bfloat16" ? at::kBFloat16 : at::kFloat; }

}  // namespace

Trainer::Trainer(const RunConfig& config, std::shared_ptr<const Corpus> corpus, const at::Device& device)
    : began_(config),
      config_(config),
      corpus_(std::move(corpus)),
      device_(device),
      decoder_(config.model, device, compute_type(config.train)),
      optimizer_(decoder_.parameters()),
      batcher_(corpus_->train(), corpus_->tokenizer->bos(), config.train.batch_size, config.model.block_size, seed(1)),
      rescaled_since_(decoder_.parameters().size(), false) {
  make_repeatable(device, config.train.deterministic);
  began_.data.sha256 = config_.data.sha256 = corpus_->sha256;
  require_prompt(config_);
  const bool validated = !corpus_->validation().empty();
  held_ = Batcher(validated ? corpus_->validation() : corpus_->train(), corpus_->tokenizer->bos(),
                  config.train.batch_size, config.model.block_size, seed(2))
              .next();
  initialise(decoder_, config.init, seed(0));
  change_to_mitigations({}, config.mitigations);
}

std::uint64_t Trainer::seed(std::uint64_t stream) const {
  // Streams: 0 weights, 1 batches, 2 held batch, 3 k_bias and v_bias, 4 text samples.
  return static_cast<std::uint64_t>(began_.train.seed) * 16 + stream;
}

std::int64_t Trainer::tokens_per_update() const {
  return began_.train.batch_size * began_.train.grad_accumulation * began_.model.block_size;
}

at::Tensor Trainer::to_device(const std::vector<std::int64_t>& ids, std::int64_t rows) const {
  // Here, for every device alike: on a GPU nobody would notice a target that is no token of the model's, and an input
  // that is none ends the process.
  for (const auto id : ids) {
    if (id >= 0 && id < config_.model.vocab_size) continue;
    throw file_error(corpus_->name + ": the tokenizer reads \"" +
                     corpus_->tokenizer->token_text(static_cast<std::int32_t>(id)) + "\" as id " + std::to_string(id) +
                     ", the model's vocabulary has " + std::to_string(config_.model.vocab_size) +
                     "; does the tokenizer belong to this model?");
  }
  // from_blob does not own `ids`: clone even where no transfer happens.
  const auto n = static_cast<std::int64_t>(ids.size());
  auto* data = const_cast<std::int64_t*>(ids.data());
  const at::Tensor here = at::from_blob(data, {rows, n / rows}, at::TensorOptions().dtype(at::kLong));
  if (device_.is_cpu()) return here.clone();
  // From pinned memory nothing is waited for: the forward pass is queued while the last update still runs.
  return here.pin_memory().to(device_, at::kLong, /*non_blocking=*/true);
}

class Trainer::PutBack {
 public:
  explicit PutBack(Trainer& trainer)
      : trainer_(&trainer), before_{trainer.batcher_.state(), trainer.mitigation_, trainer.decoder_.switches} {}
  ~PutBack() {
    if (trainer_ == nullptr) return;
    trainer_->optimizer_.zero_grad();
    trainer_->batcher_.set_state(before_.batcher);
    trainer_->mitigation_ = before_.mitigation;
    trainer_->decoder_.switches = before_.switches;
  }
  PutBack(const PutBack&) = delete;
  PutBack& operator=(const PutBack&) = delete;
  void disarm() { trainer_ = nullptr; }

 private:
  Trainer* trainer_;
  const Before before_;
};

UpdateReport Trainer::update(const UpdateWants& wants) {
  UpdateReport report;
  const TrainConfig& train = config_.train;
  auto& parameters = decoder_.parameters();
  report.learning_rate = static_cast<float>(scheduled_learning_rate(train, step_ + 1));
  PutBack put_back(*this);
  mitigation_.advance(decoder_, config_.mitigations);
  optimizer_.zero_grad();

  // Each micro-batch counts for its share of the update.
  const auto backward = [&](const at::Tensor& loss) {
    (train.grad_accumulation > 1 ? loss.div(train.grad_accumulation) : loss).backward();
  };
  std::vector<Batch> batches;
  at::Tensor loss_sum, observed_loss;
  std::optional<ActivationTap> tap;
  for (std::int64_t micro = 0; micro < train.grad_accumulation; ++micro) {
    const Batch& batch = batches.emplace_back(batcher_.next());
    const at::Tensor ids = to_device(batch.ids, batch.n_sequence);
    const at::Tensor targets = to_device(batch.targets, batch.n_sequence);
    at::Tensor loss;
    if (wants.batch && micro == 0) {
      TimedTap timed(tap.emplace(config_.model, config_.probe, decoder_.switches, ActivationTap::Wants{}));
      loss = decoder_.loss(ids, targets, &timed);
      observed_loss = loss.detach();
      report.observe_seconds += timed.seconds();
      backward(loss);
    } else {
      loss = decoder_.loss(ids, targets);
      backward(loss);
    }
    const at::Tensor share = train.grad_accumulation > 1 ? loss.detach().div(train.grad_accumulation) : loss.detach();
    loss_sum = loss_sum.defined() ? loss_sum.add(share) : share;
  }
  const at::Tensor norm = clip_gradients(parameters, train.grad_clip);
  std::vector<at::Tensor> scalars{loss_sum.to(at::kFloat), norm.to(at::kFloat)};
  if (tap) scalars.push_back(observed_loss.to(at::kFloat));
  const at::Tensor numbers = at::stack(scalars).cpu();  // one wait for the device
  report.loss = numbers.const_data_ptr<float>()[0];
  report.grad_norm = numbers.const_data_ptr<float>()[1];
  if (!std::isfinite(report.loss) || !std::isfinite(report.grad_norm)) {
    fail_non_finite(batches, report.loss, report.grad_norm);
  }
  auto begin = Clock::now();
  if (tap) {
    // Only now: on a GPU the statistics and their copy were queued behind the forward pass and ran beside the backward
    // pass; what they lead to is computed while nothing else runs, so that its time is its own.
    auto observed = std::make_shared<ActivationSnapshot>(tap->snapshot());
    observed->loss = numbers.const_data_ptr<float>()[2];
    report.batch = std::move(observed);
    tap.reset();
    report.observe_seconds += seconds_since(begin);
  }

  begin = Clock::now();
  std::vector<at::Tensor> previous;
  if (wants.weights) {
    for (const auto& parameter : parameters) previous.push_back(parameter.value.detach().clone());
    report.observe_seconds += seconds_since(begin);
  }
  put_back.disarm();
  optimizer_.step(train, scheduled_learning_rate(train, step_ + 1), config_.mitigations.kv_bias.weight_decay,
                  mitigation_.rate_shares(decoder_, config_.mitigations));
  ++step_;

  // Measured before TVR: what it logs is what it found.
  std::shared_ptr<WeightSnapshot> weights;
  begin = Clock::now();
  if (wants.weights) {
    weights = std::make_shared<WeightSnapshot>(measure_weights(parameters, config_.mitigations, &previous));
    const bool clipped = train.grad_clip > 0 && report.grad_norm > train.grad_clip;
    const auto unclip = clipped ? static_cast<float>(report.grad_norm / train.grad_clip) : 1.0F;
    for (auto& stat : weights->tensors) stat.grad_norm *= unclip;
    report.observe_seconds += seconds_since(begin);
  }
  if (const TvrConfig& tvr = config_.mitigations.tvr; tvr.enabled) {
    auto& since = mitigation_.steps_since_tvr;
    if (since == 0 || since >= tvr.step_interval) {
      report.rescaled = apply_tvr(decoder_, tvr);
      since = 0;
    }
    ++since;
  } else {
    mitigation_.steps_since_tvr = 0;
  }
  for (const auto& rescaled : report.rescaled) rescaled_since_[rescaled.parameter] = true;
  if (weights) {
    for (std::size_t i = 0; i < weights->tensors.size(); ++i) weights->tensors[i].rescaled = rescaled_since_[i];
    rescaled_since_.assign(rescaled_since_.size(), false);
    report.weights = std::move(weights);
  }
  optimizer_.zero_grad();
  return report;
}

void Trainer::fail_non_finite(const std::vector<Batch>& batches, float loss, float grad_norm) {
  std::string where;
  const at::NoGradGuard no_grad;
  for (const auto& batch : batches) {
    NonFiniteTap tap;
    decoder_.hidden(to_device(batch.ids, batch.n_sequence), &tap);
    if (tap.first >= 0) {
      where = "layer " + std::to_string(tap.first) + " is the first whose output is not finite";
      break;
    }
  }
  if (where.empty()) {
    for (const auto& parameter : decoder_.parameters()) {
      const at::Tensor& gradient = parameter.value.grad();
      if (gradient.defined() && !at::isfinite(gradient).all().item<bool>()) {
        where = "every layer's output is finite, the gradient of " + parameter.info.name + " is not";
        break;
      }
    }
  }
  throw run_error(
      "update " + std::to_string(step_ + 1) + ": " +
      (std::isfinite(loss) ? "the gradient norm is " + in_words(grad_norm) : "the loss is " + in_words(loss)) +
      (where.empty() ? "" : "; " + where) + "; lower train.learning_rate, or go back to an earlier state");
}

RunConfig Trainer::with(const std::vector<Assignment>& assignments) const {
  RunConfig now = config_;
  for (const auto& [key, value] : assignments) {
    set_live_field(now, key, value);
    if (key == "probe.prompt") require_prompt(now);
    if (key == "train.sample_prompt") require_sample_prompt(now);
  }
  return resolved(now);
}

void Trainer::change_to_mitigations(const Mitigations& before, const Mitigations& now) {
  mitigation_.change(decoder_, before, now, to_device(held_.ids, held_.n_sequence), seed(3), step_);
  extras_in_use_ = extras_in_use_ || now.kv_bias.enabled || now.dyt.enabled;
  if (!now.tvr.enabled) mitigation_.steps_since_tvr = 0;
}

void Trainer::set(const std::vector<Assignment>& assignments) {
  const RunConfig now = with(assignments);
  const MitigationState mitigation = mitigation_;
  const Switches switches = decoder_.switches;
  const bool extras = extras_in_use_;
  try {
    if (now.mitigations != config_.mitigations) change_to_mitigations(config_.mitigations, now.mitigations);
  } catch (...) {
    // No memory for a fit, say. What it wrote into parameters that nothing reads yet is written anew the next time.
    mitigation_ = mitigation;
    decoder_.switches = switches;
    extras_in_use_ = extras;
    throw;
  }
  config_ = now;
}

}  // namespace variometer
