// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/checkpoint/output_file.h"
#include "core/checkpoint/safetensors.h"

namespace variometer {
namespace {

std::uint64_t bytes_of(const TensorSource& tensor) {
  std::uint64_t n = static_cast<std::uint64_t>(dtype_bits(tensor.dtype)) / 8;
  for (const auto dimension : tensor.shape) n *= static_cast<std::uint64_t>(dimension);
  return n;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, std::vector<TensorSource> tensors,
                       const std::map<std::string, std::string>& metadata) {
  std::sort(tensors.begin(), tensors.end(), [](const TensorSource& a, const TensorSource& b) {
    const int wide_a = dtype_bits(a.dtype), wide_b = dtype_bits(b.dtype);
    return wide_a != wide_b ? wide_a > wide_b : a.name < b.name;
  });
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::uint64_t at = 0;
  for (const auto& tensor : tensors) {
    const std::uint64_t end = at + bytes_of(tensor);
    header[tensor.name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  std::string text = json_text(header);
  text.append((8 - text.size() % 8) % 8, ' ');
  std::array<std::byte, 8> length{};
  for (std::size_t i = 0; i < 8; ++i) length[i] = static_cast<std::byte>(text.size() >> (8 * i) & 0xff);

  OutputFile file(path);
  file.write(length);
  file.write(std::as_bytes(std::span(text)));
  for (const auto& tensor : tensors) {
    const auto data = tensor.data();
    if (data.size() != bytes_of(tensor)) throw file_error(path.string() + ": " + tensor.name + " changed its size");
    file.write(data);
  }
  file.close();
}

}  // namespace variometer
