// SPDX-License-Identifier: GPL-3.0-or-later
// Statistics of many tensors in one launch per stage. A grid column is one tensor (there may be more
// of them than a grid has rows), up to kMostChunks blocks share it.
#include <type_traits>

#include "core/kernels/median.cuh"

namespace variometer::cuda {
namespace {

/// Histograms a block keeps side by side. Activations fall into some thirty bins, weights into fewer: with one
/// histogram a fifth of a warp would wait for the same word.
constexpr int kCopies = 4;
constexpr int kRun = 16;  // values a thread holds in registers at once: the longest float partial sum

struct Counts {
  unsigned long long n_nan, n_infinite;
};

/// Device memory behind the scratch pointer.
struct Scratch {
  Moments* moments;         ///< [n_slice, kMostChunks]
  Counts* counts;           ///< same
  unsigned long long* top;  ///< [n_slice, kMostChunks, n_top]
  Median median;
  std::size_t bytes;

  Scratch(void* memory, int n_slice, int n_top) {
    auto* at = static_cast<unsigned char*>(memory);
    const auto take = [&](auto*& pointer, std::size_t n) {
      pointer = reinterpret_cast<std::remove_reference_t<decltype(pointer)>>(at);
      at += (n * sizeof *pointer + 15) / 16 * 16;
    };
    const auto n = static_cast<std::size_t>(n_slice);
    take(moments, n * kMostChunks);
    take(counts, n * kMostChunks);
    take(top, n * kMostChunks * static_cast<std::size_t>(n_top));
    take(median.search, n);
    take(median.histogram, n * kFirstBins);
    bytes = static_cast<std::size_t>(at - static_cast<unsigned char*>(memory));
  }
};

/// A thread's largest values, largest first: in registers for a short list, in local memory for a long one.
template <int kTop>
struct TopList {
  static constexpr int kUnroll = kTop <= 4 ? kTop : 1;
  unsigned long long entry[kTop] = {};

