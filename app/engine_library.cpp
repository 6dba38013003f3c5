// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/engine_library.h"

#include <alloca.h>
#include <dlfcn.h>
#include <unistd.h>

#include <climits>
#include <cstring>
#include <filesystem>
#include <string>
#include <system_error>

#include "core/base/error.h"

namespace variometer {
namespace {

/// Threads of LibTorch's pool that spin while they wait cost a whole scheduler quantum per operation on a busy desktop
/// (7 ms against 0.02 ms measured). The pool's library reads OMP_WAIT_POLICY once, while it is loaded, and Qt loads it
/// before main is reached (Qt6Core needs libb2, which needs libgomp): the program starts itself again with the variable
/// set. Runs from .preinit_array, before any library's constructors, to throw away as little work as possible; uses
/// nothing but system calls for the same reason.
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

const EngineLibrary& load() {
  std::error_code none;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", none);
  const std::filesystem::path path = program.parent_path() / "libvariometer_engine.so";
  // Global: the kernels look for the thread pool's functions among the symbols of the process (core/kernels/parallel).
  void* const library = ::dlopen(path.c_str(), RTLD_LAZY | RTLD_GLOBAL);
  if (library == nullptr) {
    const char* const why = ::dlerror();
    throw file_error(std::string("the engine could not be loaded: ") + (why ? why : path.string()) +
                     "; variometer-fetch-libtorch fetches LibTorch, VARIOMETER_LIBTORCH names one that is there");
  }
  using Entry = const EngineLibrary* (*)();
  const auto entry = reinterpret_cast<Entry>(::dlsym(library, "variometer_engine"));
  if (entry == nullptr) throw file_error(path.string() + ": this is not the engine of this program");
  return *entry();
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

const EngineLibrary& engine_library() {
  static const EngineLibrary& loaded = load();  // an exception leaves it for the next call
  return loaded;
}

}  // namespace variometer
