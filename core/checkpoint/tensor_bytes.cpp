// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/tensor_bytes.h"

#include <ATen/ops/empty.h>

#include <array>
#include <cstring>
#include <memory>
#include <utility>

#include "core/base/error.h"

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

}  // namespace

at::Tensor tensor_from(const SafetensorsFile& file, const TensorEntry& entry) {
  for (const auto& [name, type] : kTypes) {
    if (entry.dtype != name) continue;
    auto tensor = at::empty(entry.shape, at::TensorOptions().dtype(type));
    const auto data = file.data(entry);
    if (!data.empty()) std::memcpy(tensor.mutable_data_ptr(), data.data(), data.size());
    return tensor;
  }
  throw file_error(file.path().string() + ": tensor " + entry.name + " is " + entry.dtype +
                   "; F32, F16, BF16 and F64 can be read");
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
