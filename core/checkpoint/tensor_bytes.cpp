// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/tensor_bytes.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/error.h"
#include "core/checkpoint/gguf.h"
#include "core/checkpoint/gguf_model.h"
#include "core/checkpoint/mapped_file.h"
#include "core/kernels/dequantize.h"
#include "core/kernels/parallel.h"

namespace variometer {
namespace {

constexpr std::array<std::pair<const char*, at::ScalarType>, 9> kTypes{{{"F32", at::kFloat},
                                                                        {"F64", at::kDouble},
                                                                        {"F16", at::kHalf},
                                                                        {"BF16", at::kBFloat16},
                                                                        {"I64", at::kLong},
                                                                        {"I32", at::kInt},
                                                                        {"I16", at::kShort},
                                                                        {"U8", at::kByte},
                                                                        {"BOOL", at::kBool}}};

std::optional<at::ScalarType> type_named(const std::string& dtype) {
  for (const auto& [name, type] : kTypes) {
    if (dtype == name) return type;
  }
  // GGUF's names of the same things.
  if (dtype == "I8") return at::kChar;
  return std::nullopt;
}

[[noreturn]] void refuse(const std::filesystem::path& path, const TensorEntry& entry) {
  throw file_error(path.string() + ": tensor " + in_quotes(entry.name) + " is " + entry.dtype +
                   "; weights can be F32, F16, BF16 or F64, and in GGUF Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K or " +
                   "Q6_K too; convert the model to one of those");
}

void for_rows(std::int64_t n_row, std::int64_t row_values, Threads threads,
              const std::function<void(std::int64_t, std::int64_t)>& f) {
  if (threads == Threads::one) return f(0, n_row);
  constexpr std::int64_t kValues = 1 << 16;
  parallel_for(0, n_row, std::max<std::int64_t>(1, kValues / std::max<std::int64_t>(1, row_values)), f);
}

/// Rows, counted in the file, and how many; all of them unless said otherwise.
struct RowRange {
  std::int64_t first = 0, n = -1;
};

/// A tensor of a GGUF file as Hugging Face would have it; or some rows of one.
at::Tensor from_gguf(const TensorStore::Item& item, Threads threads, RowRange range = {}) {
  const auto& weight = *item.weight;
  const auto type = type_named(item.entry->dtype);
  const auto quantised = weight.tensor->type;
  if (!type && !can_dequantize(quantised)) refuse(item.path(), *item.entry);
  auto shape = weight.shape;
  if (weight.transposed) std::swap(shape.at(0), shape.at(1));
  auto data = item.data();
  if (range.n >= 0) {
    const auto row_bytes = data.size() / static_cast<std::size_t>(shape.at(0));
    data =
        data.subspan(static_cast<std::size_t>(range.first) * row_bytes, static_cast<std::size_t>(range.n) * row_bytes);
    shape.at(0) = range.n;
  }
  auto tensor = at::empty(shape, at::TensorOptions().dtype(type.value_or(at::kFloat)));
  if (tensor.numel() == 0) return weight.transposed ? tensor.t() : tensor;
  const std::int64_t n_row = shape.size() > 1 ? tensor.numel() / shape.back() : 1;
  const std::int64_t row_values = tensor.numel() / n_row;
  const std::size_t row_bytes = data.size() / static_cast<std::size_t>(n_row);
  auto* to = static_cast<std::byte*>(tensor.mutable_data_ptr());
  const auto row_out = static_cast<std::size_t>(row_values) * tensor.element_size();
  for_rows(n_row, row_values, threads, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const auto at = static_cast<std::size_t>(row);
      const auto from = weight.rows.empty() || n_row == 1 ? at : static_cast<std::size_t>(weight.rows[at]);
      const std::byte* source = data.data() + from * row_bytes;
      if (type) {
        std::memcpy(to + at * row_out, source, row_bytes);
      } else {
        dequantize(quantised, source, row_values, reinterpret_cast<float*>(to + at * row_out));
      }
    }
  });
  if (shape.size() == 1 && !weight.rows.empty()) tensor = tensor.index_select(0, at::tensor(weight.rows));  // a bias
  if (weight.minus_one) tensor = tensor.to(at::kFloat) - 1.0;
  return weight.transposed ? tensor.t() : tensor;
}

}  // namespace

