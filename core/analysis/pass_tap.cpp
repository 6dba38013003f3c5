// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/pass_tap.h"

#include <algorithm>
#include <cmath>

#include "core/kernels/statistics.h"

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
  AttentionMaps& maps = pass_.attention;
  if (maps.empty()) begin_attention(probabilities.select(0, 0));
  if (!maps.has(layer)) return;
  const at::Tensor p = probabilities.detach().select(0, 0).to(at::kCPU, at::kFloat).contiguous();  // (H, T, K)
  const std::int64_t at = maps.kept_layer < 0 ? layer : 0;
  const std::int64_t cells = maps.rows * maps.columns;
  for (std::int64_t head = 0; head < maps.n_head; ++head) {
    keep_map(p.select(0, head), maps.heads.data() + (at * maps.n_head + head) * cells);
  }
  keep_map(p.mean(0), maps.mean.data() + at * cells);
}

void PassTap::begin_attention(const at::Tensor& p) {
  AttentionMaps& maps = pass_.attention;
  maps.n_layer = model_.n_layer;
  maps.n_head = p.size(0);
  maps.n_query = p.size(1);
  maps.n_key = p.size(2);
  maps.slot = maps.n_key == maps.n_query + 1;
  const std::int64_t most = std::max<std::int64_t>(1, pass_.request.attention_cells);
  const std::int64_t of_layer = (maps.n_head + 1) * maps.n_query * maps.n_key;
  if (maps.n_layer * of_layer > most) {
    maps.kept_layer = std::clamp<std::int64_t>(pass_.request.attention_layer, 0, maps.n_layer - 1);
  }
  const auto too_many = static_cast<double>(of_layer) / static_cast<double>(most);
  if (maps.kept_layer >= 0 && too_many > 1) {
    maps.query_block = maps.key_block = std::llround(std::ceil(std::sqrt(too_many)));
  }
  maps.rows = (maps.n_query + maps.query_block - 1) / maps.query_block;
  maps.columns = (maps.n_key + maps.key_block - 1) / maps.key_block;
  const std::int64_t cells = (maps.kept_layer < 0 ? maps.n_layer : 1) * maps.rows * maps.columns;
  maps.heads.resize(static_cast<std::size_t>(maps.n_head * cells));
  maps.mean.resize(static_cast<std::size_t>(cells));
}

void PassTap::keep_map(const at::Tensor& map, float* to) const {
  const at::Tensor whole = map.contiguous();
  const std::span<const float> x(whole.const_data_ptr<float>(), static_cast<std::size_t>(whole.numel()));
  const AttentionMaps& maps = pass_.attention;
  if (maps.query_block == 1) {
    std::copy(x.begin(), x.end(), to);
    return;
  }
  const Pooled pooled = abs_max_pool(x, whole.size(0), whole.size(1), maps.query_block, maps.key_block);
  std::copy(pooled.value.begin(), pooled.value.end(), to);
}

}  // namespace variometer
