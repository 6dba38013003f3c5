// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/parallel.h"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace variometer {
namespace {

TEST(ParallelFor, VisitsEveryIndexOnce) {
  for (const std::int64_t n : {0, 1, 2, 3, 7, 1000}) {
    std::vector<int> visits(static_cast<std::size_t>(n));
    parallel_for(0, n, 1, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t i = from; i < to; ++i) ++visits[static_cast<std::size_t>(i)];
    });
    for (const int count : visits) EXPECT_EQ(count, 1);
  }
}

TEST(ParallelFor, UsesTheThreadsLibTorchWasGiven) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "serial under ThreadSanitizer";
#endif
  const int before = at::get_num_threads();
  for (const int n_thread : {1, 2}) {
    at::set_num_threads(n_thread);
    std::atomic<int> n_call = 0;
    parallel_for(0, 100, 1, [&](std::int64_t, std::int64_t) { ++n_call; });
    EXPECT_EQ(n_call, n_thread);
  }
  at::set_num_threads(before);
}

TEST(ParallelFor, StaysInOneThreadBelowItsGrain) {
  int n_call = 0;
  parallel_for(0, 100, 100, [&](std::int64_t, std::int64_t) { ++n_call; });
  EXPECT_EQ(n_call, 1);
}

TEST(ParallelFor, PassesAnExceptionOn) {
  EXPECT_THROW(parallel_for(0, 100, 1,
                            [](std::int64_t, std::int64_t to) {
                              if (to == 100) throw std::runtime_error("planted");
                            }),
               std::runtime_error);
}

}  // namespace
}  // namespace variometer
