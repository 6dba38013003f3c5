// SPDX-License-Identifier: GPL-3.0-or-later
#undef _FORTIFY_SOURCE  // its longjmp takes the way from one stack to another for a mistake
#include "tests/kernels/emulation/emulation.h"

#include <link.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>
#include <thread>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

namespace variometer::emulation {
namespace {

constexpr std::size_t kStackBytes = std::size_t{256} << 10;
constexpr int kWarp = 32;

class Grid;
Grid* running = nullptr;
Order order_now = Order::forward;

enum class State { ready, at_barrier, at_exchange, done };

struct Fiber {
  jmp_buf context;
  ucontext_t start;
  bool started = false;
  char* stack = nullptr;
  State state = State::ready;
  Place place{};
  std::source_location where;
  // An exchange: what it gives, whose it wants, what it got.
  unsigned char given[8] = {}, got[8] = {};
  int source = 0;
  unsigned mask = 0;
};

/// The thread-local storage of this program's own code, in the calling thread: where shared memory lies.
std::pair<unsigned char*, std::size_t> own_thread_locals() {
  std::pair<unsigned char*, std::size_t> found{nullptr, 0};
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* out) {
        for (int i = 0; i < info->dlpi_phnum; ++i) {
          if (info->dlpi_phdr[i].p_type != PT_TLS) continue;
          *static_cast<std::pair<unsigned char*, std::size_t>*>(out) = {
              static_cast<unsigned char*>(info->dlpi_tls_data), info->dlpi_phdr[i].p_memsz};
        }
        return 1;  // the first is the program
      },
      &found);
  return found;
}

