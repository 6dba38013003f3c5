// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/fused_cuda_path.h"

#include <torch/csrc/autograd/custom_function.h>

#include <optional>
#include <utility>

namespace variometer {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
// Autograd takes an absent tensor in this form only.
using Maybe = std::optional<at::Tensor>;

Maybe maybe(const at::Tensor& x) { return x.defined() ? Maybe(x) : Maybe(); }

class NormFunction : public torch::autograd::Function<NormFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const Maybe& maybe_weight,
                            const Maybe& maybe_bias, double eps, bool centred, double weight_offset) {
    const auto weight = maybe_weight.value_or(at::Tensor()), bias = maybe_bias.value_or(at::Tensor());
    auto out = norm_cuda({.eps = eps, .centred = centred, .weight_offset = weight_offset}, x, weight, bias);
    context->save_for_backward({x, out.normal, weight});
    context->saved_data["eps"] = eps;
    context->saved_data["centred"] = centred;
    context->saved_data["weight_offset"] = weight_offset;
    context->saved_data["bias"] = bias.defined();
    return std::move(out.y);
  }

  static variable_list backward(AutogradContext* context, variable_list gradient) {
    const auto saved = context->get_saved_variables();
    auto& data = context->saved_data;
    const CudaNorm norm{.eps = data["eps"].toDouble(),
                        .centred = data["centred"].toBool(),
                        .weight_offset = data["weight_offset"].toDouble()};
    auto grads = norm_backward_cuda(norm, gradient[0], saved[0], saved[1], saved[2], data["bias"].toBool());
    return {grads.x, grads.weight, grads.bias, {}, {}, {}};
  }
};

class DytFunction : public torch::autograd::Function<DytFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& alpha,
                            const at::Tensor& weight, const Maybe& maybe_bias) {
    const auto bias = maybe_bias.value_or(at::Tensor());
    context->save_for_backward({x, alpha, weight});
    context->saved_data["bias"] = bias.defined();
    return dyt_cuda(x, alpha, weight, bias);
  }

  static variable_list backward(AutogradContext* context, variable_list gradient) {
    const auto saved = context->get_saved_variables();
    auto grads = dyt_backward_cuda(gradient[0], saved[0], saved[1], saved[2], context->saved_data["bias"].toBool());
    return {grads.x, grads.alpha, grads.weight, grads.bias};
  }
};

class RotateFunction : public torch::autograd::Function<RotateFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& cos,
                            const at::Tensor& sin) {
    context->save_for_backward({cos, sin});
    return rotate_cuda(x, cos, sin, /*inverse=*/false);
  }

  static variable_list backward(AutogradContext* context, variable_list gradient) {
    const auto saved = context->get_saved_variables();
    return {rotate_cuda(gradient[0], saved[0], saved[1], /*inverse=*/true), {}, {}};
  }
};

class SwigluFunction : public torch::autograd::Function<SwigluFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& gate, const Maybe& maybe_up) {
    const auto up = maybe_up.value_or(at::Tensor());
    context->save_for_backward({gate, up});
    return swiglu_cuda(gate, up);
  }

  static variable_list backward(AutogradContext* context, variable_list gradient) {
    const auto saved = context->get_saved_variables();
    auto [gate, up] = swiglu_backward_cuda(gradient[0], saved[0], saved[1]);
    return {gate, up};
  }
};

class GeluFunction : public torch::autograd::Function<GeluFunction> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x) {
    context->save_for_backward({x});
    return gelu_cuda(x);
  }

  static variable_list backward(AutogradContext* context, variable_list gradient) {
    return {gelu_backward_cuda(gradient[0], context->get_saved_variables()[0])};
  }
};

}  // namespace

at::Tensor fused_cuda_norm(const CudaNorm& norm, const at::Tensor& x, const at::Tensor& weight,
                           const at::Tensor& bias) {
  return NormFunction::apply(x, maybe(weight), maybe(bias), norm.eps, norm.centred, norm.weight_offset);
}

at::Tensor fused_cuda_dyt(const at::Tensor& x, const at::Tensor& alpha, const at::Tensor& weight,
                          const at::Tensor& bias) {
  return DytFunction::apply(x, alpha, weight, maybe(bias));
}

at::Tensor fused_cuda_rotate(const at::Tensor& x, const at::Tensor& cos, const at::Tensor& sin) {
  return RotateFunction::apply(x, cos, sin);
}

at::Tensor fused_cuda_swiglu(const at::Tensor& gate, const at::Tensor& up) {
  return SwigluFunction::apply(gate, maybe(up));
}

at::Tensor fused_cuda_gelu(const at::Tensor& x) { return GeluFunction::apply(x); }

}  // namespace variometer
