// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The exact lower median of |x| of many tensors, from its key's bits: a histogram of the upper ones, made while the
// tensors are read for something else, then one of the next ten for every further read.

#include "core/kernels/launch.cuh"
#include "core/kernels/reduce.cuh"

namespace variometer::cuda {

inline constexpr int kFirstBins = 2048;  // key bits 30..20, then 19..10, then 9..0
inline constexpr int kNextBins = 1024;

/// Where the median is being looked for.
struct Search {
  std::uint32_t prefix;  ///< upper bits of its key
  std::uint32_t rank;    ///< among the keys with this prefix
  std::uint32_t n;       ///< finite values of the tensor; 0: nothing to look for
};

/// Device memory of the search.
struct Median {
  Search* search;            ///< [n_slice]
  std::uint32_t* histogram;  ///< [n_slice, kFirstBins]
};

/// Finds the bin that holds the wanted rank and empties the histogram for the next read. One block per tensor.
inline __global__ void __launch_bounds__(kThreads) narrow(Median median, int n_bin, bool first) {
  __shared__ std::uint32_t part[kThreads];
  std::uint32_t* histogram = median.histogram + static_cast<std::int64_t>(blockIdx.x) * kFirstBins;
  Search& search = median.search[blockIdx.x];
  const int each = n_bin / kThreads, begin = static_cast<int>(threadIdx.x) * each;
  std::uint32_t sum = 0;
  for (int bin = begin; bin < begin + each; ++bin) sum += histogram[bin];
  part[threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.x == 0) {
    if (first) {
      std::uint32_t n = 0;
      for (int i = 0; i < kThreads; ++i) n += part[i];
      search = {0, n == 0 ? 0 : (n - 1) / 2, n};
    }
    if (search.n != 0) {
      std::uint32_t rank = search.rank;
      int i = 0;
      while (rank >= part[i]) rank -= part[i++];
      int bin = i * each;
      while (rank >= histogram[bin]) rank -= histogram[bin++];
      search.prefix = search.prefix * static_cast<std::uint32_t>(n_bin) + static_cast<std::uint32_t>(bin);
      search.rank = rank;
    }
  }
  __syncthreads();
  for (int bin = begin; bin < begin + each; ++bin) histogram[bin] = 0;
}

/// Histogram of the next ten key bits of the values whose upper bits are known to be the median's.
template <class T>
__global__ void __launch_bounds__(kThreads) refine(const Slice* __restrict__ slices, Median median, int shift) {
  __shared__ std::uint32_t histogram[kNextBins];
  for (int bin = threadIdx.x; bin < kNextBins; bin += kThreads) histogram[bin] = 0;
  __syncthreads();
  const auto* __restrict__ data = static_cast<const T*>(slices[blockIdx.x].data);
  const std::int64_t n = slices[blockIdx.x].n;
  const Search search = median.search[blockIdx.x];
  if (search.n == 0) return;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.y) * kThreads + threadIdx.x; i < n;
       i += static_cast<std::int64_t>(gridDim.y) * kThreads) {
    const std::uint32_t key = key_of(load(data, i));
    if (key < kInfinity && key >> (shift + 10) == search.prefix) {
      atomicAdd(&histogram[key >> shift & (kNextBins - 1)], 1U);
    }
  }
  __syncthreads();
  std::uint32_t* all = median.histogram + static_cast<std::int64_t>(blockIdx.x) * kFirstBins;
  for (int bin = threadIdx.x; bin < kNextBins; bin += kThreads) {
    if (histogram[bin] != 0) atomicAdd(&all[bin], histogram[bin]);
  }
}

/// After the first histogram: narrows it down to one key, `search[slice].prefix`. Returns how many bits are left below
/// it, all of them zero: bfloat16 widened to float32 has none below bit 16, so its keys are settled after bits 19..10.
template <class T>
int find_median(const Slice* slices, dim3 grid, const Median& median, cudaStream_t stream, FirstError& error) {
  const dim3 one_each(grid.x);
  error << launch(narrow, one_each, kThreads, stream, median, kFirstBins, true);
  const int last = sizeof(T) == 2 ? 10 : 0;
  for (int left = 10; left >= last; left -= 10) {
    error << launch(refine<T>, grid, kThreads, stream, slices, median, left);
    error << launch(narrow, one_each, kThreads, stream, median, kNextBins, false);
  }
  return last;
}

}  // namespace variometer::cuda
