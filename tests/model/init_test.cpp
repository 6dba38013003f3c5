// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/init.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/model/dyt_alpha.h"

namespace variometer {
namespace {

Decoder decoder_of(const std::string& family, const InitConfig& init, std::uint64_t seed) {
  RunConfig config;
  config.model = {.family = family, .n_layer = 4, .n_embd = 64};
  Decoder decoder(resolved(config).model, at::kCPU, at::kFloat);
  initialise(decoder, init, seed);
  return decoder;
}

void expect_matrix_std(const Decoder& decoder, double (*expected)(const TensorInfo&)) {
  int n_matrix = 0;
  for (const auto& parameter : decoder.parameters()) {
    if (parameter.info.shape.size() != 2) continue;
    ++n_matrix;
    const double target = expected(parameter.info);
    const double std = parameter.value.std().item<double>();
    const auto n = static_cast<double>(parameter.value.numel());
    // The spread of n draws' std is std / sqrt(2 n): five of those.
    EXPECT_NEAR(std, target, 5 * target / std::sqrt(2 * n)) << parameter.info.name;
    EXPECT_NEAR(parameter.value.mean().item<double>(), 0, 5 * target / std::sqrt(n)) << parameter.info.name;
  }
  EXPECT_GT(n_matrix, 16);
}

TEST(Initialise, DrawsEveryMatrixWithTheStdAsked) {
  for (const char* family : {"llama", "gpt2"}) {
    expect_matrix_std(decoder_of(family, {.std = 0.03}, 1), [](const TensorInfo&) { return 0.03; });
  }
}

TEST(Initialise, LirDividesBlockMatricesByTheRootOfTheirLayer) {
  for (const char* family : {"llama", "gpt2"}) {
    expect_matrix_std(decoder_of(family, {.std = 0.02, .lir = true}, 2), [](const TensorInfo& info) {
      return info.layer < 0 ? 0.02 : 0.02 / std::sqrt(info.layer + 1.0);
    });
  }
}

TEST(Initialise, SpecialResidualShrinksWhatWritesIntoTheResidualStream) {
  for (const char* family : {"llama", "gpt2"}) {
    expect_matrix_std(decoder_of(family, {.std = 0.02, .special_residual = true}, 3), [](const TensorInfo& info) {
      return info.role == "o_proj" || info.role == "down_proj" ? 0.02 / std::sqrt(8.0) : 0.02;
    });
  }
}

TEST(Initialise, StartsNormsBiasesAndExtrasWhereTheyBelong) {
  auto decoder = decoder_of("gpt2", {}, 4);
  const auto is_all = [&](const char* name, double x) { return (decoder.require(name).value == x).all().item<bool>(); };
  EXPECT_TRUE(is_all("transformer.h.0.ln_1.weight", 1));
  EXPECT_TRUE(is_all("transformer.h.0.ln_1.bias", 0));
  EXPECT_TRUE(is_all("transformer.h.3.attn.c_attn.bias", 0));
  EXPECT_TRUE(is_all("transformer.ln_f.dyt.weight", 1));
  EXPECT_TRUE(is_all("transformer.ln_f.dyt.bias", 0));
  EXPECT_TRUE(is_all("transformer.ln_f.dyt.alpha", 1));
  EXPECT_TRUE(is_all("transformer.embed_scale", 8));
  const auto slot = decoder.require("transformer.h.1.attn.k_bias").value;
  EXPECT_NEAR(slot.std().item<double>(), 0.02, 0.01);
}

TEST(Initialise, TheSameSeedGivesTheSameWeightsAndAnotherOneOthers) {
  const auto one = decoder_of("llama", {}, 5), same = decoder_of("llama", {}, 5), other = decoder_of("llama", {}, 6);
  for (std::size_t i = 0; i < one.parameters().size(); ++i) {
    EXPECT_TRUE(at::equal(one.parameters()[i].value, same.parameters()[i].value));
  }
  EXPECT_FALSE(at::equal(one.parameters()[0].value, other.parameters()[0].value));
}

TEST(DytAlpha, FollowsThePublishedTableAndInterpolatesInLogWidth) {
  EXPECT_DOUBLE_EQ(dyt_alpha(64, true), 1.0);
  EXPECT_DOUBLE_EQ(dyt_alpha(2048, false), 0.5);
  EXPECT_DOUBLE_EQ(dyt_alpha(4096, true), 0.8);
  EXPECT_DOUBLE_EQ(dyt_alpha(5120, false), 0.15);
  EXPECT_DOUBLE_EQ(dyt_alpha(16384, true), 0.2);
  // Half-way between 1024 and 4096 in log width is 2048; between 2048 and 4096 it is 2048 sqrt(2).
  EXPECT_NEAR(dyt_alpha(2896, false), 0.35, 1e-4);
}

}  // namespace
}  // namespace variometer
