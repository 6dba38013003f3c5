// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

namespace variometer {

/// Runs task(0) .. task(n - 1) on LibTorch's threads, an even run of consecutive tasks each; on the caller's thread
/// alone when n is 1 or inside another such call. Which thread runs a task never shows in its result.
void fused_parallel(std::int64_t n, const std::function<void(std::int64_t)>& task);
/// How many of them there are.
int fused_parallel_width();

/// At least `floats` floats that belong to the calling thread until its next call; kept from call to call.
float* fused_thread_scratch(std::int64_t floats);

/// Uninitialised, aligned to a cache line.
class FusedBuffer {
 public:
  explicit FusedBuffer(std::int64_t floats);
  float* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(float* p) const;
  };
  std::unique_ptr<float, Free> data_;
};

}  // namespace variometer
