// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "core/base/error.h"
#include "core/checkpoint/safetensors.h"

// A header that is accepted describes ranges inside the file, as long as dtype and shape say.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto header = variometer::parse_safetensors_header(std::as_bytes(std::span(data, size)), size, "fuzz");
    std::uint64_t end = 0;
    for (const auto& entry : header.entries) {
      if (entry.begin != end || entry.end < entry.begin) std::abort();
      end = entry.end;
      const auto bits = static_cast<std::uint64_t>(variometer::dtype_bits(entry.dtype));
      if ((entry.count() * bits + 7) / 8 != entry.bytes()) std::abort();
    }
    if (header.data_offset + end != size) std::abort();
  } catch (const variometer::Error&) {
  }
  return 0;
}
