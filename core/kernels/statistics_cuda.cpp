// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/statistics_cuda.h"

#include <ATen/ops/empty.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>

#include "core/kernels/cuda_stream.h"
#include "core/kernels/statistics_kernels.h"

namespace variometer {
namespace {

using cuda::Element;
using cuda::Found;
using cuda::Place;
using cuda::Slice;

// Never empty: pointers to nothing would be null.
std::int64_t at_least_one(std::size_t n) { return static_cast<std::int64_t>(std::max<std::size_t>(n, 1)); }

at::Tensor device_bytes(std::size_t n, const at::Device& device) {
  return at::empty({at_least_one(n)}, at::TensorOptions().dtype(at::kByte).device(device));
}

template <class T>
T* pointer(const at::Tensor& bytes) {
  return reinterpret_cast<T*>(bytes.data_ptr());
}

/// A plain array, copied to the device on the current stream without waiting.
template <class T>
at::Tensor to_device(const std::vector<T>& values, const at::Device& device) {
  static_assert(std::is_trivially_copyable_v<T>);
  const std::size_t bytes = values.size() * sizeof(T);
  const at::Tensor here = pinned_bytes(at_least_one(bytes));
  if (bytes > 0) std::memcpy(here.data_ptr(), values.data(), bytes);
  at::Tensor there = device_bytes(bytes, device);
  there.copy_(here, /*non_blocking=*/true);
  return there;
}

/// A copy back that is under way.
class Download {
 public:
  Download() = default;
  explicit Download(const at::Tensor& from) : host_(pinned_bytes(from.numel())) {
    host_.copy_(from, /*non_blocking=*/true);
    done_ = CudaEvent::after_queued(from.device());
  }
  template <class T>
  const T* wait() const {
    done_.wait();
    return pointer<const T>(host_);
  }

 private:
  at::Tensor host_;
  CudaEvent done_;
};

/// Tensors of one call as the kernels see them: contiguous, all float32 or all bfloat16.
struct Table {
  std::vector<at::Tensor> tensors;  ///< hold the memory
  std::vector<Slice> slices;
  Element element = Element::float32;
  std::int64_t most = 0;
  at::Device device{at::kCUDA};
  at::Tensor on_device;

