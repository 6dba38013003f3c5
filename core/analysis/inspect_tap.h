// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

#include "core/model/decoder.h"
#include "core/probe/probe.h"

namespace variometer {

/// Shows a forward pass to the probe and keeps every tensor for a dump: layer_out.K, attn_out.K, mlp_out.K,
/// attentions.K.
class DumpingTap : public Tap {
 public:
  DumpingTap(ActivationTap& probe, bool dump) : probe_(probe), dump_(dump) {}

  void block_output(std::int64_t layer, const at::Tensor& h) override;
  bool wants_attention() const override { return true; }
  void attention(std::int64_t layer, const at::Tensor& probabilities) override;
  bool wants_module_outputs() const override { return dump_; }
  void attention_output(std::int64_t layer, const at::Tensor& out) override { keep("attn_out", layer, out); }
  void mlp_output(std::int64_t layer, const at::Tensor& out) override { keep("mlp_out", layer, out); }

  /// float32 on the CPU, batch first.
  const std::map<std::string, at::Tensor>& kept() const { return kept_; }

 private:
  void keep(const char* what, std::int64_t layer, const at::Tensor& value);

  ActivationTap& probe_;
  const bool dump_;
  std::map<std::string, at::Tensor> kept_;
};

}  // namespace variometer
