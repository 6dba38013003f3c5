// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/inspector.h"

#include <algorithm>
#include <cmath>

namespace variometer {

std::span<const float> AttentionMaps::map(std::int64_t layer, std::int64_t head) const {
  const auto cells = static_cast<std::size_t>(rows * columns);
  if (empty() || layer < 0 || layer >= n_layer || head < -1 || head >= n_head) return {};
  if (head < 0) return std::span(mean).subspan(static_cast<std::size_t>(layer) * cells, cells);
  return std::span(heads).subspan(static_cast<std::size_t>(layer * n_head + head) * cells, cells);
}

void AttentionMaps::reserve(std::int64_t most_cells) {
  const auto blocks = [](std::int64_t n, std::int64_t block) { return (n + block - 1) / block; };
  const std::int64_t n_map = n_layer * (n_head + 1);
  std::int64_t block = 1;
  while (block < std::max(n_query, n_key) && n_map * blocks(n_query, block) * blocks(n_key, block) > most_cells) ++block;
  query_block = key_block = block;
  rows = blocks(n_query, block);
  columns = blocks(n_key, block);
  heads.assign(static_cast<std::size_t>(n_layer * n_head * rows * columns), 0);
  mean.assign(static_cast<std::size_t>(n_layer * rows * columns), 0);
}

void AttentionMaps::add_rows(std::int64_t layer, std::int64_t head, std::int64_t first, std::int64_t n,
                             std::int64_t n_key_here, const float* cells) {
  float* const to = (head < 0 ? mean.data() + layer * rows * columns
                              : heads.data() + (layer * n_head + head) * rows * columns);
  for (std::int64_t i = 0; i < n; ++i) {
    const float* from = cells + i * n_key_here;
    float* const row = to + (first + i) / query_block * columns;
    if (key_block == 1) {
      std::copy_n(from, n_key_here, row);
      continue;
    }
    for (std::int64_t c = 0, key = 0; key < n_key_here; ++c, key += key_block) {
      float most = row[c];
      const std::int64_t end = std::min(key + key_block, n_key_here);
      for (std::int64_t k = key; k < end; ++k) most = from[k] > most || std::isnan(from[k]) ? from[k] : most;
      row[c] = most;
    }
  }
}

std::uint64_t AttentionMaps::bytes_of_all() const {
  return static_cast<std::uint64_t>(n_layer * (n_head + 1) * n_query * n_key) * sizeof(float);
}

std::span<const float> InspectedPass::layer(std::int64_t l) const {
  const auto cells = static_cast<std::size_t>(hidden.n_token * hidden.n_channel);
  if (l < 0 || l >= hidden.n_layer) return {};
  return std::span(hidden.hidden).subspan(static_cast<std::size_t>(l) * cells, cells);
}

std::int64_t InspectedPass::nonFinite(std::int64_t l) const {
  if (l < 0 || l >= static_cast<std::int64_t>(activation.layers.size())) return 0;
  return activation.layers[static_cast<std::size_t>(l)].non_finite;
}

namespace {

constexpr std::size_t kAtOnce = 32;

/// Whether one of kAtOnce values is above in size: without a branch, so that several are compared in one instruction.
bool any_above(const float* values, float threshold) {
  int above = 0;
  for (std::size_t i = 0; i < kAtOnce; ++i) above |= static_cast<int>(std::fabs(values[i]) > threshold);
  return above != 0;
}

}  // namespace

std::vector<ActivationPlace> massive_places(const InspectedPass& pass, const ProbeConfig& rule,
                                            std::size_t most_per_layer) {
  const MassiveRule massive(rule);
  std::vector<ActivationPlace> all;
  for (std::int64_t l = 0; l < pass.hidden.n_layer; ++l) {
    const LayerActivation& measured = pass.activation.layers.at(static_cast<std::size_t>(l));
    const float threshold = massive.threshold(measured.median);
    const auto h = pass.layer(l);  // (T, C)
    std::vector<ActivationPlace> here;
    for (std::int64_t t = 0; t < pass.hidden.n_token; ++t) {
      // Most tokens have nothing of that size. A maximum leaves out what is not finite.
      if (measured.non_finite == 0 && !(measured.token_max.at(static_cast<std::size_t>(t)) > threshold)) continue;
      const auto row = h.subspan(static_cast<std::size_t>(t * pass.hidden.n_channel),
                                 static_cast<std::size_t>(pass.hidden.n_channel));
      for (std::size_t first = 0; first < row.size(); first += kAtOnce) {
        const std::size_t end = std::min(first + kAtOnce, row.size());
        if (end - first == kAtOnce && !any_above(row.data() + first, threshold)) continue;
        for (std::size_t c = first; c < end; ++c) {
          if (!(std::fabs(row[c]) > threshold)) continue;
          here.push_back({.value = row[c],
                          .layer = static_cast<std::int32_t>(l),
                          .token = static_cast<std::int32_t>(t),
                          .channel = static_cast<std::int32_t>(c),
                          .ratio = std::fabs(row[c]) / measured.median});
        }
      }
    }
    const auto larger = [](const ActivationPlace& a, const ActivationPlace& b) {
      const float x = std::fabs(a.value), y = std::fabs(b.value);
      return x != y ? x > y : a.token != b.token ? a.token < b.token : a.channel < b.channel;
    };
    if (here.size() > most_per_layer) {
      std::nth_element(here.begin(), here.begin() + static_cast<std::ptrdiff_t>(most_per_layer), here.end(), larger);
      here.resize(most_per_layer);
    }
    std::sort(here.begin(), here.end(), larger);
    all.insert(all.end(), here.begin(), here.end());
  }
  return all;
}

}  // namespace variometer
