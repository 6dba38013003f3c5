// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/allocator.h"

#include <cstdlib>  // defines __GLIBC__ where it is glibc

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace variometer {

void keep_freed_memory() {
#if defined(__GLIBC__)
  constexpr int kOneGibibyte = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kOneGibibyte);
  mallopt(M_TRIM_THRESHOLD, kOneGibibyte);
  mallopt(M_TOP_PAD, 64 << 20);
#endif
}

}  // namespace variometer
