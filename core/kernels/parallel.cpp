// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/parallel.h"

#include <dlfcn.h>

#include <algorithm>
#include <exception>
#include <mutex>

namespace variometer {
namespace {

/// The compiler's interface to libgomp, which clang, gcc and every build of LibTorch for Linux agree on.
struct OpenMp {
  void (*parallel)(void (*)(void*), void*, unsigned n_thread, unsigned flags) = nullptr;
  int (*thread)() = nullptr;
  int (*n_thread)() = nullptr;
  int (*most_threads)() = nullptr;
  int (*inside)() = nullptr;

  template <class F>
  static void find(F& function, const char* name) {
    function = reinterpret_cast<F>(dlsym(RTLD_DEFAULT, name));
  }
  OpenMp() {
#if !defined(__SANITIZE_THREAD__)
    find(parallel, "GOMP_parallel");
    find(thread, "omp_get_thread_num");
    find(n_thread, "omp_get_num_threads");
    find(most_threads, "omp_get_max_threads");
    find(inside, "omp_in_parallel");
#endif
  }
  bool usable() const {
    return parallel && thread && n_thread && most_threads && inside && !inside() && most_threads() > 1;
  }
};

const OpenMp& open_mp() {
  static const OpenMp found;
  return found;
}

struct Job {
  std::int64_t begin, end, n_piece;
  const std::function<void(std::int64_t, std::int64_t)>& f;
  std::mutex mutex;
  std::exception_ptr failure;

  void run_piece(std::int64_t piece) {
    const std::int64_t size = (end - begin + n_piece - 1) / n_piece;
    const std::int64_t from = begin + piece * size, to = std::min(end, from + size);
    if (from >= to) return;
    try {
      f(from, to);
    } catch (...) {
      const std::scoped_lock lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  }
  static void run(void* data) {
    auto& job = *static_cast<Job*>(data);
    // The pool may give fewer threads than asked: each takes every n-th piece.
    for (std::int64_t piece = open_mp().thread(); piece < job.n_piece; piece += open_mp().n_thread()) {
      job.run_piece(piece);
    }
  }
};

}  // namespace

void parallel_for(std::int64_t begin, std::int64_t end, std::int64_t grain,
                  const std::function<void(std::int64_t, std::int64_t)>& f) {
  if (begin >= end) return;
  const OpenMp& pool = open_mp();
  std::int64_t n_piece = 1;
  if (pool.usable())
    n_piece = std::min<std::int64_t>(pool.most_threads(), (end - begin) / std::max<std::int64_t>(1, grain));
  if (n_piece <= 1) {
    f(begin, end);
    return;
  }
  Job job{begin, end, n_piece, f, {}, {}};
  pool.parallel(&Job::run, &job, static_cast<unsigned>(n_piece), 0);
  if (job.failure) std::rethrow_exception(job.failure);
}

}  // namespace variometer
