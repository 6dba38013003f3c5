// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/base/error.h"

namespace variometer {

inline constexpr const char* kNoMemory = "out of memory; make the model, its context or train.batch_size smaller";

/// What LibTorch threw, as the Error it is. Its allocators, and CUDA, say in words only what went wrong; of a text of
/// several lines (the rest is a backtrace) the first is kept. Anything else is an Error(run) that begins with
/// `otherwise`.
inline Error library_error(const std::string& text, const std::string& otherwise = "") {
  const std::string what = text.substr(0, text.find('\n'));
  const auto says = [&](const char* words) { return what.find(words) != std::string::npos; };
  if (says("out of memory") || says("can't allocate memory") || says("ALLOC_FAILED")) {
    std::string message = kNoMemory;
    message.append(" (").append(what).append(")");
    return device_error(message);
  }
  if (says("deterministic")) {  // strict determinism, and an operator that has no such form
    return device_error(what + "; train.deterministic = false trains without repeating bit for bit");
  }
  if (says("CUDA error") || says("CUDA driver") || says("cuDNN error")) return device_error(what);
  return run_error(otherwise + what);
}

}  // namespace variometer
