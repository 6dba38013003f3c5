// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/tensor_memory.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "core/base/freed_memory.h"

namespace variometer {
namespace {

class TensorMemoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    use_tensor_memory();
#ifdef __SANITIZE_ADDRESS__
    GTEST_SKIP() << "AddressSanitizer watches tensors itself";
#endif
    return_freed_memory();
    before = tensor_memory();
  }
  TensorMemory before;
};

TEST_F(TensorMemoryTest, AFreedTensorsPagesServeTheNextOfItsSize) {
  const void* place = nullptr;
  {
    const at::Tensor tensor = at::zeros({100, 1000});
    place = tensor.data_ptr();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(place) % 64, 0U);
    EXPECT_GE(tensor_memory().in_use, before.in_use + 400'000);
    EXPECT_LE(tensor_memory().in_use, before.in_use + 450'000) << "at most an eighth is wasted";
  }
  EXPECT_EQ(tensor_memory().in_use, before.in_use);
  EXPECT_GE(tensor_memory().kept, 400'000);
  const at::Tensor next = at::ones({1000, 100});
  EXPECT_EQ(next.data_ptr(), place);
  EXPECT_EQ(next.sum().item<float>(), 100'000.F);
  return_freed_memory();
  EXPECT_EQ(tensor_memory().kept, 0);
  EXPECT_EQ(next.sum().item<float>(), 100'000.F) << "what is in use stays";
}

TEST_F(TensorMemoryTest, SizesThatComeNoMoreDoNotPileUp) {
  std::int64_t most = 0;
  for (std::int64_t n = 1; n <= 3000; n += 7) {
    const at::Tensor tensor = at::empty({n, 4096});
    most = std::max(most, tensor_memory().in_use);
  }
  EXPECT_LE(tensor_memory().kept, 2 * most + (64 << 20));
}

TEST_F(TensorMemoryTest, SmallAndEmptyTensorsAndResizedOnes) {
  const at::Tensor none = at::empty({0});
  const at::Tensor small = at::full({16}, 2.F);
  EXPECT_EQ(small.sum().item<float>(), 32.F);
  EXPECT_EQ(none.numel(), 0);
  EXPECT_EQ(tensor_memory().in_use, before.in_use) << "these are malloc's";
  at::Tensor grown = at::arange(5, at::kFloat);
  grown.resize_({200'000});
  EXPECT_EQ(grown[4].item<float>(), 4.F);
}

TEST_F(TensorMemoryTest, ThreadsShareIt) {
  std::vector<std::jthread> threads;
  std::vector<char> right(4, 1);
  for (std::size_t t = 0; t < right.size(); ++t) {
    threads.emplace_back([&right, t] {
      for (int i = 0; i < 200; ++i) {
        const auto value = static_cast<float>(t);
        const at::Tensor tensor = at::full({8 + i % 5, 4096}, value);
        if (tensor.min().item<float>() != value || tensor.max().item<float>() != value) right[t] = 0;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(right, std::vector<char>(4, 1));
  EXPECT_EQ(tensor_memory().in_use, before.in_use);
}

TEST_F(TensorMemoryTest, SaysInLibTorchsWordsThatThereIsNoMore) {
  try {
    const at::Tensor tensor = at::empty({std::int64_t{1} << 50});
    FAIL() << "a petabyte";
  } catch (const c10::Error& error) {
    EXPECT_NE(std::string(error.what()).find("can't allocate memory"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace variometer
