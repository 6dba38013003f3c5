// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/weight_summary.h"

#include <cmath>

#include "core/kernels/parallel.h"
#include "core/kernels/statistics.h"

namespace variometer {
namespace {

/// Equal bins over [-limit, limit]. Counted by pieces, so that threads share nothing while they count.
std::vector<std::int64_t> signed_histogram(std::span<const float> x, float limit) {
  constexpr std::int64_t kPiece = std::int64_t{1} << 20;
  const auto n = static_cast<std::int64_t>(x.size());
  const auto n_piece = (n + kPiece - 1) / kPiece;
  std::vector<std::int64_t> pieces(static_cast<std::size_t>(n_piece * WeightSummary::kBins));
  const float scale = static_cast<float>(WeightSummary::kBins) / (2 * limit);
  parallel_for(0, n_piece, 1, [&](std::int64_t from, std::int64_t to) {
    for (std::int64_t piece = from; piece < to; ++piece) {
      std::int64_t* counts = &pieces[static_cast<std::size_t>(piece * WeightSummary::kBins)];
      const auto begin = static_cast<std::size_t>(piece * kPiece);
      for (const float value : x.subspan(begin, std::min<std::size_t>(kPiece, x.size() - begin))) {
        if (!std::isfinite(value)) continue;
        const int bin = static_cast<int>((value + limit) * scale);
        ++counts[std::min(bin, WeightSummary::kBins - 1)];
      }
    }
  });
  std::vector<std::int64_t> bins(WeightSummary::kBins);
  for (std::size_t i = 0; i < pieces.size(); ++i) bins[i % WeightSummary::kBins] += pieces[i];
  return bins;
}

}  // namespace

WeightSummaryPtr summarise_weight(const TensorInfo& info, const at::Tensor& value) {
  const at::Tensor here = value.detach().to(at::kCPU, at::kFloat).contiguous();
  const std::span<const float> x(here.const_data_ptr<float>(), static_cast<std::size_t>(here.numel()));
  const Statistics found = statistics(x, 1);
  auto summary = std::make_shared<WeightSummary>();
  summary->info = info;
  summary->count = found.count;
  summary->non_finite = found.n_nan + found.n_infinite;
  summary->mean = found.mean;
  const auto n = static_cast<double>(found.count);
  summary->std = found.count > 1 ? std::sqrt(found.variance * n / (n - 1)) : found.variance;
  summary->skewness = found.skewness;
  summary->kurtosis = found.kurtosis;
  summary->abs_median = found.abs_median;
  summary->abs_max = found.top.empty() ? kNotMeasured : std::fabs(found.top.front().value);
  // A limit so small that its inverse overflows has no bins to speak of.
  if (summary->abs_max >= 1e-30F) summary->histogram = signed_histogram(x, summary->abs_max);
  return summary;
}

}  // namespace variometer
