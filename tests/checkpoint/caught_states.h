// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <map>
#include <string>

#include "core/model/decoder.h"

namespace variometer::test {

/// Everything a tap is shown, under the names of the expected files.
class Catch : public Tap {
 public:
  std::map<std::string, at::Tensor> caught;
  void block_output(std::int64_t layer, const at::Tensor& h) override { keep("layer_out", layer, h); }
  bool wants_attention() const override { return true; }
  void attention(std::int64_t layer, const at::Tensor& p) override { keep("attentions", layer, p); }
  bool wants_module_outputs() const override { return true; }
  void attention_output(std::int64_t layer, const at::Tensor& out) override { keep("attn_out", layer, out); }
  void mlp_output(std::int64_t layer, const at::Tensor& out) override { keep("mlp_out", layer, out); }

 private:
  void keep(const char* what, std::int64_t layer, const at::Tensor& value) {
    caught[what + std::string(".") + std::to_string(layer)] = value.detach().clone();
  }
};

/// Largest difference over the largest reference value.
inline double difference(const at::Tensor& ours, const at::Tensor& reference) {
  return ((ours - reference).abs().max() / reference.abs().max()).item().toDouble();
}

}  // namespace variometer::test
