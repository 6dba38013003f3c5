// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/bench_train.h"

#include <gtest/gtest.h>

#include <vector>

#include "core/base/error.h"
#include "tests/train/small_run.h"

namespace variometer {
namespace {

TEST(BenchTrain, MeasuresBothKindsOfBlocksInTurnAndBoundsThemByTheProducts) {
  std::vector<std::int64_t> blocks;
  const TrainBench bench =
      bench_train(small_config(), {.rounds = 2, .progress = [&](std::int64_t block, std::int64_t n) {
                                     blocks.push_back(block);
                                     EXPECT_EQ(n, 4);
                                   }});
  EXPECT_EQ(blocks, (std::vector<std::int64_t>{1, 2, 3, 4}));
  EXPECT_EQ(bench.n_block, 2);
  EXPECT_EQ(bench.threads, 1);
  EXPECT_EQ(bench.tokens_per_step, 4 * 12);
  // 2 blocks of 4 x 16 x 16 + 3 x 16 x 44 and a head of 16 x 257, six operations a weight and token; attention's
  // 12 x T x 16 a token and block.
  EXPECT_DOUBLE_EQ(bench.gemm_flops_per_step, 6.0 * 48 * (2 * (1024 + 2112) + 4112) + 12.0 * 48 * 2 * 12 * 16);
  EXPECT_GT(bench.gemm_flops_per_second, 1e8);
  EXPECT_LT(bench.gemm_bound_seconds, bench.step_seconds);
  EXPECT_DOUBLE_EQ(bench.tokens_per_second * bench.step_seconds, 48);
}

TEST(BenchTrain, StopsWhenAskedAndPassesErrorsOn) {
  // A round is two blocks of probe.every = 5 updates: in the middle of the second, only the first tells something.
  int asked = 0;
  const TrainBench bench = bench_train(small_config(), {.rounds = 5, .stop = [&] { return ++asked > 17; }});
  EXPECT_EQ(bench.n_block, 1);
  EXPECT_LE(asked, 20);
  EXPECT_EQ(bench_train(small_config(), {.stop = [] { return true; }}).n_block, 0);
  RunConfig impossible = small_config();
  impossible.model.n_head = 3;
  EXPECT_THROW(bench_train(impossible), Error);
}

}  // namespace
}  // namespace variometer
