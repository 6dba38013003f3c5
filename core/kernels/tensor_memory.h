// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace variometer {

/// From now on the larger tensors on the CPU live in memory of their own: pages from the system, kept for the next
/// tensor of about that size when one is freed. Training frees and allocates the same sizes in every update, so the
/// pages are neither mapped nor zeroed again (5 to 13 % of an update), and what outlives an update (measurements) does
/// not settle between them: with malloc alone that let a run of an hour take 2.5 GB for 0.4 GB in use.
///
/// Once for the process, before the first tensor; later calls do nothing. Any thread. In a build with AddressSanitizer
/// it does nothing, so that tensors are watched. return_freed_memory() gives what is kept back to the system.
void use_tensor_memory();

/// Of the tensors that live there: bytes in use, and bytes kept for later ones. Any thread.
struct TensorMemory {
  std::int64_t in_use = 0;
  std::int64_t kept = 0;
};
TensorMemory tensor_memory();

}  // namespace variometer
