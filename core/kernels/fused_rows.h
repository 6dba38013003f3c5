// SPDX-License-Identifier: GPL-3.0-or-later
// Norms, rotary positions, activations and the loss, row by row. See fused_vector.h for how this file is compiled. The
// last lanes of a row that is no multiple of the vector are filled so that they add nothing.
#pragma once

#include "core/kernels/fused_kernels.h"
#include "core/kernels/fused_vector.h"

namespace variometer::VARIOMETER_ISA {
namespace {

inline index lanes_left(index n) { return n < kLanes ? n : kLanes; }
inline Vec take(const float* p, index n, float fill = 0.0F) { return n == kLanes ? load(p) : load_some(p, n, fill); }
inline void put(float* p, index n, Vec v) {
  if (n == kLanes) {
    store(p, v);
  } else {
    store_some(p, n, v);
  }
}

inline float row_sum(const float* x, index C) {
  Vec sum{};
  for (index c = 0; c < C; c += kLanes) sum += take(x + c, lanes_left(C - c));
  return sum_of(sum);
}

inline float row_square_sum(const float* x, index C, float centre) {
  Vec sum{};
  for (index c = 0; c < C; c += kLanes) {
    const Vec d = take(x + c, lanes_left(C - c), centre) - centre;
    sum += d * d;
  }
  return sum_of(sum);
}

// What turns a row into its normal form: (x - mean) * inverse.
struct Normal {
  float mean, inverse;
};

inline Normal normal_of(const FusedNormSite& site, const float* x, index C) {
  const float n = static_cast<float>(C);
  const float mean = site.kind == FusedNorm::layer_norm ? row_sum(x, C) / n : 0.0F;
  return {mean, 1.0F / __builtin_sqrtf(row_square_sum(x, C, mean) / n + site.eps)};
}

void norm(const FusedNormSite& site, index n, index C, const float* x, float* y) {
  for (index row = 0; row < n; ++row, x += C, y += C) {
    const bool dyt = site.kind == FusedNorm::dyt;
    const Normal normal = dyt ? Normal{0, site.alpha} : normal_of(site, x, C);
    for (index c = 0; c < C; c += kLanes) {
      const index left = lanes_left(C - c);
      Vec v = (take(x + c, left) - normal.mean) * normal.inverse;
      if (dyt) v = tanh(v);
      v = take(site.weight + c, left) * v;
      if (site.bias != nullptr) v += take(site.bias + c, left);
      put(y + c, left, v);
    }
  }
}

void dyt_backward(const FusedNormSite& site, index n, index C, const float* x, const float* dy, float* dx,
                  const FusedNormGrad& grad) {
  Vec alpha_grad{};
  for (index row = 0; row < n; ++row, x += C, dy += C, dx += C) {
    for (index c = 0; c < C; c += kLanes) {
      const index left = lanes_left(C - c);
      const Vec v = take(x + c, left), g = take(dy + c, left);
      const Vec t = tanh(v * site.alpha);
      const Vec inner = g * take(site.weight + c, left) * (1.0F - t * t);
      put(dx + c, left, take(dx + c, left) + site.alpha * inner);
      put(grad.weight + c, left, take(grad.weight + c, left) + g * t);
      if (grad.bias != nullptr) put(grad.bias + c, left, take(grad.bias + c, left) + g);
      alpha_grad += inner * v;
    }
  }
  *grad.alpha += sum_of(alpha_grad);
}

void norm_backward(const FusedNormSite& site, index n, index C, const float* x, const float* dy, float* dx,
                   const FusedNormGrad& grad) {
  if (site.kind == FusedNorm::dyt) return dyt_backward(site, n, C, x, dy, dx, grad);
  const bool centred = site.kind == FusedNorm::layer_norm;
  const float share = 1.0F / static_cast<float>(C);
  for (index row = 0; row < n; ++row, x += C, dy += C, dx += C) {
    const Normal normal = normal_of(site, x, C);
    Vec sum{}, dot{};
    for (index c = 0; c < C; c += kLanes) {
      const index left = lanes_left(C - c);
      const Vec g = take(dy + c, left);
      const Vec v = (take(x + c, left, normal.mean) - normal.mean) * normal.inverse;
      const Vec inner = g * take(site.weight + c, left);
      sum += inner;
      dot += inner * v;
      put(grad.weight + c, left, take(grad.weight + c, left) + g * v);
      if (grad.bias != nullptr) put(grad.bias + c, left, take(grad.bias + c, left) + g);
    }
    const float mean_inner = centred ? sum_of(sum) * share : 0.0F;
    const float mean_dot = sum_of(dot) * share;
    for (index c = 0; c < C; c += kLanes) {
      const index left = lanes_left(C - c);
      const Vec v = (take(x + c, left) - normal.mean) * normal.inverse;
      const Vec inner = take(dy + c, left) * take(site.weight + c, left);
      put(dx + c, left, take(dx + c, left) + normal.inverse * (inner - mean_inner - v * mean_dot));
    }
  }
}

void rotate(index n, index n_head, index D, const float* cos, const float* sin, float* x, index ldx, bool inverse) {
  const index half = D / 2;
  const float sign = inverse ? -1.0F : 1.0F;
  for (index t = 0; t < n; ++t, cos += D, sin += D, x += ldx) {
    for (index h = 0; h < n_head; ++h) {
      float* low = x + h * D;
      float* high = low + half;
      for (index k = 0; k < half; k += kLanes) {
        const index left = lanes_left(half - k);
        const Vec a = take(low + k, left), b = take(high + k, left);
        const Vec c = take(cos + k, left), s = sign * take(sin + k, left);
        put(low + k, left, a * c - b * s);
        put(high + k, left, b * c + a * s);
      }
    }
  }
}

void swiglu(index n, const float* gate, const float* up, float* y) {
  for (index i = 0; i < n; i += kLanes) {
    const index left = lanes_left(n - i);
    const Vec g = take(gate + i, left);
    put(y + i, left, g * sigmoid(g) * take(up + i, left));
  }
}

void swiglu_backward(index n, float* gate, float* up, const float* dy, float* y) {
  for (index i = 0; i < n; i += kLanes) {
    const index left = lanes_left(n - i);
    const Vec g = take(gate + i, left), u = take(up + i, left), d = take(dy + i, left);
    const Vec s = sigmoid(g);
    const Vec silu = g * s;
    put(gate + i, left, d * u * (s + silu * (1.0F - s)));
    put(up + i, left, d * silu);
    put(y + i, left, silu * u);
  }
}

constexpr float kGeluScale = 0.79788456080286535588F;  // sqrt(2 / pi)
constexpr float kGeluCubic = 0.044715F;

void gelu(index n, const float* x, float* y) {
  for (index i = 0; i < n; i += kLanes) {
    const index left = lanes_left(n - i);
    const Vec v = take(x + i, left);
    put(y + i, left, 0.5F * v * (1.0F + tanh(kGeluScale * (v + kGeluCubic * v * v * v))));
  }
}

void gelu_backward(index n, float* x, const float* dy, float* y) {
  for (index i = 0; i < n; i += kLanes) {
    const index left = lanes_left(n - i);
    const Vec v = take(x + i, left);
    const Vec t = tanh(kGeluScale * (v + kGeluCubic * v * v * v));
    const Vec slope = kGeluScale * (1.0F + 3.0F * kGeluCubic * v * v);
    put(x + i, left, take(dy + i, left) * (0.5F * (1.0F + t) + 0.5F * v * (1.0F - t * t) * slope));
    put(y + i, left, 0.5F * v * (1.0F + t));
  }
}

void add_columns(index n, index C, const float* x, index ldx, float* sum) {
  for (index row = 0; row < n; ++row, x += ldx) {
    for (index c = 0; c < C; c += kLanes) {
      const index left = lanes_left(C - c);
      put(sum + c, left, take(sum + c, left) + take(x + c, left));
    }
  }
}

double cross_entropy(index n, index V, float* logits, const std::int64_t* targets, float scale) {
  double loss = 0;
  for (index row = 0; row < n; ++row, logits += V) {
    Vec largest = splat(logits[0]);
    for (index i = 0; i < V; i += kLanes) {
      const index left = lanes_left(V - i);
      const Vec v = take(logits + i, left, logits[0]);
      largest = v > largest || v != v ? v : largest;  // NaN goes through to the loss
    }
    const float top = max_of(largest);
    const float of_target = logits[targets[row]];
    Vec sum{};
    for (index i = 0; i < V; i += kLanes) {
      const index left = lanes_left(V - i);
      const Vec e = exp(take(logits + i, left, -__builtin_inff()) - top);
      sum += e;
      put(logits + i, left, e);
    }
    const float total = sum_of(sum);
    const float factor = scale / total;
    for (index i = 0; i < V; i += kLanes) {
      const index left = lanes_left(V - i);
      put(logits + i, left, take(logits + i, left) * factor);
    }
    logits[targets[row]] -= scale;
    loss += static_cast<double>(top) + __builtin_log(static_cast<double>(total)) - static_cast<double>(of_target);
  }
  return loss;
}

}  // namespace
}  // namespace variometer::VARIOMETER_ISA
