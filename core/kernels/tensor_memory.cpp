// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/tensor_memory.h"

#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "core/base/freed_memory.h"

namespace variometer {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kAlignment = 64;      // of a cache line and of AVX-512, as LibTorch's own
constexpr std::size_t kSmall = 32 * 1024;   // below: malloc, whose heap small tensors do not tear up
constexpr std::size_t kSlack = 64UL << 20;  // what may be kept beyond the most that was in use at once

/// Eight sizes to a doubling, whole pages: at most an eighth is wasted, and sizes that grow token by token share few.
std::size_t size_class(std::size_t n) {
  const std::size_t step = std::max(kPage, std::bit_floor(n) / 8);
  return (n + step - 1) / step * step;
}

class PageAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(std::size_t n) override {
    void* data = n == 0 ? nullptr : n < kSmall ? small(n) : large(n);
    return {data, data, &PageAllocator::give, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &PageAllocator::give; }
  void copy_data(void* to, const void* from, std::size_t n) const override { default_copy_data(to, from, n); }

  static PageAllocator& instance() {
    static auto* allocator = new PageAllocator;  // tensors of static lifetime may go after everything else
    return *allocator;
  }

  TensorMemory state() {
    const std::scoped_lock lock(mutex_);
    return {static_cast<std::int64_t>(in_use_), static_cast<std::int64_t>(kept_bytes_)};
  }

  void release() {
    const std::scoped_lock lock(mutex_);
    unmap_all();
    most_ = in_use_;
  }

 private:
  [[noreturn]] static void fail(std::size_t n) {
    // In the words of LibTorch's own allocator, by which out of memory is recognised (core/base/device_failure.h).
    TORCH_CHECK(false, "PageAllocator: can't allocate memory: you tried to allocate ", n, " bytes.");
  }

  static void* small(std::size_t n) {
    void* data = nullptr;
    if (::posix_memalign(&data, kAlignment, n) != 0) fail(n);
    return data;
  }

  void* large(std::size_t n) {
    const std::size_t size = size_class(n);
    const std::scoped_lock lock(mutex_);
    void* data = nullptr;
    if (auto& kept = kept_[size]; !kept.empty()) {
      data = kept.back();
      kept.pop_back();
      kept_bytes_ -= size;
    } else {
      data = map(size);
      if (data == MAP_FAILED) {
        unmap_all();
        data = map(size);
      }
      if (data == MAP_FAILED) fail(n);
    }
    sizes_.emplace(data, size);
    in_use_ += size;
    most_ = std::max(most_, in_use_);
    return data;
  }

  static void* map(std::size_t size) {
    return ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  }

  static void give(void* data) {
    // Pages begin at multiples of their size; what malloc gave seldom does.
    if (reinterpret_cast<std::uintptr_t>(data) % kPage != 0 || !instance().keep(data)) std::free(data);
  }

  /// False: it is none of these.
  bool keep(void* data) {
    const std::scoped_lock lock(mutex_);
    const auto found = sizes_.find(data);
    if (found == sizes_.end()) return false;
    const std::size_t size = found->second;
    sizes_.erase(found);
    in_use_ -= size;
    kept_[size].push_back(data);
    kept_bytes_ += size;
    // Sizes that come no more must not pile up. Once in a while: an update needs at most what it needed before.
    if (in_use_ + kept_bytes_ > 2 * most_ + kSlack) unmap_all();
    return true;
  }

  void unmap_all() {
    for (auto& [size, kept] : kept_) {
      for (void* data : kept) ::munmap(data, size);
    }
    kept_.clear();
    kept_bytes_ = 0;
  }

  std::mutex mutex_;
  std::unordered_map<void*, std::size_t> sizes_;     ///< of what is in use
  std::map<std::size_t, std::vector<void*>> kept_;  ///< by size
  std::size_t in_use_ = 0, kept_bytes_ = 0, most_ = 0;
};

}  // namespace

void use_tensor_memory() {
#ifndef __SANITIZE_ADDRESS__
  static const bool once = [] {
    c10::SetCPUAllocator(&PageAllocator::instance(), /*priority=*/1);
    also_return_freed_memory([] { PageAllocator::instance().release(); });
    return true;
  }();
  static_cast<void>(once);
#endif
}

TensorMemory tensor_memory() { return PageAllocator::instance().state(); }

}  // namespace variometer
