// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstddef>
#include <cstdint>

#include "core/base/error.h"
#include "core/record/record_check.h"
#include "tests/fuzz/scratch_file.h"

// `variometer check` on any file: a report, or one Error. Where HDF5 1.10 itself falls, that is HDF5's: see README.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const variometer::ScratchFile file("run.h5");
  file.write(data, size);
  try {
    variometer::check_record(file.path());
  } catch (const variometer::Error&) {
  }
  return 0;
}
