// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/checkpoint/hf_config.h"
#include "core/model/family.h"
#include "core/model/rotary.h"

// Rotary positions as config.json spells them, against what transformers 5 makes of each (make_rope_goldens.py).
namespace variometer {
namespace {

using nlohmann::json;

TEST(RotaryPositions, AreWhatTransformersMakesOfEverySpelling) {
  std::ifstream file(std::string(VARIOMETER_TEST_DATA) + "/rope.json");
  const auto cases = json::parse(file);
  ASSERT_GT(cases.size(), 400U);
  for (const auto& each : cases) {
    SCOPED_TRACE(each["name"].get<std::string>());
    if (each["inv_freq"].is_null()) {
      EXPECT_THROW(family_options(model_config_from_hf(each["config"], "config.json")), Error);
      continue;
    }
    const auto model = model_config_from_hf(each["config"], "config.json");
    const auto rope = family_options(model).rope;
    const auto expected = at::tensor(each["inv_freq"].get<std::vector<double>>(), at::kFloat);
    const auto ours = inverse_frequencies(rope, each["n_token"].get<std::int64_t>());
    ASSERT_EQ(ours.numel(), expected.numel());
    EXPECT_LT(((ours - expected) / expected).abs().max().item<double>(), 2e-7);
    EXPECT_NEAR(rope.attention_factor, each["attention_factor"].get<double>(), 1e-12);
    // What is saved again is read the same.
    const auto again = family_options(model_config_from_hf(hf_config_from_model(model), "saved")).rope;
    EXPECT_TRUE(inverse_frequencies(again, each["n_token"].get<std::int64_t>()).equal(ours));
    EXPECT_EQ(again.attention_factor, rope.attention_factor);
  }
}

}  // namespace
}  // namespace variometer