  explicit Table(const std::vector<at::Tensor>& given, bool allow_bfloat16 = true) {
    bool all_bfloat16 = allow_bfloat16;
    for (const auto& tensor : given) {
      if (!tensor.defined()) continue;
      all_bfloat16 = all_bfloat16 && tensor.scalar_type() == at::kBFloat16;
      device = tensor.device();
    }
    element = all_bfloat16 ? Element::bfloat16 : Element::float32;
    const c10::DeviceGuard guard(device);
    for (const auto& tensor : given) {
      if (!tensor.defined()) {
        tensors.emplace_back();
        slices.push_back({});
        continue;
      }
      TORCH_CHECK(tensor.device() == device, "statistics of one call must be on one device");
      tensors.push_back(tensor.detach().to(all_bfloat16 ? at::kBFloat16 : at::kFloat).contiguous());
      const std::int64_t n = tensor.numel();
      TORCH_CHECK(n < std::numeric_limits<std::uint32_t>::max(), "a tensor of ", n, " values is too large to measure");
      slices.push_back({tensors.back().const_data_ptr(), n});
      most = std::max(most, n);
    }
    on_device = to_device(slices, device);
  }
  int size() const { return static_cast<int>(slices.size()); }
  const Slice* device_slices() const { return pointer<const Slice>(on_device); }
};

Statistics from_found(const Found& found) {
  Statistics result;
  result.count = static_cast<std::int64_t>(found.n);
  result.n_nan = static_cast<std::int64_t>(found.n_nan);
  result.n_infinite = static_cast<std::int64_t>(found.n_infinite);
  std::memcpy(&result.abs_median, &found.median_key, sizeof result.abs_median);
  const double undefined = std::numeric_limits<double>::quiet_NaN();
  if (result.count == 0) {
    result.mean = result.variance = result.skewness = result.kurtosis = undefined;
    return result;
  }
  result.mean = found.mean;
  result.variance = found.m2 / found.n;
  result.skewness = found.m2 > 0 ? std::sqrt(found.n) * found.m3 / (found.m2 * std::sqrt(found.m2)) : undefined;
  result.kurtosis = found.m2 > 0 ? found.n * found.m4 / (found.m2 * found.m2) - 3 : undefined;
  for (std::uint32_t i = 0; i < found.n_top; ++i) {
    result.top.push_back({found.top[i].value, static_cast<std::int64_t>(found.top[i].index)});
  }
  return result;
}

}  // namespace

std::function<std::vector<Statistics>()> launch_statistics_cuda(const std::vector<at::Tensor>& tensors, int n_top,
                                                                bool median) {
  TORCH_CHECK(n_top >= 0 && n_top <= cuda::kMostTop, "the ", n_top, " largest values were asked for; 0 to ",
              cuda::kMostTop, " can be kept");
  auto table = std::make_shared<Table>(tensors);
  const c10::DeviceGuard guard(table->device);
  const int n = table->size();
  // Freed when this returns: LibTorch's allocator hands memory out again in the order of the stream.
  const at::Tensor scratch = device_bytes(cuda::statistics_scratch_bytes(n, n_top), table->device);
  const at::Tensor found = device_bytes(sizeof(Found) * static_cast<std::size_t>(n), table->device);
  check_cuda(cuda::launch_statistics(table->device_slices(), n, table->most, table->element, n_top, median,
                                     scratch.data_ptr(), pointer<Found>(found), current_cuda_stream(table->device)));
  return [table, download = Download(found)] {
    std::vector<Statistics> result;
    const Found* all = download.wait<Found>();
    for (int i = 0; i < table->size(); ++i) result.push_back(from_found(all[i]));
    return result;
  };
}

std::vector<double> squared_distances_cuda(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  TORCH_CHECK(b.empty() || a.size() == b.size(), "squared distances of ", a.size(), " tensors and ", b.size());
  for (std::size_t i = 0; i < b.size(); ++i) {
    if (!a[i].defined()) continue;
    TORCH_CHECK(b[i].defined() && a[i].numel() == b[i].numel(), "squared distance of tensors of ", a[i].numel(),
                " and ", b[i].defined() ? b[i].numel() : 0, " values");
  }
  const Table first(a, /*allow_bfloat16=*/false);
  std::unique_ptr<Table> second;
  if (!b.empty()) second = std::make_unique<Table>(b, /*allow_bfloat16=*/false);
  const c10::DeviceGuard guard(first.device);
  const auto n = static_cast<std::size_t>(first.size());
  const at::Tensor scratch = device_bytes(sizeof(double) * n * cuda::kMostChunks, first.device);
  const at::Tensor sums = device_bytes(sizeof(double) * n, first.device);
  check_cuda(cuda::launch_squared_distances(first.device_slices(), second ? second->device_slices() : nullptr,
                                            first.size(), first.element, pointer<double>(scratch),
                                            pointer<double>(sums), current_cuda_stream(first.device)));
  const Download download(sums);
  const double* all = download.wait<double>();
  std::vector<double> result(all, all + n);
  for (std::size_t i = 0; i < n; ++i) {
    if (!a[i].defined()) result[i] = std::numeric_limits<double>::quiet_NaN();
  }
  return result;
}

std::vector<AbsMaxima> abs_maxima_cuda(const std::vector<at::Tensor>& tensors) {
  std::vector<AbsMaxima> result(tensors.size());
  const auto first = std::find_if(tensors.begin(), tensors.end(), [](const auto& tensor) { return tensor.defined(); });
  if (first == tensors.end()) return result;  // no device either
  const Table table(tensors);
  const c10::DeviceGuard guard(table.device);
  TORCH_CHECK(first->dim() >= 2, "maxima need matrices, not a tensor of ", first->dim(), " dimensions");
  const std::int64_t n_token = first->size(-2), n_column = first->size(-1);
  for (const auto& tensor : tensors) {
    TORCH_CHECK(!tensor.defined() || tensor.sizes() == first->sizes(), "maxima of one call must have one shape");
  }
  const std::int64_t n_row = n_column == 0 ? 0 : table.most / n_column;
  const auto each = static_cast<std::size_t>(n_token + n_column);
  const at::Tensor keys = device_bytes(sizeof(std::int32_t) * each * tensors.size(), table.device);
  check_cuda(cuda::launch_abs_maxima(table.device_slices(), table.size(), n_row, n_token, n_column, table.element,
                                     pointer<std::int32_t>(keys), current_cuda_stream(table.device)));
  const Download download(keys);
  const float* all = download.wait<float>();  // a key is the magnitude's bits
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (!tensors[i].defined()) continue;
    const float* begin = all + i * each;
    result[i].token.assign(begin, begin + n_token);
    result[i].channel.assign(begin + n_token, begin + n_token + n_column);
  }
  return result;
}

