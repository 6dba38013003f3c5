// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace variometer {

/// Gives memory that was freed, but that the allocator keeps for later, back to the system. After something large has
/// been closed. Takes some milliseconds a gigabyte; any thread. Does nothing where the C library has no such call.
void return_freed_memory();

/// return_freed_memory() calls this too, for an allocator beside malloc. One at most; any thread.
void also_return_freed_memory(void (*give_back)());

}  // namespace variometer