  __device__ void offer(unsigned long long candidate) {
    if (candidate <= entry[kTop - 1]) return;
#pragma unroll kUnroll
    for (int i = 0; i < kTop; ++i) {
      if (candidate > entry[i]) {
        const unsigned long long smaller = entry[i];
        entry[i] = candidate;
        candidate = smaller;
      }
    }
  }
  __device__ void drop_first() {
#pragma unroll kUnroll
    for (int i = 0; i + 1 < kTop; ++i) entry[i] = entry[i + 1];
    entry[kTop - 1] = 0;
  }
};

/// Moments of the finite values among a thread's run: two passes in registers, scaled by a power of two so that fourth
/// powers neither over- nor underflow.
__device__ Moments run_moments(const float (&x)[kRun], unsigned finite, std::uint32_t largest) {
  const int n = __popc(finite);
  Moments moments{static_cast<double>(n), 0, 0, 0, 0};
  if (n == 0 || largest == 0) return moments;
  const int exponent = min(max(static_cast<int>(largest >> 23) - 126, -120), 126);
  const float scale = __uint_as_float(static_cast<std::uint32_t>(127 - exponent) << 23);
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kRun; ++i) {
    if (finite >> i & 1) sum += x[i] * scale;
  }
  const float shift = sum / static_cast<float>(n);
  float s1 = 0, s2 = 0, s3 = 0, s4 = 0;
#pragma unroll
  for (int i = 0; i < kRun; ++i) {
    if (finite >> i & 1) {
      const float d = x[i] * scale - shift, d2 = d * d;
      s1 += d;
      s2 += d2;
      s3 += d2 * d;
      s4 += d2 * d2;
    }
  }
  const double a = static_cast<double>(s1) / n, u = scalbn(1.0, exponent), u2 = u * u;
  moments.mean = (static_cast<double>(shift) + a) * u;
  moments.m2 = fmax(0.0, s2 - n * a * a) * u2;
  moments.m3 = (s3 - 3 * a * s2 + 2 * n * a * a * a) * u2 * u;
  moments.m4 = fmax(0.0, s4 - 4 * a * s3 + 6 * a * a * s2 - 3 * n * a * a * a * a) * u2 * u2;
  return moments;
}

template <class T, int kTop>
__global__ void __launch_bounds__(kThreads)
    scan(const Slice* __restrict__ slices, int n_top, bool median, Scratch scratch) {
  __shared__ std::uint32_t histogram[kCopies * kFirstBins];
  __shared__ unsigned long long maxima[kWarps];
  __shared__ unsigned long long sums[kWarps];
  __shared__ Moments warp_moments[kWarps];
  const int slice = blockIdx.x, chunk = blockIdx.y, thread = threadIdx.x;
  const auto* __restrict__ data = static_cast<const T*>(slices[slice].data);
  const std::int64_t n = slices[slice].n;
  if (median) {
    for (int bin = thread; bin < kCopies * kFirstBins; bin += kThreads) histogram[bin] = 0;
    __syncthreads();
  }
  std::uint32_t* own = histogram + thread % kCopies * kFirstBins;

  Moments moments{};
  TopList<kTop> top;
  unsigned long long n_nan = 0, n_infinite = 0;
  for (std::int64_t base = static_cast<std::int64_t>(chunk) * kThreads * kRun; base < n;
       base += static_cast<std::int64_t>(gridDim.y) * kThreads * kRun) {
    float x[kRun];
    unsigned finite = 0;
    std::uint32_t largest = 0;
#pragma unroll
    for (int i = 0; i < kRun; ++i) {
      const std::int64_t index = base + i * kThreads + thread;
      x[i] = index < n ? load(data, index) : 0.0F;
      const std::uint32_t key = key_of(x[i]);
      if (index >= n) continue;
      if (key >= kInfinity) {
        ++(key == kInfinity ? n_infinite : n_nan);
        continue;
      }
      finite |= 1U << i;
      largest = max(largest, key);
      if (median) atomicAdd(&own[key >> 20], 1U);
      top.offer(packed(key, static_cast<std::uint32_t>(index)));
    }
    moments.merge(run_moments(x, finite, largest));
  }

  const std::int64_t place = static_cast<std::int64_t>(slice) * kMostChunks + chunk;
  moments = warp_merge(moments);
  if (thread % 32 == 0) warp_moments[thread / 32] = moments;
  for (int k = 0; k < n_top; ++k) {
    const unsigned long long best = block_max(top.entry[0], maxima);
    if (best != 0 && best == top.entry[0]) top.drop_first();
    if (thread == 0) scratch.top[place * n_top + k] = best;
  }
  n_nan = block_sum(n_nan, sums);
  n_infinite = block_sum(n_infinite, sums);
  if (thread == 0) {
    for (int warp = 1; warp < kWarps; ++warp) moments.merge(warp_moments[warp]);
    scratch.moments[place] = moments;
    scratch.counts[place] = {n_nan, n_infinite};
  }
  if (median) {
    __syncthreads();
    std::uint32_t* all = scratch.median.histogram + static_cast<std::int64_t>(slice) * kFirstBins;
    for (int bin = thread; bin < kFirstBins; bin += kThreads) {
      std::uint32_t sum = 0;
#pragma unroll
      for (int copy = 0; copy < kCopies; ++copy) sum += histogram[copy * kFirstBins + bin];
      if (sum != 0) atomicAdd(&all[bin], sum);
    }
  }
}

/// Puts the chunks of one tensor together. One block per tensor; `left`: key bits the search has not settled.
template <class T>
__global__ void __launch_bounds__(kThreads) finish(const Slice* __restrict__ slices, Scratch scratch, int n_chunk,
                                                   int n_top, bool median, int left, Found* __restrict__ all_found) {
  __shared__ unsigned long long maxima[kWarps];
  const int slice = blockIdx.x, thread = threadIdx.x;
  const auto* __restrict__ data = static_cast<const T*>(slices[slice].data);
  Found& found = all_found[slice];
  const std::int64_t first = static_cast<std::int64_t>(slice) * kMostChunks;
  if (thread < 32) {
    Moments moments{};
    for (int chunk = thread; chunk < n_chunk; chunk += 32) moments.merge(scratch.moments[first + chunk]);
    moments = warp_merge(moments);
    if (thread == 0) {
      found.n = moments.n;
      found.mean = moments.mean;
      found.m2 = moments.m2;
      found.m3 = moments.m3;
      found.m4 = moments.m4;
    }
  }
  if (thread == 32) {
    unsigned long long n_nan = 0, n_infinite = 0;
    for (int chunk = 0; chunk < n_chunk; ++chunk) {
      n_nan += scratch.counts[first + chunk].n_nan;
      n_infinite += scratch.counts[first + chunk].n_infinite;
    }
    found.n_nan = n_nan;
    found.n_infinite = n_infinite;
    found.median_key = 0;
    if (median) {
      const auto& search = scratch.median.search[slice];
      found.median_key = search.n != 0 ? search.prefix << left : kNotANumber;
    }
  }
  const unsigned long long* top = scratch.top + first * n_top;
  unsigned long long last = ~0ULL;
  std::uint32_t n_found = 0;
  for (int k = 0; k < n_top; ++k) {
    unsigned long long best = 0;
    for (int i = thread; i < n_chunk * n_top; i += kThreads) {
      if (top[i] < last && top[i] > best) best = top[i];
    }
    best = block_max(best, maxima);
    if (best == 0) break;
    last = best;
    ++n_found;
    if (thread == 0) found.top[k] = {load(data, packed_index(best)), packed_index(best)};
  }
  if (thread == 0) found.n_top = n_found;
}

template <class T, int kTop>
cudaError_t run(const Slice* slices, int n_slice, std::int64_t most, int n_top, bool median, void* memory, Found* found,
                cudaStream_t stream) {
  const Scratch scratch(memory, n_slice, n_top);
  const std::int64_t per_block = std::int64_t{kThreads} * kRun;
  const std::int64_t wanted = (most + per_block - 1) / per_block;
  const auto n_chunk = static_cast<unsigned>(wanted < 1 ? 1 : wanted > kMostChunks ? kMostChunks : wanted);
  const dim3 grid(static_cast<unsigned>(n_slice), n_chunk), one_each(static_cast<unsigned>(n_slice));
  FirstError error;
  if (median) {
    error << cudaMemsetAsync(scratch.median.histogram, 0,
                             sizeof(std::uint32_t) * kFirstBins * static_cast<std::size_t>(n_slice), stream);
  }
  error << launch(scan<T, kTop>, grid, kThreads, stream, slices, n_top, median, scratch);
  const int left = median ? find_median<T>(slices, grid, scratch.median, stream, error) : 0;
  return error << launch(finish<T>, one_each, kThreads, stream, slices, scratch, static_cast<int>(n_chunk), n_top,
                         median, left, found);
}

template <class T>
cudaError_t run_for(const Slice* slices, int n_slice, std::int64_t most, int n_top, bool median, void* memory,
                    Found* found, cudaStream_t stream) {
  if (n_top <= 4) return run<T, 4>(slices, n_slice, most, n_top, median, memory, found, stream);
  return run<T, kMostTop>(slices, n_slice, most, n_top, median, memory, found, stream);
}

}  // namespace

cudaError_t kernels_have_code() {
  cudaFuncAttributes attributes{};
  return cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(&finish<float>));
}

std::size_t statistics_scratch_bytes(int n_slice, int n_top) { return Scratch(nullptr, n_slice, n_top).bytes; }

cudaError_t launch_statistics(const Slice* device_slices, int n_slice, std::int64_t most, Element element, int n_top,
                              bool median, void* device_scratch, Found* device_found, cudaStream_t stream) {
  if (n_slice == 0) return cudaSuccess;
  if (n_top < 0 || n_top > kMostTop) return cudaErrorInvalidValue;
  return element == Element::float32
             ? run_for<float>(device_slices, n_slice, most, n_top, median, device_scratch, device_found, stream)
             : run_for<__nv_bfloat16>(device_slices, n_slice, most, n_top, median, device_scratch, device_found,
                                      stream);
}

}  // namespace variometer::cuda