Pooled abs_max_pool_cuda(const at::Tensor& matrix, std::int64_t row_block, std::int64_t column_block) {
  TORCH_CHECK(matrix.defined() && matrix.dim() == 2 && row_block > 0 && column_block > 0,
              "pooling needs a matrix and blocks of at least one cell");
  const Table table({matrix});
  const c10::DeviceGuard guard(table.device);
  Pooled pooled;
  pooled.n_row = (matrix.size(0) + row_block - 1) / row_block;
  pooled.n_column = (matrix.size(1) + column_block - 1) / column_block;
  const auto n = static_cast<std::size_t>(pooled.n_row * pooled.n_column);
  const at::Tensor cells = device_bytes(sizeof(Place) * n, table.device);
  check_cuda(cuda::launch_abs_max_pool(table.slices[0].data, matrix.size(0), matrix.size(1), row_block, column_block,
                                       table.element, pointer<Place>(cells), current_cuda_stream(table.device)));
  const Download download(cells);
  const Place* all = download.wait<Place>();
  for (std::size_t i = 0; i < n; ++i) {
    pooled.value.push_back(all[i].value);
    if (row_block != 1 || column_block != 1) pooled.index.push_back(all[i].index);
  }
  return pooled;
}

std::vector<std::vector<TopEntry>> collect_above_cuda(const std::vector<at::Tensor>& tensors,
                                                      const std::vector<float>& thresholds) {
  TORCH_CHECK(tensors.size() == thresholds.size(), tensors.size(), " tensors and ", thresholds.size(), " thresholds");
  const Table table(tensors);
  const c10::DeviceGuard guard(table.device);
  const std::size_t n = tensors.size();
  const at::Tensor limits = to_device(thresholds, table.device);
  const at::Tensor counts = device_bytes(sizeof(std::uint32_t) * n, table.device);
  std::vector<std::vector<TopEntry>> result(n);
  // Room for the usual handful; if there were more, once again with room for all.
  for (std::uint32_t capacity = 256;;) {
    const at::Tensor places = device_bytes(sizeof(Place) * n * capacity, table.device);
    check_cuda(cuda::launch_collect_above(table.device_slices(), table.size(), table.most, table.element,
                                          pointer<const float>(limits), capacity, pointer<Place>(places),
                                          pointer<std::uint32_t>(counts), current_cuda_stream(table.device)));
    const Download count_download(counts), place_download(places);
    const auto* found = count_download.wait<std::uint32_t>();
    const std::uint32_t most = n == 0 ? 0 : *std::max_element(found, found + n);
    if (most > capacity) {
      capacity = most;
      continue;
    }
    const Place* all = place_download.wait<Place>();
    for (std::size_t i = 0; i < n; ++i) {
      for (std::uint32_t k = 0; k < found[i]; ++k) {
        const Place& place = all[i * capacity + k];
        result[i].push_back({place.value, static_cast<std::int64_t>(place.index)});
      }
      std::sort(result[i].begin(), result[i].end(), [](const auto& a, const auto& b) { return a.index < b.index; });
    }
    return result;
  }
}

}  // namespace variometer
