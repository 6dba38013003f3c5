// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/freed_memory.h"

#include <cstdlib>

#ifdef __GLIBC__
extern "C" int malloc_trim(std::size_t pad) noexcept;  // of <malloc.h>, which is no header of the standard
#endif

namespace variometer {

void return_freed_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace variometer
