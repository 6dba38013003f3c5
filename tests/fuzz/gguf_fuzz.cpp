// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "core/base/error.h"
#include "core/checkpoint/gguf.h"

// What is accepted lies inside the file: every value's bytes and every tensor.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  try {
    const auto header = variometer::parse_gguf(file, "fuzz");
    for (const auto& value : header.values) {
      if (value.bytes.empty()) continue;
      if (value.bytes.data() < file.data() || value.bytes.size() > size ||
          value.bytes.data() + value.bytes.size() > file.data() + size)
        std::abort();
    }
    for (const auto& tensor : header.tensors) {
      if (tensor.end < tensor.begin || tensor.end > size || tensor.begin < header.data_offset) std::abort();
    }
  } catch (const variometer::Error&) {
  }
  return 0;
}
