// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/init.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <cmath>
#include <numbers>

#include "core/model/dyt_alpha.h"
#include "core/model/family.h"
#include "core/text/random.h"

namespace variometer {
namespace {

// Box-Muller over our own generator: the same weights with any LibTorch, on any device.
class Normal {
 public:
  explicit Normal(std::uint64_t seed) : random_(seed) {}

  void fill(at::Tensor& value, double std) {
    const auto on_cpu = at::empty(value.sizes(), at::kFloat);
    auto* data = on_cpu.mutable_data_ptr<float>();
    const auto n = on_cpu.numel();
    for (std::int64_t i = 0; i < n; i += 2) {
      const double radius = std * std::sqrt(-2.0 * std::log(1.0 - random_.uniform()));  // 1 - u is in (0, 1]
      const double angle = 2.0 * std::numbers::pi * random_.uniform();
      data[i] = static_cast<float>(radius * std::cos(angle));
      if (i + 1 < n) data[i + 1] = static_cast<float>(radius * std::sin(angle));
    }
    value.copy_(on_cpu);
  }

 private:
  Random random_;
};

constexpr double kKvBiasStd = 0.02;

bool is_kv_bias(const TensorInfo& info) { return info.role == "k_bias" || info.role == "v_bias"; }

bool writes_to_residual(const TensorInfo& info) { return info.role == "o_proj" || info.role == "down_proj"; }

// Standard deviation of a matrix's first draw.
double matrix_std(const TensorInfo& info, const InitConfig& init, std::int64_t n_layer) {
  const bool in_block = info.layer >= 0;
  if (init.lir && in_block) return init.std / std::sqrt(static_cast<double>(info.layer) + 1.0);
  if (init.special_residual && in_block && writes_to_residual(info)) {
    return init.std / std::sqrt(2.0 * static_cast<double>(n_layer));
  }
  return init.std;
}

}  // namespace

void initialise(Decoder& decoder, const InitConfig& init, std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  const auto& config = decoder.config();
  const bool plus_one = family_options(config).norm == NormKind::rms_plus_one;
  Normal normal(seed);
  for (auto& [info, value, decays, extra] : decoder.parameters()) {
    const auto& role = info.role;
    if (is_kv_bias(info)) {
      normal.fill(value, kKvBiasStd);
    } else if (info.shape.size() == 2) {
      normal.fill(value, matrix_std(info, init, config.n_layer));
    } else if (role == "norm" || role == "q_norm" || role == "k_norm") {
      value.fill_(plus_one ? 0.0 : 1.0);
    } else if (role == "dyt_weight") {
      value.fill_(1.0);
    } else if (role == "dyt_alpha") {
      value.fill_(dyt_alpha(config.n_embd, is_attention_site(info)));
    } else if (role == "embed_scale") {
      value.fill_(dyt_embed_scale(config));
    } else {
      value.zero_();
    }
  }
}

void draw_kv_bias(Decoder& decoder, std::uint64_t seed) {
  const at::NoGradGuard no_grad;
  Normal normal(seed);
  for (auto& parameter : decoder.parameters()) {
    if (is_kv_bias(parameter.info)) normal.fill(parameter.value, kKvBiasStd);
  }
}

}  // namespace variometer
