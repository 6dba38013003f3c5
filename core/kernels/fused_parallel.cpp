// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/fused_parallel.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <new>

#include "core/kernels/parallel.h"

namespace variometer {
namespace {

constexpr std::align_val_t kAlignment{64};

}  // namespace

void fused_parallel(std::int64_t n, const std::function<void(std::int64_t)>& task) {
  parallel_for(0, n, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) task(i);
  });
}

int fused_parallel_width() { return at::get_num_threads(); }

float* fused_thread_scratch(std::int64_t floats) {
  thread_local std::int64_t size = 0;
  thread_local std::unique_ptr<FusedBuffer> buffer;
  if (floats > size) {
    buffer.reset();
    buffer = std::make_unique<FusedBuffer>(floats);
    size = floats;
  }
  return buffer->data();
}

FusedBuffer::FusedBuffer(std::int64_t floats)
    : data_(static_cast<float*>(
          ::operator new(static_cast<std::size_t>(std::max<std::int64_t>(floats, 1)) * sizeof(float), kAlignment))) {}

void FusedBuffer::Free::operator()(float* p) const { ::operator delete(p, kAlignment); }

}  // namespace variometer
