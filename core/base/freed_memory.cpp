// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/freed_memory.h"

#include <atomic>
#include <cstdlib>

#ifdef __GLIBC__
extern "C" int malloc_trim(std::size_t pad) noexcept;  // of <malloc.h>, which is no header of the standard
#endif

namespace variometer {
namespace {

std::atomic<void (*)()> g_other = nullptr;

}  // namespace

void return_freed_memory() {
  if (void (*other)() = g_other.load(std::memory_order_acquire)) other();
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

void also_return_freed_memory(void (*give_back)()) { g_other.store(give_back, std::memory_order_release); }

}  // namespace variometer
