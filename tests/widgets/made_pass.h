// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/inspector.h"

namespace variometer {

/// What a made-up model shows: h by layer, token and channel; attention spreads evenly unless told otherwise.
struct MadePass {
  std::int64_t n_layer = 2, n_token = 3, n_channel = 4, n_head = 2;
  std::function<float(std::int64_t layer, std::int64_t token, std::int64_t channel)> h = [](auto, auto t, auto c) {
    return static_cast<float>(1 + t + c);
  };
  std::vector<std::string> texts;
  std::vector<std::int32_t> ids;
  std::vector<bool> special;
  bool slot = false;
  std::function<float(std::int64_t head, std::int64_t query, std::int64_t key)> attention = {};

  PassPtr make() const {
    auto pass = std::make_shared<InspectedPass>();
    pass->dtype = "float32";
    pass->request.text = "made up";
    for (std::int64_t t = 0; t < n_token; ++t) {
      const auto at = static_cast<std::size_t>(t);
      pass->ids.push_back(at < ids.size() ? ids[at] : static_cast<std::int32_t>(10 + t));
      pass->activation.token_texts.push_back(at < texts.size() ? texts[at] : "t" + std::to_string(t));
      pass->special.push_back(at < special.size() && special[at]);
      if (t > 0) pass->token_loss.push_back(static_cast<float>(t));
    }
    pass->activation.tokens = pass->ids;
    pass->activation.loss = 2;
    pass->hidden.n_layer = n_layer;
    pass->hidden.n_token = n_token;
    pass->hidden.n_channel = n_channel;
    for (std::int64_t l = 0; l < n_layer; ++l) {
      std::vector<float> sizes;
      LayerActivation layer;
      layer.token_max.assign(static_cast<std::size_t>(n_token), 0);
      layer.channel_max.assign(static_cast<std::size_t>(n_channel), 0);
      for (std::int64_t t = 0; t < n_token; ++t) {
        for (std::int64_t c = 0; c < n_channel; ++c) {
          const float value = h(l, t, c);
          pass->hidden.hidden.push_back(value);
          sizes.push_back(std::fabs(value));
          auto& row = layer.token_max[static_cast<std::size_t>(t)];
          auto& column = layer.channel_max[static_cast<std::size_t>(c)];
          row = std::max(row, std::fabs(value));
          column = std::max(column, std::fabs(value));
          const ActivationPlace place{
              .value = value, .token = static_cast<std::int32_t>(t), .channel = static_cast<std::int32_t>(c)};
          if (layer.top.empty() || std::fabs(value) > std::fabs(layer.top[0].value)) layer.top = {place};
        }
      }
      std::sort(sizes.begin(), sizes.end());
      layer.median = sizes[(sizes.size() - 1) / 2];
      layer.ratio = std::fabs(layer.top[0].value) / layer.median;
      layer.first_token_share = 0.5F;
      layer.attention_entropy = 1;
      pass->activation.layers.push_back(std::move(layer));
    }
    AttentionMaps& maps = pass->attention;
    maps.n_layer = n_layer;
    maps.n_head = n_head;
    maps.n_query = maps.rows = n_token;
    maps.n_key = maps.columns = n_token + (slot ? 1 : 0);
    maps.slot = slot;
    const std::int64_t more = slot ? 1 : 0;
    for (std::int64_t l = 0; l < n_layer; ++l) {
      std::vector<float> mean(static_cast<std::size_t>(maps.n_query * maps.n_key));
      for (std::int64_t head = 0; head < n_head; ++head) {
        for (std::int64_t q = 0; q < maps.n_query; ++q) {
          for (std::int64_t k = 0; k < maps.n_key; ++k) {
            const bool seen = k <= q + more;
            const float p = !seen ? 0 : attention ? attention(head, q, k) : 1 / static_cast<float>(q + more + 1);
            maps.heads.push_back(p);
            mean[static_cast<std::size_t>(q * maps.n_key + k)] += p / static_cast<float>(n_head);
          }
        }
      }
      maps.mean.insert(maps.mean.end(), mean.begin(), mean.end());
    }
    pass->activation.massive = massive_places(*pass, {});
    return pass;
  }
};

}  // namespace variometer
