// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace variometer {

/// A failure the user can act on. The message is one line: what failed, where, what to do.
/// The kind decides the exit status of a command (design: commands). Thrown by every floor, caught by app only.
class Error : public std::runtime_error {
 public:
  /// The enumerators are the exit statuses of the program.
  enum class Kind {
    usage = 2,   ///< a wrong option, key or combination
    file = 3,    ///< a file could not be read or written, or its content is wrong
    device = 4,  ///< device or memory
    run = 5,     ///< the run itself failed (a loss that is not a number, say)
  };

  Error(Kind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  Kind kind() const noexcept { return kind_; }
  int exit_status() const noexcept { return static_cast<int>(kind_); }

 private:
  Kind kind_;
};

inline Error usage_error(const std::string& message) { return {Error::Kind::usage, message}; }
inline Error file_error(const std::string& message) { return {Error::Kind::file, message}; }
inline Error device_error(const std::string& message) { return {Error::Kind::device, message}; }
inline Error run_error(const std::string& message) { return {Error::Kind::run, message}; }

}  // namespace variometer
