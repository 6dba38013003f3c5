// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace variometer {

/// Gives what was freed back to the system: the C library keeps it otherwise, and after a long text or a model that is
/// hundreds of megabytes. Takes milliseconds; call it where much was let go.
inline void release_free_memory() {
#ifdef __GLIBC__
  ::malloc_trim(0);
#endif
}

}  // namespace variometer
