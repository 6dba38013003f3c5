// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_process.h"

#include <alloca.h>
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "core/base/error.h"

namespace variometer {
namespace {

std::atomic<bool> g_interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

void on_interrupt(int) { g_interrupted.store(true, std::memory_order_relaxed); }

/// Threads of LibTorch's pool that spin while they wait cost a whole scheduler quantum per operation on a busy desktop
/// (7 ms against 0.02 ms measured). The pool reads OMP_WAIT_POLICY once, while it is loaded, so a setenv in main comes
/// too late: the program starts itself again with the variable set. Runs from .preinit_array, before any library's
/// constructors, to throw away as little work as possible; uses nothing but system calls for the same reason.
void restart_with_passive_waiting(int, char** argv, char** environment) {
  constexpr const char* kSetting = "OMP_WAIT_POLICY=passive";
  constexpr std::size_t kNameLength = 16;  // "OMP_WAIT_POLICY="
  if (environment == nullptr || argv == nullptr) return;
  std::size_t count = 0;
  for (; environment[count] != nullptr; ++count) {
    if (std::strncmp(environment[count], kSetting, kNameLength) == 0) return;
  }
  char path[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
  if (length <= 0) return;
  path[length] = '\0';
  auto** extended = static_cast<char**>(alloca((count + 2) * sizeof(char*)));
  std::memcpy(extended, environment, count * sizeof(char*));
  extended[count] = const_cast<char*>(kSetting);
  extended[count + 1] = nullptr;
  execve(path, argv, extended);
  // Not possible (no /proc, say): go on, slower.
}

}  // namespace

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
__attribute__((section(".preinit_array"),
               used)) void (*const variometer_preinit)(int, char**, char**) = restart_with_passive_waiting;
#else
// A sanitizer is not up yet at that point; a constructor, though too late to save the loading, does the same.
__attribute__((constructor)) void variometer_restart(int argc, char** argv, char** environment) {
  restart_with_passive_waiting(argc, argv, environment);
}
#endif

void prepare_process() {
  // Every step frees and allocates the same tensors. By default glibc maps and unmaps the large ones each time and the
  // kernel zeroes them again: 5 to 13 % of a step, measured. One arena, so that the trainer's thread reuses the same
  // heap.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_TOP_PAD, 64 << 20);
  mallopt(M_ARENA_MAX, 1);
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second Ctrl-C ends the program whatever it is doing
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() { return g_interrupted.load(std::memory_order_relaxed); }

void request_interrupt() { g_interrupted.store(true, std::memory_order_relaxed); }

void print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) throw file_error(std::string("standard output: ") + std::strerror(errno));
}

void print_line(const std::string& line) { print(line + '\n'); }

void report(const std::string& line) { std::fprintf(stderr, "variometer: %s\n", line.c_str()); }

}  // namespace variometer
