// SPDX-License-Identifier: GPL-3.0-or-later
// Training on a GPU beside training on the CPU. Every test here skips by name where no GPU is.
#include <ATen/Context.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>

#include "core/base/config_fields.h"
#include "core/train/trainer.h"
#include "tests/train/small_run.h"

namespace variometer {
namespace {

class TrainerOnCuda : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device";
    ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);  // as the program does when it starts
  }
  static Trainer make(const at::Device& device, const std::string& dtype = "float32",
                      const std::string& family = "llama") {
    RunConfig config = small_config();
    config.train.dtype = dtype;
    config.model.family = family;
    config = resolved(config);
    return {config, load_corpus(config.data, config.model.block_size), device};
  }
  static std::vector<float> losses(Trainer trainer, int n) {
    std::vector<float> values;
    for (int i = 0; i < n; ++i) values.push_back(trainer.update({}).loss);
    return values;
  }
  static void expect_near(const std::vector<float>& found, const std::vector<float>& expected, double tolerance) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(found[i], expected[i], tolerance * expected[i]) << "update " << i + 1;
    }
  }
};

TEST_F(TrainerOnCuda, LossesAreTheCpusWithinRounding) {
  for (const std::string family : {"llama", "gpt2"}) {
    SCOPED_TRACE(family);
    const auto expected = losses(make(at::kCPU, "float32", family), 20);
    expect_near(losses(make({at::kCUDA, 0}, "float32", family), 20), expected, 1e-3);
    expect_near(losses(make({at::kCUDA, 0}, "bfloat16", family), 20), expected, 2e-2);
  }
}

TEST_F(TrainerOnCuda, TheSameRunGivesTheSameLossesBitForBit) {
  for (const std::string dtype : {"float32", "bfloat16"}) {
    EXPECT_EQ(losses(make({at::kCUDA, 0}, dtype), 20), losses(make({at::kCUDA, 0}, dtype), 20)) << dtype;
  }
}

TEST_F(TrainerOnCuda, MeasuringChangesNothingAndSeesWhatTheCpuSees) {
  Trainer here = make(at::kCPU), watched = make({at::kCUDA, 0});
  const auto expected = losses(make({at::kCUDA, 0}), 4);
  for (const float loss : expected) {
    const auto report = watched.update({.batch = true, .weights = true}),
               of_cpu = here.update({.batch = true, .weights = true});
    EXPECT_EQ(report.loss, loss);
    ASSERT_TRUE(report.batch && report.weights);
    for (std::size_t l = 0; l < of_cpu.batch->layers.size(); ++l) {
      EXPECT_NEAR(report.batch->layers[l].variance, of_cpu.batch->layers[l].variance,
                  1e-2 * of_cpu.batch->layers[l].variance);
    }
    for (std::size_t i = 0; i < of_cpu.weights->tensors.size(); ++i) {
      EXPECT_NEAR(report.weights->tensors[i].std, of_cpu.weights->tensors[i].std,
                  1e-2 * of_cpu.weights->tensors[i].std + 1e-6);
    }
    FramePtr frame;
    watched.measure_prompt({.attention = true, .maps = true}, &frame);
    EXPECT_TRUE(frame);
    watched.measure_held_batch();
    watched.sample("The");
  }
}

}  // namespace
}  // namespace variometer
