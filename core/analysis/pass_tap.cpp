// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/pass_tap.h"

#include <ATen/ops/special_entr.h>

#include <algorithm>

#include "core/kernels/parallel.h"

namespace variometer {

void PassTap::block_output(std::int64_t layer, const at::Tensor& h) {
  probe_.block_output(layer, h);
  const at::Tensor here = h.detach().select(0, 0).to(at::kCPU, at::kFloat).contiguous();  // (T, C)
  HiddenStates& hidden = pass_.hidden;
  if (hidden.hidden.empty()) {
    hidden.n_layer = model_.n_layer;
    hidden.n_token = here.size(0);
    hidden.n_channel = here.size(1);
    hidden.hidden.resize(static_cast<std::size_t>(model_.n_layer * here.numel()));
  }
  std::copy_n(here.const_data_ptr<float>(), here.numel(),
              hidden.hidden.begin() + static_cast<std::ptrdiff_t>(layer * here.numel()));
  layer_done_(layer);
}

void PassTap::attention(std::int64_t layer, const at::Tensor& probabilities) {
  probe_.attention(layer, probabilities);
  keep(layer, 0, probabilities.size(2), probabilities);
}

void PassTap::attention_rows(std::int64_t layer, std::int64_t first_query, std::int64_t n_query,
                             const at::Tensor& probabilities) {
  keep(layer, first_query, n_query, probabilities);
  const at::Tensor p = probabilities.detach();
  Sums& sums = sums_[layer];
  sums.has_slot = p.size(3) == first_query + p.size(2) + 1;
  const at::Tensor wide = (first_query == 0 ? p.slice(2, 1) : p).to(at::kFloat);
  sums.first += wide.select(-1, sums.has_slot ? 1 : 0).sum(at::kDouble).item<double>();
  sums.slot += wide.select(-1, 0).sum(at::kDouble).item<double>();
  sums.entropy += at::special_entr(wide).sum(at::kDouble).item<double>();
  sums.n += wide.numel() / wide.size(-1);
}

void PassTap::add_shares(ActivationSnapshot& snapshot) const {
  for (const auto& [l, sums] : sums_) {
    LayerActivation& layer = snapshot.layers.at(static_cast<std::size_t>(l));
    const auto n = static_cast<double>(sums.n);
    layer.first_token_share = static_cast<float>(sums.first / n);
    if (sums.has_slot) layer.kv_slot_share = static_cast<float>(sums.slot / n);
    layer.attention_entropy = static_cast<float>(sums.entropy / n);
  }
}

void PassTap::keep(std::int64_t layer, std::int64_t first_query, std::int64_t n_query,
                   const at::Tensor& probabilities) {
  const at::Tensor p = probabilities.detach().select(0, 0).to(at::kCPU, at::kFloat).contiguous();  // (H, n, K)
  const std::int64_t n_head = p.size(0), n = p.size(1), n_key = p.size(2);
  const bool slot = n_key == first_query + n + 1;
  AttentionMaps& maps = pass_.attention;
  if (maps.empty()) {
    maps.n_layer = model_.n_layer;
    maps.n_head = n_head;
    maps.n_query = n_query;
    maps.n_key = n_query + (slot ? 1 : 0);
    maps.slot = slot;
    maps.reserve(pass_.request.attention_cells);
  }
  const at::Tensor mean = p.mean(0);
  const float* cells = p.const_data_ptr<float>();
  const float* mean_cells = mean.const_data_ptr<float>();
  parallel_for(-1, n_head, /*grain=*/1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t head = from; head < to; ++head) {
      maps.add_rows(layer, head, first_query, n, n_key, head < 0 ? mean_cells : cells + head * n * n_key);
    }
  });
}

}  // namespace variometer
