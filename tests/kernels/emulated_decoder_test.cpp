// SPDX-License-Identifier: GPL-3.0-or-later
// A whole decoder as it runs on CUDA, its norms, rotations and activations the emulated kernels: loss and gradients are
// those of LibTorch's operators. What cuBLAS and LibTorch's attention do on a GPU is not part of it.
#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <ostream>

#include "core/model/decoder.h"
#include "core/model/fused_cuda_path.h"
#include "core/model/init.h"

namespace variometer {
namespace {

bool emulating = false;

struct Case {
  std::string name;
  ModelConfig model;
  Switches switches = {};
};

std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.name; }

std::vector<Case> cases() {
  const ModelConfig small{.n_layer = 2, .n_head = 4, .n_kv_head = 2, .n_embd = 32, .block_size = 24, .vocab_size = 83};
  const auto of = [&](const std::string& family, auto... change) {
    ModelConfig model = small;
    model.family = family;
    (change(model), ...);
    return model;
  };
  const auto own_heads = [](ModelConfig& model) { model.n_kv_head = 0; };
  const auto gpt2 = of("gpt2", own_heads);
  return {{"llama", of("llama")},
          {"gpt2", gpt2},
          {"gemma", of("gemma")},
          {"qwen3_norms_heads", of("qwen3")},
          {"phi3_fused_projections", of("phi3")},
          {"gpt_neox_turns_a_part", of("gpt_neox", own_heads)},
          {"llama_odd_widths", of("llama", [](ModelConfig& m) { m.n_embd = 36, m.n_inner = 50, m.head_dim = 10; })},
          {"llama_dyt", of("llama"), {.dyt = true}},
          {"gpt2_dyt_kv", gpt2, {.kv_bias = true, .dyt = true}}};
}

class EmulatedDecoder : public ::testing::TestWithParam<Case> {
 protected:
  struct Result {
    double loss = 0;
    std::vector<at::Tensor> grads;
  };
  Result run(at::ScalarType type, bool emulated) {
    RunConfig config;
    config.model = GetParam().model;
    Decoder decoder(resolved(config).model, at::kCPU, type);
    initialise(decoder, {.std = 0.25}, 3);
    {
      const at::NoGradGuard no_grad;
      for (auto& p : decoder.parameters()) {  // biases and norm weights that are not their start
        if (p.info.shape.size() == 1) p.value.mul_(0.8).add_(0.1 * at::arange(p.value.numel(), at::kFloat).sin());
        names.push_back(p.info.name);
      }
    }
    decoder.switches = GetParam().switches;
    decoder.use_reference_path(true);  // not the CPU's fused blocks
    const auto tokens = [&](int shift) {
      return (at::arange(48, at::kLong) * 7 + at::arange(48, at::kLong).pow(2) + shift).remainder(83).reshape({2, 24});
    };
    emulating = emulated;
    const auto loss = decoder.loss(tokens(0), tokens(5));
    loss.backward();
    emulating = false;
    Result result{loss.item<double>(), {}};
    for (auto& p : decoder.parameters()) result.grads.push_back(p.value.grad());
    return result;
  }
  std::vector<std::string> names;
};

double distance(const at::Tensor& a, const at::Tensor& b) {
  const auto wide = b.to(at::kDouble);
  return (a.to(at::kDouble) - wide).norm().item<double>() / std::max(wide.norm().item<double>(), 1e-3);
}

TEST_P(EmulatedDecoder, LossAndGradientsAreThoseOfLibTorchsOperators) {
  const auto plain = run(at::kFloat, false), fused = run(at::kFloat, true);
  EXPECT_NEAR(fused.loss, plain.loss, 1e-5 * plain.loss);
  EXPECT_NE(fused.grads.size(), 0U);
  bool same_bits = true;
  for (std::size_t i = 0; i < plain.grads.size(); ++i) {
    ASSERT_EQ(fused.grads[i].defined(), plain.grads[i].defined()) << names[i];
    if (!plain.grads[i].defined()) continue;
    EXPECT_LT(distance(fused.grads[i], plain.grads[i]), 2e-4) << names[i];
    same_bits = same_bits && at::equal(fused.grads[i], plain.grads[i]);
  }
  EXPECT_FALSE(same_bits) << "the emulated kernels had no part in it";
}

// Rounded once where LibTorch's composition rounds several times: no further from float32.
TEST_P(EmulatedDecoder, InBfloat16ItIsNoFurtherFromFloat32ThanLibTorchsOperators) {
  const auto exact = run(at::kFloat, false), plain = run(at::kBFloat16, false), fused = run(at::kBFloat16, true);
  EXPECT_NEAR(fused.loss, exact.loss, 0.02 * exact.loss);
  double of_plain = 0, of_fused = 0;
  for (std::size_t i = 0; i < exact.grads.size(); ++i) {
    if (!exact.grads[i].defined()) continue;
    of_plain += distance(plain.grads[i], exact.grads[i]);
    of_fused += distance(fused.grads[i], exact.grads[i]);
  }
  EXPECT_LT(of_fused, 1.2 * of_plain);
}

INSTANTIATE_TEST_SUITE_P(Emulated, EmulatedDecoder, testing::ValuesIn(cases()),
                         [](const auto& parameter) { return parameter.param.name; });

}  // namespace

bool fuses_on_cuda(const BlockContext&, const at::Tensor&) { return emulating; }

}  // namespace variometer
