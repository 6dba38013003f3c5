// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>

namespace variometer {

/// Splits begin..end into one contiguous piece per thread (of at least `grain`) and calls f(from, to) for each, on
/// LibTorch's own OpenMP pool. at::parallel_for is a template that is serial in code compiled without -fopenmp, and
/// with -fopenmp we would bring a second pool; so the entry point of the pool already loaded is called by name. Serial
/// where there is none, inside another parallel region, and under ThreadSanitizer (which cannot see libgomp's
/// barriers). The first exception f throws is thrown again here. Which thread does what never changes a result of ours.
void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain,
                  const std::function<void(std::int64_t, std::int64_t)>& f);

}  // namespace variometer
