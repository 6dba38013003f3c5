// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/fused_passes.h"

#include <numeric>
#include <utility>

namespace variometer {
namespace {

// Packing fewer floats than this is quicker than waking another thread.
constexpr std::int64_t kSerialPack = 1 << 16;
constexpr std::int64_t kPieceColumns = 128;

std::int64_t packed_floats(const FusedLinear& linear, bool forward) {
  const auto& kernels = fused_kernels();
  return forward ? kernels.packed_size(linear.n_in, linear.n_out) : kernels.packed_size(linear.n_out, linear.n_in);
}

}  // namespace

std::int64_t PackedWeights::total(const std::vector<const FusedLinear*>& linears, bool forward) {
  std::int64_t floats = 0;
  for (const auto* linear : linears) floats += packed_floats(*linear, forward);
  return floats;
}

PackedWeights::PackedWeights(std::vector<const FusedLinear*> linears, bool forward) : buffer_(total(linears, forward)) {
  std::int64_t offset = 0;
  for (const auto* linear : linears) {
    offsets_.push_back(offset);
    offset += packed_floats(*linear, forward);
  }
  // Pieces of whole panels, whatever the panel's width.
  struct Piece {
    std::size_t i;
    std::int64_t first, n;
  };
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < linears.size(); ++i) {
    const auto N = forward ? linears[i]->n_out : linears[i]->n_in;
    for (std::int64_t first = 0; first < N; first += kPieceColumns) {
      pieces.push_back({i, first, std::min(kPieceColumns, N - first)});
    }
  }
  const auto pack = [&](std::int64_t index) {
    const auto [i, first, n] = pieces[static_cast<std::size_t>(index)];
    const auto& linear = *linears[i];
    const auto K = forward ? linear.n_in : linear.n_out;
    fused_kernels().pack(K, n, linear.weight + (forward ? first * linear.n_in : first), linear.n_in,
                         /*transposed=*/forward, buffer_.data() + offsets_[i] + first * K);
  };
  const auto n_piece = static_cast<std::int64_t>(pieces.size());
  if (offset > kSerialPack) {
    fused_parallel(n_piece, pack);
  } else {
    for (std::int64_t i = 0; i < n_piece; ++i) pack(i);
  }
}

NormGradSums::NormGradSums(std::int64_t n_chunk, std::int64_t C)
    : n_chunk_(n_chunk), C_(C), sums_(static_cast<std::size_t>(n_chunk * (2 * C + 1)), 0.0F) {}

FusedNormGrad NormGradSums::of(std::int64_t chunk, const FusedNormGrad& wanted) {
  float* own = sums_.data() + chunk * (2 * C_ + 1);
  return {own, wanted.bias != nullptr ? own + C_ : nullptr, own + 2 * C_};
}

void NormGradSums::finish(const FusedNormGrad& out) const {
  const auto sum = [&](float* result, std::int64_t offset, std::int64_t n) {
    if (result == nullptr) return;
    std::fill(result, result + n, 0.0F);
    for (std::int64_t chunk = 0; chunk < n_chunk_; ++chunk) {
      const float* part = sums_.data() + chunk * (2 * C_ + 1) + offset;
      for (std::int64_t i = 0; i < n; ++i) result[i] += part[i];
    }
  };
  sum(out.weight, 0, C_);
  sum(out.bias, C_, C_);
  sum(out.alpha, 2 * C_, 1);
}

void fused_weight_grads(const std::vector<WeightGradJob>& jobs, std::int64_t n_row, bool accumulate) {
  struct Piece {
    const WeightGradJob* job;
    std::int64_t first, n, cost;
  };
  const auto n_bin = static_cast<std::size_t>(std::max(1, fused_parallel_width()));
  // Every piece packs its x anew: few threads get large pieces.
  const std::int64_t piece_rows = n_bin == 1 ? 960 : n_bin <= 4 ? 240 : 120;
  std::vector<Piece> pieces;
  for (const auto& job : jobs) {
    const auto& linear = *job.linear;
    for (std::int64_t first = 0; first < linear.n_out; first += piece_rows) {
      const auto n = std::min(piece_rows, linear.n_out - first);
      pieces.push_back({&job, first, n, n * linear.n_in});
    }
  }
  std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.cost > b.cost; });
  std::vector<std::vector<Piece>> bins(n_bin);
  std::vector<std::int64_t> load(n_bin, 0);
  for (const auto& piece : pieces) {
    const auto bin = static_cast<std::size_t>(std::min_element(load.begin(), load.end()) - load.begin());
    bins[bin].push_back(piece);
    load[bin] += piece.cost;
  }
  const auto& kernels = fused_kernels();
  fused_parallel(static_cast<std::int64_t>(n_bin), [&](std::int64_t bin) {
    for (const auto& [job, first, n, cost] : bins[static_cast<std::size_t>(bin)]) {
      const auto& linear = *job->linear;
      float* scratch = fused_thread_scratch(kernels.gemm_tn_scratch(linear.n_in));
      kernels.gemm_tn(n, linear.n_in, n_row, job->dy + first, job->ld_dy, job->x, linear.n_in,
                      linear.weight_grad + first * linear.n_in, linear.n_in, accumulate, scratch);
      if (linear.bias_grad == nullptr) continue;
      if (!accumulate) std::fill(linear.bias_grad + first, linear.bias_grad + first + n, 0.0F);
      kernels.add_columns(n_row, n, job->dy + first, job->ld_dy, linear.bias_grad + first);
    }
  });
}

}  // namespace variometer
