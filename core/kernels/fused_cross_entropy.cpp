// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/fused_cross_entropy.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/kernels/fused_cuda.h"
#include "core/kernels/fused_passes.h"

namespace variometer {
namespace {

constexpr std::int64_t kRowsPerChunk = 512;

struct Pass {
  at::Tensor loss;         // scalar float32
  at::Tensor h_grad;       // (N, C); undefined unless asked for
  at::Tensor weight_grad;  // (V, C)
};

// Any type and device, by LibTorch's operators.
Pass run(const at::Tensor& h, const at::Tensor& any_weight, const at::Tensor& targets, bool with_gradients) {
  const auto weight = any_weight.to(h.scalar_type());
  const auto n_row = h.size(0);
  Pass pass;
  pass.loss = at::zeros({}, h.options().dtype(at::kFloat));
  if (with_gradients) {
    pass.h_grad = at::empty_like(h);
    pass.weight_grad = at::zeros_like(weight);
  }
  for (std::int64_t first = 0; first < n_row; first += kRowsPerChunk) {
    const auto n = std::min(kRowsPerChunk, n_row - first);
    const auto rows = h.narrow(0, first, n);
    const auto target = targets.narrow(0, first, n).unsqueeze(1);
    auto log_p = at::log_softmax(at::mm(rows, weight.t()), 1, at::kFloat);  // (n, V)
    pass.loss -= log_p.gather(1, target).sum();
    if (!with_gradients) continue;
    auto p = log_p.exp_();
    p.scatter_add_(1, target, at::ones({1, 1}, p.options()).neg().expand({n, 1}));
    p.div_(static_cast<double>(n_row));
    const auto logits_grad = p.to(h.scalar_type());
    pass.h_grad.narrow(0, first, n).copy_(at::mm(logits_grad, weight));
    pass.weight_grad.addmm_(logits_grad.t(), rows);
  }
  pass.loss.div_(static_cast<double>(n_row));
  return pass;
}

// Rows whose logits are alive at a time on the CPU: 16 MiB of them, in whole chunks.
std::int64_t rows_alive(std::int64_t n_row, std::int64_t vocab_size) {
  constexpr std::int64_t kFloats = 1 << 22, kLeast = 16 * 12;
  return std::min(n_row, std::max(kLeast, kFloats / vocab_size / kLeast * kLeast));
}

void require_targets(const std::int64_t* targets, std::int64_t n, std::int64_t vocab_size) {
  for (std::int64_t i = 0; i < n; ++i) {
    if (targets[i] < 0 || targets[i] >= vocab_size) {
      throw run_error("target " + std::to_string(targets[i]) + " at place " + std::to_string(i) +
                      " is not a token of the vocabulary of " + std::to_string(vocab_size));
    }
  }
}

// float32 on the CPU, by our own loops.
Pass run_cpu(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& all_targets, bool with_gradients) {
  const auto h = hidden.contiguous(), w = weight.to(at::kFloat).contiguous(), targets = all_targets.contiguous();
  const auto N = h.size(0), C = h.size(1), V = w.size(0);
  const auto* target = targets.const_data_ptr<std::int64_t>();
  require_targets(target, N, V);
  Pass pass;
  FusedLinear head{.weight = w.const_data_ptr<float>(), .n_out = V, .n_in = C};
  float* h_grad = nullptr;
  if (with_gradients) {
    pass.h_grad = at::empty_like(h);
    pass.weight_grad = at::empty_like(w);
    h_grad = pass.h_grad.mutable_data_ptr<float>();
    head.weight_grad = pass.weight_grad.mutable_data_ptr<float>();
  }
  const auto& kernels = fused_kernels();
  const PackedWeights forward({&head}, /*forward=*/true);
  const PackedWeights backward(
      with_gradients ? std::vector<const FusedLinear*>{&head} : std::vector<const FusedLinear*>{},
      /*forward=*/false);
  const auto alive = rows_alive(N, V);
  const FusedBuffer logits(alive * V);
  const auto* x = h.const_data_ptr<float>();
  double loss = 0;
  for (std::int64_t begin = 0; begin < N; begin += alive) {
    const auto n_row = std::min(alive, N - begin);
    const RowChunks chunks(n_row);
    std::vector<double> losses(static_cast<std::size_t>(chunks.count));
    fused_parallel(chunks.count, [&](std::int64_t chunk) {
      const auto first = begin + chunks.first(chunk), n = chunks.rows(chunk);
      float* rows = logits.data() + chunks.first(chunk) * V;
      kernels.gemm(n, V, C, x + first * C, C, forward[0], rows, V, /*add=*/nullptr, nullptr);
      losses[static_cast<std::size_t>(chunk)] =
          kernels.cross_entropy(n, V, rows, target + first, 1.0F / static_cast<float>(N));
      if (!with_gradients) return;
      kernels.gemm(n, C, V, rows, V, backward[0], h_grad + first * C, C, /*add=*/nullptr, nullptr);
    });
    for (const double part : losses) loss += part;
    if (!with_gradients) continue;
    fused_weight_grads({{&head, logits.data(), V, x + begin * C}}, n_row, /*accumulate=*/begin > 0);
  }
  pass.loss = at::full({}, loss / static_cast<double>(N), h.options());
  return pass;
}

Pass run_any(const at::Tensor& h, const at::Tensor& weight, const at::Tensor& targets, bool with_gradients) {
  const auto type = h.scalar_type();
  if (h.is_cpu() && type == at::kFloat) return run_cpu(h, weight, targets, with_gradients);
  if (h.is_cuda() && (type == at::kFloat || type == at::kBFloat16)) {
    const auto pass = head_loss_cuda(h, weight, targets, with_gradients);
    return {pass.loss, pass.h_grad, pass.weight_grad};
  }
  return run(h, weight, targets, with_gradients);
}

class FusedCrossEntropy : public torch::autograd::Function<FusedCrossEntropy> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& h, const at::Tensor& weight,
                            const at::Tensor& targets) {
    auto pass = run_any(h, weight, targets, /*with_gradients=*/true);
    context->save_for_backward({pass.h_grad, pass.weight_grad});
    return pass.loss;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradient) {
    const auto saved = context->get_saved_variables();
    const auto& upstream = gradient[0];
    // The usual loss.backward() sends 1: not worth a pass over the weights.
    const bool is_one = upstream.is_cpu() && upstream.item<float>() == 1.0F;
    const bool again = context->saved_data.count(kScaled) > 0;
    if (is_one && !again) return {saved[0], saved[1], at::Tensor()};
    // On a GPU nobody can see without waiting that it is 1. In place: a product of its own would take as much memory
    // again as the weights of the head. A second backward pass over the same graph undoes what the first one did.
    const at::Tensor scale = again ? upstream / context->saved_data[kScaled].toTensor() : upstream;
    context->saved_data[kScaled] = upstream;
    for (const auto& gradient_of : saved) gradient_of.variable_data().mul_(scale.to(gradient_of.scalar_type()));
    return {saved[0], saved[1], at::Tensor()};
  }

 private:
  static constexpr const char* kScaled = "scaled by";
};

}  // namespace

at::Tensor fused_cross_entropy(const at::Tensor& h, const at::Tensor& weight, const at::Tensor& targets) {
  const bool wants_gradients = at::GradMode::is_enabled() && (h.requires_grad() || weight.requires_grad());
  if (!wants_gradients) return run_any(h, weight, targets, /*with_gradients=*/false).loss;
  return FusedCrossEntropy::apply(h, weight, targets);
}

}  // namespace variometer
