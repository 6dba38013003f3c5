// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace variometer::testing {

/// The tensors of tests/data/decoder/<name>.safetensors (F32 and I64), by name.
inline std::map<std::string, at::Tensor> read_golden(const std::string& name) {
  std::ifstream file(std::string(VARIOMETER_TEST_DATA) + "/decoder/" + name + ".safetensors", std::ios::binary);
  std::uint64_t header_size = 0;
  file.read(reinterpret_cast<char*>(&header_size), sizeof header_size);
  std::string header(header_size, ' ');
  file.read(header.data(), static_cast<std::streamsize>(header_size));
  if (!file) throw std::runtime_error("golden " + name + " is missing");
  const auto start = file.tellg();
  std::map<std::string, at::Tensor> tensors;
  const auto entries = nlohmann::json::parse(header);
  for (const auto& [key, entry] : entries.items()) {
    if (key == "__metadata__") continue;
    const auto shape = entry["shape"].get<std::vector<std::int64_t>>();
    auto tensor = at::empty(shape, entry["dtype"] == "I64" ? at::kLong : at::kFloat);
    file.seekg(start + static_cast<std::streamoff>(entry["data_offsets"][0].get<std::int64_t>()));
    file.read(static_cast<char*>(tensor.mutable_data_ptr()), static_cast<std::streamsize>(tensor.nbytes()));
    tensors[key] = tensor;
  }
  return tensors;
}

/// Largest difference, as a share of the largest expected magnitude.
inline double relative_error(const at::Tensor& found, const at::Tensor& expected) {
  const double scale = expected.abs().max().item<double>();
  return (found - expected).abs().max().item<double>() / (scale > 0 ? scale : 1);
}

}  // namespace variometer::testing