void require_weights(const TensorStore::Item& item) {
  const auto type = type_named(item.entry->dtype);
  const bool floating = type && at::isFloatingType(*type);
  // Numbers that count are no weights: a model with such tensors would be computed from nonsense.
  if (floating || (item.gguf != nullptr && can_dequantize(item.weight->tensor->type))) return;
  refuse(item.path(), *item.entry);
}

at::Tensor tensor_from(const SafetensorsFile& file, const TensorEntry& entry) {
  return tensor_from(TensorStore::Item{.file = &file, .entry = &entry}, Threads::one);
}

at::Tensor tensor_from(const TensorStore::Item& item, Threads threads) {
  if (item.gguf != nullptr) return from_gguf(item, threads);
  const auto type = type_named(item.entry->dtype);
  if (!type) refuse(item.path(), *item.entry);
  auto tensor = at::empty(item.entry->shape, at::TensorOptions().dtype(*type));
  const auto data = item.data();
  auto* to = static_cast<std::byte*>(tensor.mutable_data_ptr());
  const auto size = static_cast<std::int64_t>(data.size());
  for_rows(size, 1, threads, [&](std::int64_t begin, std::int64_t end) {
    if (begin < end) std::memcpy(to + begin, data.data() + begin, static_cast<std::size_t>(end - begin));
  });
  return tensor;
}

bool has_quantised_rows(const TensorStore::Item& item) {
  return item.gguf != nullptr && !type_named(item.entry->dtype) && can_dequantize(item.weight->tensor->type) &&
         item.weight->shape.size() == 2 && item.weight->rows.empty() && !item.weight->transposed &&
         !item.weight->minus_one;
}

at::Tensor quantised_rows(const TensorStore::Item& item, std::int64_t first, std::int64_t n) {
  if (first < 0 || n < 0 || first > item.weight->shape.at(0) - n) {
    throw run_error(in_quotes(item.entry->name) + " has no " + std::to_string(n) + " rows from " +
                    std::to_string(first) + " on");
  }
  return from_gguf(item, n > 1 ? Threads::all : Threads::one, {first, n});
}

at::Tensor tensor_view(const std::shared_ptr<const TensorStore>& store, const TensorStore::Item& item,
                       Threads threads) {
  const auto type = type_named(item.entry->dtype);
  const auto data = item.data();
  const bool as_it_lies = item.gguf == nullptr || (item.weight->rows.empty() && !item.weight->minus_one);
  const auto size = type ? at::elementSize(*type) : 0;
  if (!type || !as_it_lies || data.empty() || reinterpret_cast<std::uintptr_t>(data.data()) % size != 0) {
    return tensor_from(item, threads);
  }
  auto shape = item.entry->shape;
  const bool transposed = item.weight != nullptr && item.weight->transposed;
  if (transposed) std::swap(shape.at(0), shape.at(1));
  const auto tensor = at::from_blob(
      const_cast<std::byte*>(data.data()), shape, [store](void*) {}, at::TensorOptions().dtype(*type));
  return transposed ? tensor.t() : tensor;
}

TensorSource source_of(std::string name, at::Tensor tensor) {
  const char* dtype = nullptr;
  for (const auto& [known, type] : kTypes) {
    if (tensor.scalar_type() == type) dtype = known;
  }
  if (dtype == nullptr) throw file_error(name + ": its dtype has no name in safetensors");
  TensorSource source{std::move(name), dtype, tensor.sizes().vec(), {}};
  // The bytes on their way out live as long as the source itself.
  source.data = [tensor = std::move(tensor), held = std::make_shared<at::Tensor>()]() -> std::span<const std::byte> {
    *held = tensor.detach().cpu().contiguous();
    return {static_cast<const std::byte*>(held->const_data_ptr()), held->nbytes()};
  };
  return source;
}

}  // namespace variometer
