// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/fused_cuda.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>

#include "core/kernels/cuda_stream.h"
#include "core/kernels/fused_cuda_kernels.h"

namespace variometer {
namespace {

cuda::Element element_of(const at::Tensor& x) {
  TORCH_CHECK(x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16, "float32 or bfloat16 is needed, not ",
              x.scalar_type());
  return x.scalar_type() == at::kFloat ? cuda::Element::float32 : cuda::Element::bfloat16;
}

/// A parameter's values, or null; checked, since a kernel cannot.
const float* parameter(const at::Tensor& values, std::int64_t n) {
  if (!values.defined()) return nullptr;
  TORCH_CHECK(values.scalar_type() == at::kFloat && values.is_contiguous() && values.numel() == n,
              "a parameter of a fused operator must be contiguous float32 of ", n, " values");
  return values.const_data_ptr<float>();
}

float* wanted(at::Tensor& gradient, const at::Tensor& like) {
  gradient = at::empty_like(like, at::MemoryFormat::Contiguous);
  return gradient.mutable_data_ptr<float>();
}

std::int64_t rows_of(const at::Tensor& x) { return x.size(-1) == 0 ? 0 : x.numel() / x.size(-1); }

at::Tensor floats(std::int64_t n, const at::Tensor& like) { return at::empty({n}, like.options().dtype(at::kFloat)); }

cuda::NormSite site_of(const CudaNorm& norm, const at::Tensor& weight, const at::Tensor& bias, std::int64_t C) {
  return {.weight = parameter(weight, C),
          .bias = parameter(bias, C),
          .weight_offset = static_cast<float>(norm.weight_offset),
          .eps = static_cast<float>(norm.eps),
          .centred = norm.centred};
}

// Gate and up of one call: two tensors, or halves of one.
struct Gated {
  Gated(const at::Tensor& gate, const at::Tensor& up)
      : first(gate.contiguous()), second(up.defined() ? up.contiguous() : at::Tensor()) {
    halves = !second.defined();
    ld = first.size(-1);
    width = halves ? ld / 2 : ld;
    n = rows_of(first);
    gate_data = static_cast<const char*>(first.const_data_ptr());
    up_data = halves ? gate_data + width * first.element_size() : static_cast<const char*>(second.const_data_ptr());
  }
  at::Tensor first, second;
  bool halves = false;
  std::int64_t n = 0, width = 0, ld = 0;
  const char* gate_data = nullptr;
  const char* up_data = nullptr;
};

}  // namespace

CudaNormOut norm_cuda(const CudaNorm& norm, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) {
  const c10::DeviceGuard guard(x.device());
  const auto from = x.contiguous();
  const auto C = from.size(-1), n = rows_of(from);
  CudaNormOut out{at::empty_like(from), floats(2 * n, from)};
  check_cuda(cuda::launch_norm(site_of(norm, weight, bias, C), element_of(from), n, C, from.const_data_ptr(),
                               out.y.mutable_data_ptr(), out.normal.mutable_data_ptr<float>(),
                               current_cuda_stream(x.device())));
  return out;
}

CudaSiteGrads norm_backward_cuda(const CudaNorm& norm, const at::Tensor& dy, const at::Tensor& x,
                                 const at::Tensor& normal, const at::Tensor& weight, bool has_bias) {
  const c10::DeviceGuard guard(x.device());
  const auto from = x.contiguous(), gradient = dy.contiguous();
  const auto C = from.size(-1), n = rows_of(from);
  CudaSiteGrads grads{.x = at::empty_like(from), .weight = {}, .bias = {}, .alpha = {}};
  const auto scratch = floats(static_cast<std::int64_t>(cuda::site_scratch_floats(C)), from);
  const cuda::SiteGrads into{.weight = weight.defined() ? wanted(grads.weight, weight) : nullptr,
                             .bias = has_bias ? wanted(grads.bias, floats(C, from)) : nullptr};
  check_cuda(cuda::launch_norm_backward(site_of(norm, weight, {}, C), element_of(from), n, C, from.const_data_ptr(),
                                        gradient.const_data_ptr(), normal.const_data_ptr<float>(),
                                        grads.x.mutable_data_ptr(), into, scratch.mutable_data_ptr<float>(),
                                        current_cuda_stream(x.device())));
  return grads;
}

at::Tensor dyt_cuda(const at::Tensor& x, const at::Tensor& alpha, const at::Tensor& weight, const at::Tensor& bias) {
  const c10::DeviceGuard guard(x.device());
  const auto from = x.contiguous();
  const auto C = from.size(-1);
  auto y = at::empty_like(from);
  const cuda::DytSite site{.alpha = parameter(alpha, 1), .weight = parameter(weight, C), .bias = parameter(bias, C)};
  check_cuda(cuda::launch_dyt(site, element_of(from), rows_of(from), C, from.const_data_ptr(), y.mutable_data_ptr(),
                              current_cuda_stream(x.device())));
  return y;
}

CudaSiteGrads dyt_backward_cuda(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& alpha,
                                const at::Tensor& weight, bool has_bias) {
  const c10::DeviceGuard guard(x.device());
  const auto from = x.contiguous(), gradient = dy.contiguous();
  const auto C = from.size(-1);
  CudaSiteGrads grads{.x = at::empty_like(from), .weight = {}, .bias = {}, .alpha = {}};
  const auto scratch = floats(static_cast<std::int64_t>(cuda::site_scratch_floats(C)), from);
  const cuda::SiteGrads into{.weight = wanted(grads.weight, weight),
                             .bias = has_bias ? wanted(grads.bias, floats(C, from)) : nullptr,
                             .alpha = wanted(grads.alpha, alpha)};
  const cuda::DytSite site{.alpha = parameter(alpha, 1), .weight = parameter(weight, C)};
  check_cuda(cuda::launch_dyt_backward(site, element_of(from), rows_of(from), C, from.const_data_ptr(),
                                       gradient.const_data_ptr(), grads.x.mutable_data_ptr(), into,
                                       scratch.mutable_data_ptr<float>(), current_cuda_stream(x.device())));
  return grads;
}

at::Tensor rotate_cuda(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin, bool inverse) {
  const c10::DeviceGuard guard(x.device());
  const auto from = x.stride(-1) == 1 ? x : x.contiguous();
  TORCH_CHECK(cos.sizes() == sin.sizes() && cos.size(0) == x.size(1) && cos.size(1) <= x.size(3) &&
                  cos.size(1) % 2 == 0 && cos.is_contiguous() && sin.is_contiguous(),
              "a rotation's table must be (T, dim), dim even and no more than the head's width");
  TORCH_CHECK(cos.scalar_type() == at::kFloat || cos.scalar_type() == x.scalar_type(),
              "a rotation's table must be float32 or of the activations' type");
  auto y = at::empty(x.sizes(), x.options());
  const cuda::Rotary rotary{.B = x.size(0),
                            .T = x.size(1),
                            .n_head = x.size(2),
                            .D = x.size(3),
                            .dim = cos.size(1),
                            .cos = cos.const_data_ptr(),
                            .sin = sin.const_data_ptr(),
                            .table = element_of(cos),
                            .inverse = inverse};
  check_cuda(cuda::launch_rotate(rotary, element_of(x), from.const_data_ptr(),
                                 {.b = from.stride(0), .t = from.stride(1), .h = from.stride(2)}, y.mutable_data_ptr(),
                                 current_cuda_stream(x.device())));
  return y;
}

at::Tensor swiglu_cuda(const at::Tensor& gate, const at::Tensor& up) {
  const c10::DeviceGuard guard(gate.device());
  const Gated both(gate, up);
  auto shape = gate.sizes().vec();
  shape.back() = both.width;
  auto y = at::empty(shape, gate.options());
  check_cuda(cuda::launch_swiglu(element_of(gate), both.n, both.width, both.gate_data, both.up_data, both.ld,
                                 y.mutable_data_ptr(), current_cuda_stream(gate.device())));
  return y;
}

std::pair<at::Tensor, at::Tensor> swiglu_backward_cuda(const at::Tensor& dy, const at::Tensor& gate,
                                                       const at::Tensor& up) {
  const c10::DeviceGuard guard(gate.device());
  const Gated both(gate, up);
  const auto gradient = dy.contiguous();
  auto gate_grad = at::empty_like(both.first), up_grad = both.halves ? at::Tensor() : at::empty_like(both.second);
  auto* gate_data = static_cast<char*>(gate_grad.mutable_data_ptr());
  void* up_data = both.halves ? gate_data + both.width * gate.element_size() : up_grad.mutable_data_ptr();
  check_cuda(cuda::launch_swiglu_backward(element_of(gate), both.n, both.width, both.gate_data, both.up_data, both.ld,
                                          gradient.const_data_ptr(), gate_data, up_data, both.ld,
                                          current_cuda_stream(gate.device())));
  return {gate_grad, up_grad};
}

at::Tensor gelu_cuda(const at::Tensor& x) {
  const c10::DeviceGuard guard(x.device());
  const auto from = x.contiguous();
  auto y = at::empty_like(from);
  check_cuda(cuda::launch_gelu(element_of(from), from.numel(), from.const_data_ptr(), y.mutable_data_ptr(),
                               current_cuda_stream(x.device())));
  return y;
}

at::Tensor gelu_backward_cuda(const at::Tensor& dy, const at::Tensor& x) {
  const c10::DeviceGuard guard(x.device());
  const auto from = x.contiguous(), gradient = dy.contiguous();
  auto dx = at::empty_like(from);
  check_cuda(cuda::launch_gelu_backward(element_of(from), from.numel(), from.const_data_ptr(),
                                        gradient.const_data_ptr(), dx.mutable_data_ptr(),
                                        current_cuda_stream(x.device())));
  return dx;
}

CudaHeadLoss head_loss_cuda(const at::Tensor& hidden, const at::Tensor& weight, const at::Tensor& all_targets,
                            bool with_gradients, std::int64_t most_bytes) {
  const c10::DeviceGuard guard(hidden.device());
  const auto h = hidden.contiguous(), w = weight.to(h.scalar_type()).contiguous(), targets = all_targets.contiguous();
  const auto N = h.size(0), V = w.size(0);
  // Rows of logits begin at multiples of 128 bytes: cuBLAS is slow with an odd vocabulary's rows, and so would we be.
  constexpr std::int64_t kAlign = 64;
  const auto ld = (V + kAlign - 1) / kAlign * kAlign;
  const auto rows = std::clamp<std::int64_t>(most_bytes / (ld * h.element_size()), 1, std::max<std::int64_t>(N, 1));
  CudaHeadLoss out;
  const auto losses = floats(N, h);
  if (with_gradients) {
    out.h_grad = at::empty_like(h);
    out.weight_grad = at::zeros(w.sizes(), w.options().dtype(at::kFloat));
  }
  const auto buffer = at::empty({rows, ld}, h.options());
  for (std::int64_t first = 0; first < N; first += rows) {
    const auto n = std::min(rows, N - first);
    const auto x = h.narrow(0, first, n);
    auto logits = buffer.narrow(0, 0, n).narrow(1, 0, V);
    at::mm_out(logits, x, w.t());
    check_cuda(cuda::launch_cross_entropy(element_of(h), n, V, logits.mutable_data_ptr(), ld,
                                          targets.const_data_ptr<std::int64_t>() + first,
                                          with_gradients ? 1.0F / static_cast<float>(N) : 0.0F,
                                          losses.mutable_data_ptr<float>() + first, current_cuda_stream(h.device())));
    if (!with_gradients) continue;
    auto h_grad = out.h_grad.narrow(0, first, n);
    at::mm_out(h_grad, logits, w);
    if (h.scalar_type() == at::kFloat) {
      out.weight_grad.addmm_(logits.t(), x);
    } else {
      out.weight_grad.add_(at::mm(logits.t(), x));  // summed in float32
    }
  }
  out.loss = losses.sum(at::kDouble).div(static_cast<double>(N)).to(at::kFloat);
  return out;
}

}  // namespace variometer
