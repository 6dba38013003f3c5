// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/app/fake_run.h"

#include <algorithm>
#include <cmath>
#include <fstream>

#include "core/base/config_fields.h"
#include "core/base/marks.h"

namespace variometer {
namespace {

constexpr int kLayers = 4;
constexpr int kChannels = 64;
constexpr int kTokens = 12;

}  // namespace

FakeRun::FakeRun(const RunConfig& config, int auto_steps) : config_(config), auto_steps_(auto_steps) {
  info_.name = "fake";
  info_.config = config;
  info_.n_layer = kLayers;
  info_.n_embd = kChannels;
  info_.device = "cpu";
  info_.dtype = "float32";
  info_.tensors.push_back({"model.embed_tokens.weight", -1, "embedding", {257, kChannels}, false});
  for (int layer = 0; layer < kLayers; ++layer) {
    const std::string prefix = "model.layers." + std::to_string(layer) + ".";
    for (const char* role : {"q_proj", "k_proj", "v_proj", "o_proj"}) {
      info_.tensors.push_back({prefix + "self_attn." + role + ".weight", layer, role, {kChannels, kChannels}, true});
    }
    for (const char* role : {"gate_proj", "up_proj", "down_proj"}) {
      info_.tensors.push_back({prefix + "mlp." + role + ".weight", layer, role, {172, kChannels}, true});
    }
    info_.tensors.push_back({prefix + "input_layernorm.weight", layer, "norm", {kChannels}, false});
    info_.tensors.push_back({prefix + "input_layernorm.dyt.alpha", layer, "dyt", {1}, false});
  }
  info_.tensors.push_back({"lm_head.weight", -1, "head", {257, kChannels}, false});
  publish(/*is_update=*/false);
}

FakeRun::~FakeRun() {
  if (on_destroyed) on_destroyed();
}

void FakeRun::post(Command command) {
  received_.push_back(command);
  posted_.push_back(std::move(command));
}

std::vector<SnapshotPtr> FakeRun::drain() {
  // Whoever closes a window waits for it to stop.
  const auto stops = [](const Command& c) { return c.kind == Command::Kind::stop || c.kind == Command::Kind::pause; };
  if (std::any_of(posted_.begin(), posted_.end(), stops)) takeCommands();
  for (int i = 0; i < auto_steps_; ++i) step();
  if (auto_steps_ > 0 && state_ != RunState::running) takeCommands();
  return std::exchange(ready_, {});
}

FramePtr FakeRun::take_frame() { return std::exchange(frame_, nullptr); }

void FakeRun::fail(const std::string& message) {
  state_ = RunState::failed;
  message_ = message;
  publish(/*is_update=*/false);
}

void FakeRun::takeCommands() {
  bool told = false;
  while (!posted_.empty()) {
    const Command command = posted_.front();
    posted_.pop_front();
    if (state_ == RunState::finished || state_ == RunState::stopped || state_ == RunState::failed) continue;
    told = true;
    Applied applied{step_ + 1, command, {}};
    switch (command.kind) {
      case Command::Kind::set:
        try {
          for (const Assignment& a : command.assignments) set_field(config_, a.key, a.value);
          events_.push_back({step_ + 1, "set", to_json(command).dump()});
        } catch (const std::exception& error) {
          applied.error = error.what();
        }
        applied_.push_back(applied);
        break;
      case Command::Kind::run:
        if (step_ >= config_.train.steps) {
          applied.error = "all updates are made";
          applied_.push_back(applied);
        } else {
          state_ = RunState::running, left_ = -1;
        }
        message_.clear();
        break;
      case Command::Kind::pause: state_ = RunState::paused; break;
      case Command::Kind::step: state_ = RunState::running, left_ = command.count; break;
      case Command::Kind::stop:
        applied_.push_back(applied);
        rest();
        break;
      case Command::Kind::checkpoint:
        save(command.text);
        applied_.push_back(applied);
        break;
      case Command::Kind::preview:
        preview_ = Preview{command.assignments, command.ticket, 2.5F, 2.6F, 300.F, 20.F, {}, {}, 0.1};
        applied_.push_back(applied);
        break;
      case Command::Kind::sample:
        sample_ = Sample{"", "The cat sat on the mat."};
        applied_.push_back(applied);
        break;
      case Command::Kind::restore:
        step_ = command.count - 1;
        config_.mitigations = {};
        events_.push_back({step_, "restore", to_json(command).dump()});
        applied_.push_back(applied);
        break;
      case Command::Kind::mark:
        events_.push_back(mark_event({command.count, command.text},
                                     command.assignments.empty() ? std::string() : command.assignments[0].value));
        applied_.push_back(applied);
        break;
      case Command::Kind::show_layer: layer_ = static_cast<int>(command.count); break;
      default: applied_.push_back(applied); break;
    }
  }
  if (told && state_ != RunState::running) publish(/*is_update=*/false);
}

void FakeRun::step() {
  takeCommands();
  if (state_ != RunState::running) return;
  ++step_;
  growth_ = config_.mitigations.tvr.enabled ? 1 + (growth_ - 1) * 0.9 : growth_ * 1.01;
  if (left_ > 0 && --left_ == 0) {
    left_ = -1;
    state_ = RunState::paused;
  }
  publish(/*is_update=*/true);
  if (step_ < config_.train.steps) return;
  rest();
  publish(/*is_update=*/false);
}

void FakeRun::rest() {
  state_ = RunState::paused;
  if (!weights.empty()) save(weights / ("step-" + std::to_string(step_)));
}

void FakeRun::save(const std::filesystem::path& folder) {
  if (!can_save) {
    message_ = "the weights could not be saved: no space left";
    return;
  }
  std::filesystem::create_directories(folder / "variometer");
  std::ofstream(folder / "variometer" / "state.json") << "{}";
  events_.push_back({step_, "checkpoint", nlohmann::json{{"path", folder.string()}}.dump()});
}

std::shared_ptr<ActivationSnapshot> FakeRun::activation() const {
  auto a = std::make_shared<ActivationSnapshot>();
  for (int t = 0; t < kTokens; ++t) {
    a->tokens.push_back(t);
    a->token_texts.push_back(t == 0 ? "BOS" : std::string(1, static_cast<char>('a' + t)));
  }
  for (int layer = 0; layer < kLayers; ++layer) {
    LayerActivation l;
    const float top = static_cast<float>(growth_ * (layer + 1));
    l.median = 0.3F + 0.05F * static_cast<float>(layer);
    l.top = {{top, layer, 0, 7, 0, top / l.median},
             {-top / 2, layer, 5, 38, 0, top / 2 / l.median},
             {top / 3, layer, 5, 12, 0, top / 3 / l.median}};
    l.ratio = top / l.median;
    l.variance = 1;
    l.token_max.assign(kTokens, l.median * 2);
    l.token_max[0] = top;
    l.channel_max.assign(kChannels, l.median * 2);
    l.channel_max[7] = top;
    l.first_token_share = 0.4F;
    if (l.ratio > 20) a->massive.push_back(l.top[0]);
    a->layers.push_back(std::move(l));
  }
  a->loss = 2.F;
  return a;
}

void FakeRun::publish(bool is_update) {
  auto s = std::make_shared<Snapshot>();
  s->step = step_;
  s->state = state_;
  s->message = message_;
  s->is_update = is_update;
  if (is_update) {
    s->loss = static_cast<float>(1.8 + 3.7 * std::exp(-static_cast<double>(step_) / 120) +
                                 0.05 * std::sin(static_cast<double>(step_) * 1.7));
    s->learning_rate = 1e-2F;
    s->grad_norm = 0.8F + 0.3F * static_cast<float>(std::sin(static_cast<double>(step_)));
    s->tokens_per_second = 40000;
    s->observe_fraction = 0.031F;
    if (step_ % 100 == 0) s->validation_loss = s->loss + 0.05F;
  }
  s->mitigations = config_.mitigations;
  s->probe_config = config_.probe;
  if (step_ % 10 == 0 || !is_update) {
    auto w = std::make_shared<WeightSnapshot>();
    for (std::size_t i = 0; i < info_.tensors.size(); ++i) {
      WeightStat stat;
      stat.std = static_cast<float>(0.02 * (1 + 0.05 * (growth_ - 1) * (1 + 0.1 * static_cast<double>(i % 9))));
      stat.abs_max = stat.std * 5;
      stat.grad_norm = 0.1F;
      w->tensors.push_back(stat);
    }
    s->weights = w;
    s->probe = activation();
    auto frame = std::make_shared<Frame>();
    frame->step = step_;
    frame->layer = layer_;
    frame->n_layer = kLayers;
    frame->n_token = frame->rows = kTokens;
    frame->n_channel = frame->columns = kChannels;
    frame->values.resize(static_cast<std::size_t>(kTokens * kChannels));
    for (std::size_t i = 0; i < frame->values.size(); ++i) {
      frame->values[i] = 0.3F * static_cast<float>(std::sin(static_cast<double>(i * i)));
    }
    frame->values[7] = static_cast<float>(growth_ * (layer_ + 1));
    frame->token_texts = s->probe->token_texts;
    frame->median = 0.3F;
    frame_ = frame;
  }
  s->applied = std::exchange(applied_, {});
  s->events = std::exchange(events_, {});
  s->preview = std::exchange(preview_, std::nullopt);
  s->sample = std::exchange(sample_, std::nullopt);
  ready_.push_back(std::move(s));
}

}  // namespace variometer
