// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/fused_cross_entropy.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

namespace variometer {
namespace {

constexpr std::int64_t kRowsPerChunk = 512;

struct Pass {
  at::Tensor loss;         // scalar float32
  at::Tensor h_grad;       // (N, C); undefined unless asked for
  at::Tensor weight_grad;  // (V, C)
};

Pass run(const at::Tensor& h, const at::Tensor& weight, const at::Tensor& targets, bool with_gradients) {
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

class FusedCrossEntropy : public torch::autograd::Function<FusedCrossEntropy> {
 public:
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& h, const at::Tensor& weight,
                            const at::Tensor& targets) {
    auto pass = run(h, weight, targets, /*with_gradients=*/true);
    context->save_for_backward({pass.h_grad, pass.weight_grad});
    return pass.loss;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradient) {
    const auto saved = context->get_saved_variables();
    const auto& upstream = gradient[0];
    // The usual loss.backward() sends 1: not worth a pass over the weights.
    const bool is_one = upstream.is_cpu() && upstream.item<float>() == 1.0F;
    if (is_one) return {saved[0], saved[1], at::Tensor()};
    return {saved[0] * upstream.to(saved[0].scalar_type()), saved[1] * upstream.to(saved[1].scalar_type()),
            at::Tensor()};
  }
};

}  // namespace

at::Tensor fused_cross_entropy(const at::Tensor& h, const at::Tensor& weight, const at::Tensor& targets) {
  const bool wants_gradients = at::GradMode::is_enabled() && (h.requires_grad() || weight.requires_grad());
  if (!wants_gradients) return run(h, weight, targets, /*with_gradients=*/false).loss;
  return FusedCrossEntropy::apply(h, weight, targets);
}

}  // namespace variometer
