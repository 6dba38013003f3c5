// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_process.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <new>

#include "core/base/error.h"
#include "core/base/one_line.h"

namespace variometer {
namespace {

std::atomic<bool> g_interrupted{false};
std::atomic<bool>* g_file_was_read = nullptr;  // shared with the child of go_on_in_child
static_assert(std::atomic<bool>::is_always_lock_free, "set from a signal handler");

void on_interrupt(int) { g_interrupted.store(true, std::memory_order_relaxed); }

}  // namespace

void prepare_process() {
  // Tensors have memory of their own (core/kernels/tensor_memory.h). One arena, so that what one thread freed serves
  // the others; a threshold that does not move, so that what is large goes back to the system.
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  mallopt(M_TOP_PAD, 4 << 20);
  // Before any thread: what cuBLAS needs to multiply the same way every time (core/train/trainer.cpp).
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
}

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = on_interrupt;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second Ctrl-C ends the program whatever it is doing
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  // The terminal is gone (a broken ssh connection). nohup asks to go on nevertheless.
  struct sigaction before {};
  if (sigaction(SIGHUP, nullptr, &before) == 0 && before.sa_handler != SIG_IGN) sigaction(SIGHUP, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool interrupted() { return g_interrupted.load(std::memory_order_relaxed); }

void request_interrupt() { g_interrupted.store(true, std::memory_order_relaxed); }

unsigned seconds_for(const std::string& path) {
  std::error_code none;
  const auto bytes = std::filesystem::file_size(path, none);
  constexpr std::uintmax_t kLeast = 120, kBytesASecond = 1 << 20, kMost = 1 << 24;
  return static_cast<unsigned>(kLeast + (none ? 0 : std::min(bytes / kBytesASecond, kMost)));
}

void note_file_was_read() {
  if (g_file_was_read != nullptr) g_file_was_read->store(true);
}

std::optional<int> go_on_in_child(const std::string& path) {
  std::fflush(nullptr);
  // One page that both processes see.
  if (g_file_was_read == nullptr) {
    void* page = ::mmap(nullptr, sizeof(std::atomic<bool>), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) throw run_error(std::string("no memory can be shared: ") + std::strerror(errno));
    g_file_was_read = new (page) std::atomic<bool>(false);
  }
  g_file_was_read->store(false);
  const pid_t parent = ::getpid(), child = ::fork();
  if (child < 0) throw run_error(std::string("no process can be started: ") + std::strerror(errno));
  const unsigned seconds = seconds_for(path);
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // it ended before that was in force
    const rlimit limit{seconds, seconds + 1};
    ::setrlimit(RLIMIT_CPU, &limit);
    std::signal(SIGPIPE, SIG_IGN);  // a reader that is gone is an error of the write, not a fall
    return std::nullopt;
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw run_error(std::string("waiting for a process: ") + std::strerror(errno));
  }
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  if (g_file_was_read->load()) {
    const std::string how = WTERMSIG(status) == SIGXCPU
                                ? "did not come back within " + std::to_string(seconds) + " seconds of computing"
                                : std::string("fell over (") + ::strsignal(WTERMSIG(status)) + ")";
    throw run_error(path + ": the file was read, then variometer itself " + how +
                    "; this is a fault of the program, please report it with this file");
  }
  if (WTERMSIG(status) == SIGXCPU) {
    throw file_error(path + ": the HDF5 library did not come back from this file within " + std::to_string(seconds) +
                     " seconds of computing; it is damaged, or made to do harm");
  }
  throw file_error(path + ": the HDF5 library fell over this file (" + ::strsignal(WTERMSIG(status)) +
                   "); it is damaged, or made to do harm");
}

void print(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!written) throw file_error(std::string("standard output: ") + std::strerror(errno));
}

void print_line(const std::string& line) { print(line + '\n'); }

void report(const std::string& line) { std::fprintf(stderr, "variometer: %s\n", one_line(line).c_str()); }

}  // namespace variometer
