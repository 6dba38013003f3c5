// SPDX-License-Identifier: GPL-3.0-or-later
// The emulation itself: kernels that are right, and wrong in each way it is there to find.
#include "tests/kernels/emulation/emulation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "core/kernels/launch.cuh"
#include "tests/kernels/emulation/cuda_runtime_api.h"

namespace variometer {
namespace {

constexpr unsigned kAll = 0xffffffffU;

std::string complaint_of(void (*kernel)(int*), int* out = nullptr) {
  try {
    cuda::launch(kernel, dim3(2), 64, nullptr, out);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

void reversed(int* out) {
  __shared__ int values[64];
  values[threadIdx.x] = static_cast<int>(threadIdx.x + 100 * blockIdx.x);
  __syncthreads();
  out[64 * blockIdx.x + threadIdx.x] = values[63 - threadIdx.x];
}

TEST(Emulated, ABarrierLetsEveryThreadSeeWhatTheOthersWrote) {
  for (const auto order : emulation::orders()) {
    emulation::set_order(order);
    int out[128] = {};
    EXPECT_EQ(complaint_of(reversed, out), "");
    for (int i = 0; i < 128; ++i) EXPECT_EQ(out[i], 63 - i % 64 + 100 * (i / 64));
  }
  emulation::set_order(emulation::Order::forward);
}

void reversed_without_barrier(int* out) {
  __shared__ int values[64];
  values[threadIdx.x] = static_cast<int>(threadIdx.x);
  out[threadIdx.x] = values[63 - threadIdx.x];
}

TEST(Emulated, AMissingBarrierShowsAsAResultThatHangsOnTheOrder) {
  std::set<std::vector<int>> results;
  for (const auto order : emulation::orders()) {
    emulation::set_order(order);
    std::vector<int> out(128);
    cuda::launch(reversed_without_barrier, dim3(1), 64, nullptr, out.data());
    results.insert(out);
  }
  emulation::set_order(emulation::Order::forward);
  EXPECT_GT(results.size(), 1U);
}

template <class T>
void read_unwritten(T* out) {
  __shared__ T values[8];
  out[blockIdx.x] = values[threadIdx.x % 8];
  __syncthreads();
  values[threadIdx.x % 8] = 1;  // the next block must not see it
}

TEST(Emulated, SharedMemoryBeginsEveryBlockAsNaN) {
  float out[2] = {};
  double wide[2] = {};
  cuda::launch(read_unwritten<float>, dim3(2), 64, nullptr, out);
  cuda::launch(read_unwritten<double>, dim3(2), 64, nullptr, wide);
  EXPECT_TRUE(std::isnan(out[0]) && std::isnan(out[1]) && std::isnan(wide[0]) && std::isnan(wide[1]));
}

void half_at_barrier(int*) {
  if (threadIdx.x >= 32) __syncthreads();
}
void two_barriers(int*) {
  if (threadIdx.x >= 32) {
    __syncthreads();
  } else {
    __syncthreads();
  }
}
void half_a_warp(int*) {
  if (threadIdx.x < 16) __shfl_xor_sync(kAll, 1.0F, 1);
}
void exchange_against_barrier(int*) {
  if (threadIdx.x < 16) {
    __shfl_xor_sync(kAll, 1.0F, 1);
  } else {
    __syncthreads();
  }
}
void outside_the_mask(int*) {
  if (threadIdx.x < 16) __shfl_xor_sync(0xffffU, 1.0F, 16);
}

TEST(Emulated, WhoeverMissesABarrierOrAnExchangeIsNamed) {
  const auto says = [](void (*kernel)(int*), const std::string& what) {
    const auto complaint = complaint_of(kernel);
    EXPECT_NE(complaint.find(what), std::string::npos) << "'" << complaint << "' does not say '" << what << "'";
    EXPECT_NE(complaint.find("emulation_test.cpp:"), std::string::npos) << complaint;
  };
  says(half_at_barrier, "a thread ended while others wait at a barrier");
  says(two_barriers, "threads wait at different barriers");
  says(half_a_warp, "a warp's exchange waits for lanes that are elsewhere");
  says(exchange_against_barrier, "a warp's exchange waits for lanes that are elsewhere");
  says(outside_the_mask, "a lane reads from one outside the mask");
}

void lanes(int* out) {
  const int thread = static_cast<int>(threadIdx.x);
  const int sum = __shfl_xor_sync(kAll, thread, 5) * 10000 + __shfl_down_sync(kAll, thread, 30) * 100 +
                  __shfl_sync(kAll, thread, 3);
  out[64 * blockIdx.x + threadIdx.x] = sum;
}

TEST(Emulated, ExchangesStayWithinTheirWarp) {
  int out[128] = {};
  EXPECT_EQ(complaint_of(lanes, out), "");
  for (int i = 0; i < 64; ++i) {
    const int warp = i / 32 * 32, lane = i % 32;
    EXPECT_EQ(out[i], (warp + (lane ^ 5)) * 10000 + (lane < 2 ? i + 30 : i) * 100 + warp + 3) << i;
  }
}

TEST(Emulated, AGridTheDeviceWouldRefuseIsRefused) {
  int out[64] = {};
  EXPECT_EQ(cuda::launch(reversed, dim3(0), 64, nullptr, out), cudaErrorInvalidConfiguration);
  EXPECT_EQ(cuda::launch(reversed, dim3(1, 70000), 64, nullptr, out), cudaErrorInvalidConfiguration);
}

}  // namespace
}  // namespace variometer
