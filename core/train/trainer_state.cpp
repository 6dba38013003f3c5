// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/core/grad_mode.h>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/train/trainer.h"

namespace variometer {

at::Tensor host_copy(const at::Tensor& tensor) {
  return tensor.detach().to(at::kCPU, tensor.scalar_type(), /*non_blocking=*/false, /*copy=*/true);
}

CheckpointState Trainer::checkpoint_state() const {
  CheckpointState state;
  state.config = began_;
  state.step = step_;
  state.optimizer = optimizer_.state();
  state.extras_in_use = extras_in_use_;
  state.trainer = {
      {"config", to_json(config_)},
      {"batcher", batcher_.state()},
      {"kv_bias_started", mitigation_.kv_bias_started},
      {"dyt_started", mitigation_.dyt_started},
      {"kv_anneal_left", mitigation_.kv_anneal_left},
      {"kv_bias_age", mitigation_.kv_bias_age},
      {"dyt_age", mitigation_.dyt_age},
      {"steps_since_tvr", mitigation_.steps_since_tvr},
      {"kv_logit_offset", decoder_.switches.kv_logit_offset},
      {"rescaled_since", rescaled_since_},
      {"tokenizer_sha256", corpus_->tokenizer_sha256},
  };
  return state;
}

TrainerState Trainer::save() const {
  TrainerState state{checkpoint_state(), {}};
  for (auto& [name, tensor] : state.checkpoint.optimizer) tensor = host_copy(tensor);
  for (const auto& parameter : decoder_.parameters()) state.weights.push_back(host_copy(parameter.value));
  return state;
}

std::uint64_t Trainer::state_bytes() const {
  std::uint64_t n_byte = 0;
  for (const auto& parameter : decoder_.parameters()) n_byte += parameter.value.nbytes();
  for (const auto& [name, tensor] : optimizer_.state()) n_byte += tensor.nbytes();
  return n_byte;
}

void Trainer::restore(const TrainerState& state) {
  {
    const at::NoGradGuard no_grad;
    auto& parameters = decoder_.parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i) parameters[i].value.copy_(state.weights.at(i));
  }
  restore(state.checkpoint);
}

void Trainer::restore(const CheckpointState& state) {
  try {
    const auto& trainer = state.trainer;
    const RunConfig config = stored_config_from_json(trainer.at("config"));
    const auto words = trainer.at("batcher").get<Random::State>();
    MitigationState mitigation;
    mitigation.kv_bias_started = trainer.at("kv_bias_started").get<bool>();
    mitigation.dyt_started = trainer.at("dyt_started").get<bool>();
    mitigation.kv_anneal_left = trainer.at("kv_anneal_left").get<std::int64_t>();
    // Checkpoints from before there was a warm-up have none under way.
    mitigation.kv_bias_age = trainer.value("kv_bias_age", MitigationState::kFromTheStart);
    mitigation.dyt_age = trainer.value("dyt_age", MitigationState::kFromTheStart);
    mitigation.steps_since_tvr = trainer.at("steps_since_tvr").get<std::int64_t>();
    const auto offset = trainer.at("kv_logit_offset").get<double>();
    auto rescaled_since = trainer.at("rescaled_since").get<std::vector<bool>>();
    rescaled_since.resize(decoder_.parameters().size());

    optimizer_.zero_grad();
    optimizer_.set_state(state.optimizer);
    batcher_.set_state(words);
    mitigation_ = mitigation;
    rescaled_since_ = std::move(rescaled_since);
    config_ = config;
    began_ = state.config;
    step_ = state.step;
    extras_in_use_ = state.extras_in_use;
    decoder_.switches.kv_bias = config.mitigations.kv_bias.enabled;
    decoder_.switches.dyt = config.mitigations.dyt.enabled;
    decoder_.switches.kv_logit_offset = offset;
  } catch (const nlohmann::json::exception& error) {
    throw file_error("the checkpoint's training state is incomplete (" + std::string(error.what()) +
                     "); use an earlier checkpoint");
  }
}

}  // namespace variometer
