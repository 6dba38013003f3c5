// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/dequantize.h"

#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <vector>

#include "core/checkpoint/gguf.h"
#include "core/checkpoint/safetensors.h"
#include "core/kernels/simd.h"

namespace variometer {
namespace {

struct Type {
  const char* name;
  std::uint32_t id;
};
constexpr Type kTypes[] = {{"Q4_0", 2}, {"Q4_1", 3},  {"Q5_0", 6},  {"Q5_1", 7},
                           {"Q8_0", 8}, {"Q4_K", 12}, {"Q5_K", 13}, {"Q6_K", 14}};

class Dequantize : public testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam() && !simd::use_avx2()) GTEST_SKIP() << "this machine has no AVX2";
    before_ = simd::use_avx2();
    simd::use_avx2() = GetParam();
  }
  void TearDown() override {
    if (!IsSkipped()) simd::use_avx2() = before_;
  }

 private:
  bool before_ = false;
};

TEST_P(Dequantize, GivesEveryBitOfTheReferenceReader) {
  const SafetensorsFile golden(std::filesystem::path(VARIOMETER_TEST_DATA) / "gguf" / "blocks.safetensors");
  for (const auto& type : kTypes) {
    ASSERT_TRUE(can_dequantize(type.id)) << type.name;
    EXPECT_STREQ(find_ggml_type(type.id)->name, type.name);
    const auto blocks = golden.data(*golden.find(std::string(type.name) + ".blocks"));
    const auto bytes = golden.data(*golden.find(std::string(type.name) + ".values"));
    std::vector<std::uint32_t> expected(bytes.size() / 4);
    std::memcpy(expected.data(), bytes.data(), bytes.size());
    // Blocks lie at any address in a file.
    std::vector<std::byte> moved(blocks.size() + 1);
    std::memcpy(moved.data() + 1, blocks.data(), blocks.size());
    std::vector<float> found(expected.size());
    dequantize(type.id, moved.data() + 1, static_cast<std::int64_t>(found.size()), found.data());
    for (std::size_t i = 0; i < found.size(); ++i) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, &found[i], sizeof(bits));
      ASSERT_EQ(bits, expected[i]) << type.name << ", value " << i << " is " << found[i];
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Instructions, Dequantize, testing::Bool(),
                         [](const auto& set) { return set.param ? "Avx2" : "Base"; });

TEST(DequantizeTypes, OnesItCannotReadAreSaidToBeThat) {
  for (const std::uint32_t id : {0u, 1u, 4u, 5u, 9u, 10u, 11u, 15u, 16u, 30u, 99u}) EXPECT_FALSE(can_dequantize(id));
}

}  // namespace
}  // namespace variometer
