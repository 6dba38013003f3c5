// SPDX-License-Identifier: GPL-3.0-or-later
// Norms, maxima, pooling and gathering; see statistics_kernels.h.
#include "core/kernels/launch.cuh"
#include "core/kernels/reduce.cuh"

namespace variometer::cuda {
namespace {

template <class T>
__global__ void __launch_bounds__(kThreads)
    squared(const Slice* __restrict__ a, const Slice* __restrict__ b, double* __restrict__ parts) {
  __shared__ double scratch[kWarps];
  const auto* __restrict__ x = static_cast<const T*>(a[blockIdx.x].data);
  const auto* __restrict__ y = b == nullptr ? nullptr : static_cast<const T*>(b[blockIdx.x].data);
  double sum = 0;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.y) * kThreads + threadIdx.x; i < a[blockIdx.x].n;
       i += static_cast<std::int64_t>(gridDim.y) * kThreads) {
    const auto d = static_cast<double>(y == nullptr ? load(x, i) : load(x, i) - load(y, i));
    sum += d * d;
  }
  sum = block_sum(sum, scratch);
  if (threadIdx.x == 0) parts[static_cast<std::int64_t>(blockIdx.x) * gridDim.y + blockIdx.y] = sum;
}

__global__ void add_parts(const double* parts, int n_part, double* sums) {
  double sum = 0;
  for (int i = 0; i < n_part; ++i) sum += parts[static_cast<std::int64_t>(blockIdx.x) * n_part + i];
  sums[blockIdx.x] = sum;
}

constexpr int kRows = 16;  // rows one block reads

template <class T>
__global__ void __launch_bounds__(kThreads)
    abs_maxima(const Slice* __restrict__ slices, std::int64_t n_row, std::int64_t n_token, std::int64_t n_column,
               std::int32_t* __restrict__ all_keys) {
  __shared__ std::int32_t scratch[kWarps];
  const auto* __restrict__ x = static_cast<const T*>(slices[blockIdx.y].data);
  if (slices[blockIdx.y].n == 0) return;  // no tensor: the whole block leaves together
  std::int32_t* tokens = all_keys + static_cast<std::int64_t>(blockIdx.y) * (n_token + n_column);
  std::int32_t* columns = tokens + n_token;
  const std::int64_t first = static_cast<std::int64_t>(blockIdx.x) * kRows;
  std::int32_t row_max[kRows] = {};
  for (std::int64_t c = threadIdx.x; c < n_column; c += kThreads) {
    std::int32_t column_max = 0;
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      if (first + r >= n_row) continue;
      const auto key = static_cast<std::int32_t>(key_of(load(x, (first + r) * n_column + c)));
      row_max[r] = max(row_max[r], key);
      column_max = max(column_max, key);
    }
    atomicMax(&columns[c], column_max);
  }
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
    const std::int32_t most = block_max(row_max[r], scratch);
    if (threadIdx.x == 0 && first + r < n_row) atomicMax(&tokens[(first + r) % n_token], most);
  }
}

template <class T>
__global__ void __launch_bounds__(kThreads)
    abs_max_pool(const T* __restrict__ x, std::int64_t n_row, std::int64_t n_column, std::int64_t row_block,
                 std::int64_t column_block, std::int64_t n_cell_column, std::int64_t n_cell,
                 Place* __restrict__ cells) {
  const std::int64_t cell = static_cast<std::int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (cell >= n_cell) return;
  const std::int64_t row = cell / n_cell_column * row_block, column = cell % n_cell_column * column_block;
  const std::int64_t row_end = min(n_row, row + row_block), column_end = min(n_column, column + column_block);
  unsigned long long best = 0;
  for (std::int64_t r = row; r < row_end; ++r) {
    for (std::int64_t c = column; c < column_end; ++c) {
      const std::int64_t i = r * n_column + c;
      best = max(best, packed(key_of(load(x, i)), static_cast<std::uint32_t>(i)));
    }
  }
  cells[cell] = {load(x, packed_index(best)), packed_index(best)};
}

