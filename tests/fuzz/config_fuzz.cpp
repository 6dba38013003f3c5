// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/error.h"
#include "core/checkpoint/hf_config.h"
#include "tests/fuzz/scratch_file.h"

// config.json of a folder somebody else made: accepted, or one Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const variometer::ScratchFile file("config.json");
  file.write(data, size);
  try {
    const auto config = variometer::read_hf_config(file.folder());
    variometer::hf_config_from_model(config);
  } catch (const variometer::Error&) {
  }
  return 0;
}
