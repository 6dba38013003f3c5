// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// What statistics.cu offers to statistics_cuda.cpp: raw device pointers and a stream, no LibTorch. All calls only queue
// work; pointers named device_* must stay valid until the stream has done it. Errors of a launch come back as
// cudaError_t. Results do not depend on timing: counts are integers, maxima are maxima, sums are merged in fixed order.

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

#include "core/kernels/element.h"

namespace variometer::cuda {

inline constexpr int kMostTop = 64;
inline constexpr int kMostChunks = 64;  ///< blocks that share one tensor
inline constexpr std::uint32_t kNotANumber = 0x7fc00000;  ///< bits of a float32 NaN

/// One tensor: contiguous, fewer than 2^32 values.
struct Slice {
  const void* data = nullptr;
  std::int64_t n = 0;
};

struct Place {
  float value = 0;
  std::uint32_t index = 0;
};

/// Statistics of one tensor; central moments are sums, not means.
struct Found {
  double n = 0, mean = 0, m2 = 0, m3 = 0, m4 = 0;
  std::uint64_t n_nan = 0, n_infinite = 0;
  std::uint32_t median_key = 0;  ///< bits of the lower median of |x|; kNotANumber: nothing finite; 0: not asked for
  std::uint32_t n_top = 0;
  Place top[kMostTop];
};

/// cudaSuccess where the current device has code of these kernels (all are built for the same architectures).
cudaError_t kernels_have_code();

/// Bytes of scratch `launch_statistics` needs for n_slice tensors.
std::size_t statistics_scratch_bytes(int n_slice, int n_top);
/// One launch per stage for all tensors: moments, counts, top-k and a key histogram in one read; with `median` one
/// (bfloat16) or two (float32) more reads that narrow the histogram down. most: the largest n of the slices.
cudaError_t launch_statistics(const Slice* device_slices, int n_slice, std::int64_t most, Element element, int n_top,
                              bool median, void* device_scratch, Found* device_found, cudaStream_t stream);

/// sum of (a - b)^2 of every pair in double; a null b counts as zeros. Scratch: n_slice * kMostChunks doubles.
cudaError_t launch_squared_distances(const Slice* device_a, const Slice* device_b, int n_slice, Element element,
                                     double* device_scratch, double* device_sums, cudaStream_t stream);

/// max |x| of n_slice matrices of n_row rows by token (row % n_token) and by column, as keys (float bits without sign):
/// keys[slice][n_token + n_column], set to zero here.
cudaError_t launch_abs_maxima(const Slice* device_slices, int n_slice, std::int64_t n_row, std::int64_t n_token,
                              std::int64_t n_column, Element element, std::int32_t* device_keys, cudaStream_t stream);

/// The cell of largest |x| of every block of a matrix (ties: smaller index; NaN wins).
cudaError_t launch_abs_max_pool(const void* device_x, std::int64_t n_row, std::int64_t n_column, std::int64_t row_block,
                                std::int64_t column_block, Element element, Place* device_cells, cudaStream_t stream);

/// Finite values with |x| > thresholds[slice], unordered: at most `capacity` of each tensor in places[slice][capacity],
/// and how many there are in counts[slice].
cudaError_t launch_collect_above(const Slice* device_slices, int n_slice, std::int64_t most, Element element,
                                 const float* device_thresholds, std::uint32_t capacity, Place* device_places,
                                 std::uint32_t* device_counts, cudaStream_t stream);

}  // namespace variometer::cuda
