// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <source_location>
#include <string>
#include <vector>

// Runs CUDA kernels that g++ compiled as plain C++, one block after the other, every thread of a block a fiber that
// runs until it meets a barrier or an exchange of its warp. One caller at a time.
//
// What a passing test proves: the arithmetic and the indexing of the kernel (with ASan: of global memory too); that all
// threads of a block meet the same barriers, and all lanes named in a mask the same exchange; that nothing reads shared
// memory before it is written where NaN would show; and, run in several orders of threads and blocks, that the result
// does not hang on the order between two barriers, as it does where a __syncthreads is missing.
// What it does not: anything that takes two threads at the same moment or the hardware's memory model (races on global
// memory, missing fences, lanes of a warp that run apart), the device's own rounding of expf and its like, contraction
// to fused multiply-adds, registers and occupancy, time, and that LibTorch's side hands over the right pointers.
namespace variometer::emulation {

struct Place {
  unsigned x, y, z;
};

/// In which order the threads of a block, and the blocks, get their turns. Forward and reverse: one warp after the
/// other, as far as it gets. From 2 on: drawn with this number as seed, thread by thread and anew for every turn.
enum class Order : std::uint64_t { forward = 0, reverse = 1 };
void set_order(Order order);
/// Those worth trying: forward, reverse and two that are drawn.
std::vector<Order> orders();

/// Runs `kernel` for every thread of every block; `enter` sets what the thread sees as threadIdx and blockIdx. Throws
/// std::runtime_error, naming threads and lines, where a barrier or an exchange is not met by all it is meant for.
void run(Place grid, Place block, const std::function<void()>& kernel, void (*enter)(Place thread, Place block));

// Called by a running thread.
int lane();
void wait_for_block(const std::source_location& where);
/// Lane `source`'s n bytes at *value, once all lanes of `mask` are here.
void exchange(void* value, std::size_t n, int source, unsigned mask, const std::source_location& where);

}  // namespace variometer::emulation
