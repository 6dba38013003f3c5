// SPDX-License-Identifier: GPL-3.0-or-later
// The fused CUDA operators on a GPU: the checks that the emulated tests make on this side. Skip by name where none is.
#include <ATen/Context.h>

#include "tests/kernels/fused_tensors.h"

namespace variometer {
namespace {

class FusedOnCuda : public testing::Test {
 protected:
  void SetUp() override {
    if (!at::hasCUDA()) GTEST_SKIP() << "no CUDA device";
  }
};

TEST_F(FusedOnCuda, NormsAndTheirGradientsAreLibTorchs) { fused_tensors::check_norms(at::kCUDA); }
TEST_F(FusedOnCuda, DytAndItsGradientsAreLibTorchs) { fused_tensors::check_dyt(at::kCUDA); }
TEST_F(FusedOnCuda, ActivationsAndTheirGradientsAreLibTorchs) { fused_tensors::check_activations(at::kCUDA); }
TEST_F(FusedOnCuda, RotationsAndTheirGradientsAreLibTorchs) { fused_tensors::check_rotations(at::kCUDA); }
TEST_F(FusedOnCuda, TheHeadsLossAndGradientsAreLibTorchsInOnePieceOrMany) { fused_tensors::check_head_loss(at::kCUDA); }

}  // namespace
}  // namespace variometer