class Grid {
 public:
  Grid(Place grid, Place block, const std::function<void()>& kernel, void (*enter)(Place, Place))
      : grid_(grid), block_(block), kernel_(kernel), enter_(enter), random_(static_cast<std::uint64_t>(order_now)) {
    const std::size_t n = std::size_t{block.x} * block.y * block.z;
    memory_bytes_ = n * kStackBytes;
    void* memory = mmap(nullptr, memory_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    memory_ = static_cast<char*>(memory);
    fibers_ = std::vector<Fiber>(n);
    for (std::size_t i = 0; i < n; ++i) {
      const auto flat = static_cast<unsigned>(i);
      fibers_[i].place = {flat % block.x, flat / block.x % block.y, flat / block.x / block.y};
      fibers_[i].stack = memory_ + i * kStackBytes;
    }
    turns_.resize(n);
  }
  ~Grid() { munmap(memory_, memory_bytes_); }
  Grid(const Grid&) = delete;
  Grid& operator=(const Grid&) = delete;

  void run_all() {
    const auto [memory, bytes] = own_thread_locals();
    std::vector<std::uint64_t> blocks(std::uint64_t{grid_.x} * grid_.y * grid_.z);
    put_in_order(blocks);
    for (const auto flat : blocks) {
      std::memset(memory, 0xff, bytes);  // NaN as a float, a double and a bfloat16; absurd as a count
      in_ = {static_cast<unsigned>(flat % grid_.x), static_cast<unsigned>(flat / grid_.x % grid_.y),
             static_cast<unsigned>(flat / grid_.x / grid_.y)};
      run_block();
    }
  }

  int lane() const { return static_cast<int>(now_ - fibers_.data()) % kWarp; }

  void wait(State state, const std::source_location& where) {
    now_->state = state;
    now_->where = where;
    leave();
  }

  void exchange(void* value, std::size_t n, int source, unsigned mask, const std::source_location& where) {
    std::memcpy(now_->given, value, n);
    now_->source = source;
    now_->mask = mask;
    wait(State::at_exchange, where);
    std::memcpy(value, now_->got, n);
  }

 private:
  template <class T>
  void put_in_order(std::vector<T>& turns) {
    std::iota(turns.begin(), turns.end(), T{0});
    if (order_now == Order::reverse) std::reverse(turns.begin(), turns.end());
    if (order_now > Order::reverse) std::shuffle(turns.begin(), turns.end(), random_);
  }

  void run_block() {
    for (auto& fiber : fibers_) fiber.state = State::ready;
    put_in_order(turns_);
    do {
      if (order_now > Order::reverse) {
        while (give_turns(0, turns_.size())) std::shuffle(turns_.begin(), turns_.end(), random_);
      } else {
        // A warp runs as far as it can before the next one begins.
        for (std::size_t first = 0; first < turns_.size(); first += kWarp) {
          while (give_turns(first, std::min(first + kWarp, turns_.size()))) continue;
        }
      }
    } while (open_barrier());
  }

  /// One turn to each of these that can go on. False: none could.
  bool give_turns(std::size_t first, std::size_t last) {
    bool moved = false;
    for (std::size_t turn = first; turn < last; ++turn) {
      Fiber& fiber = fibers_[turns_[turn]];
      if (fiber.state != State::ready) continue;
      resume(fiber);
      moved = true;
      if (fiber.state == State::at_exchange) exchange_if_all_there(turns_[turn]);
    }
    return moved;
  }

  /// Gives the lanes named in fiber i's mask what they want, once they are all here.
  void exchange_if_all_there(std::size_t i) {
    const Fiber& last = fibers_[i];
    const std::size_t first = i / kWarp * kWarp;
    if ((last.mask >> (i - first) & 1) == 0) fail("a lane is not in the mask it gives", last, last);
    const auto each = [&](auto&& use) {
      for (int lane = 0; lane < kWarp; ++lane) {
        if (last.mask >> lane & 1) use(first + static_cast<std::size_t>(lane));
      }
    };
    bool all = true;
    each([&](std::size_t j) {
      if (j >= fibers_.size()) fail("the mask names a lane that does not exist", last, last);
      const Fiber& other = fibers_[j];
      if (other.state == State::done) fail("a lane ended without the exchange", last, other);
      all = all && other.state == State::at_exchange;
    });
    if (!all) return;
    each([&](std::size_t j) {
      const Fiber& other = fibers_[j];
      if (!same(other.where, last.where) || other.mask != last.mask) fail("lanes at different exchanges", last, other);
      if ((last.mask >> other.source & 1) == 0) fail("a lane reads from one outside the mask", other, other);
    });
    each([&](std::size_t j) {
      const Fiber& source = fibers_[first + static_cast<std::size_t>(fibers_[j].source)];
      std::memcpy(fibers_[j].got, source.given, sizeof source.given);
      fibers_[j].state = State::ready;
    });
  }

  /// Nobody can go on by itself. True: all were at one barrier, which is open now; false: all have ended.
  bool open_barrier() {
    const auto waits =
        std::find_if(fibers_.begin(), fibers_.end(), [](const auto& f) { return f.state != State::done; });
    if (waits == fibers_.end()) return false;
    for (const auto& fiber : fibers_) {
      if (fiber.state == State::at_exchange) {
        const auto other = std::find_if(fibers_.begin(), fibers_.end(), [&](const auto& f) {
          return f.state != State::at_exchange && (&f - fibers_.data()) / kWarp == (&fiber - fibers_.data()) / kWarp;
        });
        fail("a warp's exchange waits for lanes that are elsewhere", fiber, other == fibers_.end() ? fiber : *other);
      }
      if (fiber.state == State::done) fail("a thread ended while others wait at a barrier", fiber, *waits);
      if (!same(fiber.where, waits->where)) fail("threads wait at different barriers", fiber, *waits);
    }
    for (auto& fiber : fibers_) fiber.state = State::ready;
    return true;
  }

  static bool same(const std::source_location& a, const std::source_location& b) {
    return a.line() == b.line() && std::strcmp(a.file_name(), b.file_name()) == 0;
  }

  std::string in_words(const Fiber& fiber) const {
    const std::string name = "thread " + std::to_string(&fiber - fibers_.data());
    if (fiber.state == State::done) return name + " has ended";
    return name + " is at " + fiber.where.file_name() + ":" + std::to_string(fiber.where.line());
  }

  [[noreturn]] void fail(const std::string& what, const Fiber& a, const Fiber& b) const {
    throw std::runtime_error("block (" + std::to_string(in_.x) + ", " + std::to_string(in_.y) + "): " + what + ": " +
                             in_words(a) + ", " + in_words(b));
  }

  void resume(Fiber& fiber) {
    now_ = &fiber;
    enter_(fiber.place, in_);
#ifdef __SANITIZE_ADDRESS__
    void* own = nullptr;
    __sanitizer_start_switch_fiber(&own, fiber.stack, kStackBytes);
#endif
    if (_setjmp(context_) == 0) {
      if (fiber.started) _longjmp(fiber.context, 1);
      fiber.started = true;
      getcontext(&fiber.start);
      fiber.start.uc_stack.ss_sp = fiber.stack;
      fiber.start.uc_stack.ss_size = kStackBytes;
      makecontext(&fiber.start, &Grid::live, 0);
      setcontext(&fiber.start);
    }
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(own, nullptr, nullptr);
#endif
  }

  /// From a fiber back to `resume`.
  void leave() {
#ifdef __SANITIZE_ADDRESS__
    void* own = nullptr;
    __sanitizer_start_switch_fiber(&own, caller_stack_, caller_bytes_);
#endif
    if (_setjmp(now_->context) == 0) _longjmp(context_, 1);
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(own, &caller_stack_, &caller_bytes_);
#endif
  }

  /// A fiber's life: one block's thread after another.
  static void live() {
#ifdef __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(nullptr, &running->caller_stack_, &running->caller_bytes_);
#endif
    for (;;) {
      running->kernel_();
      running->wait(State::done, {});
    }
  }

  Place grid_, block_, in_{};
  const std::function<void()>& kernel_;
  void (*enter_)(Place, Place);
  std::mt19937_64 random_;
  std::vector<Fiber> fibers_;
  std::vector<std::size_t> turns_;
  Fiber* now_ = nullptr;
  jmp_buf context_;
  char* memory_ = nullptr;
  std::size_t memory_bytes_ = 0;
  const void* caller_stack_ = nullptr;  // for the sanitizer
  std::size_t caller_bytes_ = 0;
};

}  // namespace

void set_order(Order order) { order_now = order; }

std::vector<Order> orders() { return {Order::forward, Order::reverse, Order{17}, Order{18}}; }

void run(Place grid, Place block, const std::function<void()>& kernel, void (*enter)(Place, Place)) {
  Grid all(grid, block, kernel, enter);
  running = &all;
  std::exception_ptr failure;
  // A thread of its own: what lies in its thread-local storage is ours alone.
  std::thread([&] {
    try {
      all.run_all();
    } catch (...) {
      failure = std::current_exception();
    }
  }).join();
  running = nullptr;
  if (failure) std::rethrow_exception(failure);
}

int lane() { return running->lane(); }
void wait_for_block(const std::source_location& where) { running->wait(State::at_barrier, where); }
void exchange(void* value, std::size_t n, int source, unsigned mask, const std::source_location& where) {
  unsigned char nothing = 0;
  running->exchange(n == 0 ? &nothing : value, n, source, mask, where);
}

}  // namespace variometer::emulation
