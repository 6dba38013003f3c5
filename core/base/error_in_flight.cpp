// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error_in_flight.h"

#include <filesystem>
#include <new>

#include "core/base/device_failure.h"

namespace variometer {

Error error_in_flight(const std::string& otherwise) {
  try {
    throw;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return device_error(kNoMemory);
  } catch (const std::filesystem::filesystem_error& error) {
    return file_error(error.path1().string() + ": " + error.code().message());
  } catch (const std::exception& error) {
    return library_error(error.what(), otherwise);
  } catch (...) {
    return run_error(otherwise + "something that is no exception was thrown");
  }
}

std::optional<Error> guarded(const std::function<void()>& work) {
  try {
    work();
    return std::nullopt;
  } catch (...) {
    return error_in_flight();
  }
}

}  // namespace variometer
