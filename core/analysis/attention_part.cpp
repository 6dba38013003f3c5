// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/attention_part.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include <algorithm>
#include <chrono>

#include "core/analysis/token_loss.h"
#include "core/base/error.h"
#include "core/model/partial_taps.h"

namespace variometer {
namespace {

/// Copies the cells that were asked for, and leaves once they are all there: nothing after attention is wanted.
class PartTap : public BlockTap {
 public:
  struct Enough {};

  explicit PartTap(AttentionPart& part) : part_(part) {}

  std::int64_t block() const override { return part_.of.layer; }
  at::Tensor before() const override {
    const InspectedPass& pass = *part_.of.pass;
    const auto h = pass.layer(part_.of.layer - 1);
    return at::from_blob(const_cast<float*>(h.data()), {1, pass.hidden.n_token, pass.hidden.n_channel}, at::kFloat);
  }
  bool wants_attention() const override { return true; }
  void attention(std::int64_t layer, const at::Tensor& probabilities) override {
    attention_rows(layer, 0, probabilities.size(2), probabilities);
  }
  void attention_rows(std::int64_t, std::int64_t first_query, std::int64_t,
                      const at::Tensor& probabilities) override {
    const AttentionRequest& of = part_.of;
    const std::int64_t end = first_query + probabilities.size(2);
    const std::int64_t from = std::max(first_query, of.first_query), to = std::min(end, of.first_query + of.n_query);
    const std::int64_t n_key = std::min(of.n_key, probabilities.size(3) - of.first_key);
    if (from < to && n_key > 0) {
      const at::Tensor heads = probabilities.detach().select(0, 0);
      const at::Tensor map = (of.head < 0 ? heads.to(at::kFloat).mean(0) : heads.select(0, of.head))
                                 .narrow(0, from - first_query, to - from)
                                 .narrow(1, of.first_key, n_key)
                                 .to(at::kCPU, at::kFloat)
                                 .contiguous();
      for (std::int64_t q = from; q < to; ++q) {
        std::copy_n(map.const_data_ptr<float>() + (q - from) * n_key, n_key,
                    part_.cells.begin() + static_cast<std::ptrdiff_t>((q - of.first_query) * of.n_key));
      }
    }
    if (end >= of.first_query + of.n_query) throw Enough{};
  }

 private:
  AttentionPart& part_;
};

void require(const AttentionRequest& request) {
  const AttentionMaps& maps = request.pass->attention;
  const auto within = [](std::int64_t first, std::int64_t n, std::int64_t all) {
    return first >= 0 && n > 0 && first + n <= all;
  };
  if (request.layer >= 0 && request.layer < maps.n_layer && request.head >= -1 && request.head < maps.n_head &&
      within(request.first_query, request.n_query, maps.n_query) &&
      within(request.first_key, request.n_key, maps.n_key)) {
    return;
  }
  throw usage_error("these cells of the attention maps are not there");
}

}  // namespace

AttentionPart attention_part(Decoder& decoder, const AttentionRequest& request) {
  require(request);
  const auto start = std::chrono::steady_clock::now();
  const at::NoGradGuard no_grad;
  const InspectedPass& pass = *request.pass;
  AttentionPart part;
  part.of = request;
  part.cells.assign(static_cast<std::size_t>(request.n_query * request.n_key), 0);
  PartTap tap(part);
  try {
    decoder.hidden(id_tensor(pass.ids).unsqueeze(0).to(decoder.device()), &tap);
  } catch (const PartTap::Enough&) {
  }
  part.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return part;
}

}  // namespace variometer