template <class T>
__global__ void __launch_bounds__(kThreads)
    collect_above(const Slice* __restrict__ slices, const float* __restrict__ thresholds, std::uint32_t capacity,
                  Place* __restrict__ places, std::uint32_t* __restrict__ counts) {
  const auto* __restrict__ x = static_cast<const T*>(slices[blockIdx.x].data);
  const std::uint32_t least = key_of(thresholds[blockIdx.x]);
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.y) * kThreads + threadIdx.x; i < slices[blockIdx.x].n;
       i += static_cast<std::int64_t>(gridDim.y) * kThreads) {
    const float value = load(x, i);
    const std::uint32_t key = key_of(value);
    if (key <= least || key >= kInfinity) continue;
    const std::uint32_t at = atomicAdd(&counts[blockIdx.x], 1U);
    if (at < capacity) {
      places[static_cast<std::int64_t>(blockIdx.x) * capacity + at] = {value, static_cast<std::uint32_t>(i)};
    }
  }
}

}  // namespace

cudaError_t launch_squared_distances(const Slice* device_a, const Slice* device_b, int n_slice, Element element,
                                     double* device_scratch, double* device_sums, cudaStream_t stream) {
  if (n_slice == 0) return cudaSuccess;
  const dim3 grid(static_cast<unsigned>(n_slice), kMostChunks);
  const auto kernel = element == Element::float32 ? squared<float> : squared<__nv_bfloat16>;
  FirstError error;
  error << launch(kernel, grid, kThreads, stream, device_a, device_b, device_scratch);
  return error << launch(add_parts, dim3(static_cast<unsigned>(n_slice)), 1, stream, device_scratch, kMostChunks,
                         device_sums);
}

cudaError_t launch_abs_maxima(const Slice* device_slices, int n_slice, std::int64_t n_row, std::int64_t n_token,
                              std::int64_t n_column, Element element, std::int32_t* device_keys, cudaStream_t stream) {
  if (n_slice == 0) return cudaSuccess;
  FirstError error;
  error << cudaMemsetAsync(device_keys, 0,
                           sizeof(std::int32_t) * static_cast<std::size_t>(n_slice * (n_token + n_column)), stream);
  if (n_row == 0) return error;
  const dim3 grid(static_cast<unsigned>((n_row + kRows - 1) / kRows), static_cast<unsigned>(n_slice));
  const auto kernel = element == Element::float32 ? abs_maxima<float> : abs_maxima<__nv_bfloat16>;
  return error << launch(kernel, grid, kThreads, stream, device_slices, n_row, n_token, n_column, device_keys);
}

cudaError_t launch_abs_max_pool(const void* device_x, std::int64_t n_row, std::int64_t n_column, std::int64_t row_block,
                                std::int64_t column_block, Element element, Place* device_cells, cudaStream_t stream) {
  const std::int64_t n_cell_column = (n_column + column_block - 1) / column_block;
  const std::int64_t n_cell = (n_row + row_block - 1) / row_block * n_cell_column;
  if (n_cell == 0) return cudaSuccess;
  const dim3 grid(static_cast<unsigned>((n_cell + kThreads - 1) / kThreads));
  const auto go = [&](auto kernel, auto* x) {
    return launch(kernel, grid, kThreads, stream, x, n_row, n_column, row_block, column_block, n_cell_column, n_cell,
                  device_cells);
  };
  return element == Element::float32 ? go(abs_max_pool<float>, static_cast<const float*>(device_x))
                                     : go(abs_max_pool<__nv_bfloat16>, static_cast<const __nv_bfloat16*>(device_x));
}

cudaError_t launch_collect_above(const Slice* device_slices, int n_slice, std::int64_t most, Element element,
                                 const float* device_thresholds, std::uint32_t capacity, Place* device_places,
                                 std::uint32_t* device_counts, cudaStream_t stream) {
  if (n_slice == 0) return cudaSuccess;
  FirstError error;
  error << cudaMemsetAsync(device_counts, 0, sizeof(std::uint32_t) * static_cast<std::size_t>(n_slice), stream);
  if (most == 0) return error;
  const std::int64_t n_block = (most + kThreads - 1) / kThreads;
  const dim3 grid(static_cast<unsigned>(n_slice), static_cast<unsigned>(n_block < kMostChunks ? n_block : kMostChunks));
  const auto kernel = element == Element::float32 ? collect_above<float> : collect_above<__nv_bfloat16>;
  return error << launch(kernel, grid, kThreads, stream, device_slices, device_thresholds, capacity, device_places,
                         device_counts);
}

}  // namespace variometer::cuda
