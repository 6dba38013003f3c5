// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace variometer {
namespace {

std::string formatted(const char* format, double value, const char* unit) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, value, unit);
  return buffer.data();
}

int terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string short_count(double value) {
  for (const auto& [factor, unit] : {std::pair{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}}) {
    if (std::abs(value) >= factor) return formatted("%.3g%s", value / factor, unit);
  }
  return formatted("%.3g%s", value, "");
}

std::string short_duration(double seconds) {
  std::array<char, 64> buffer{};
  const auto whole = static_cast<long long>(std::max(0.0, seconds) + 0.5);
  if (seconds < 10) {
    std::snprintf(buffer.data(), buffer.size(), "%.1f s", std::max(0.0, seconds));
  } else if (whole < 60) {
    std::snprintf(buffer.data(), buffer.size(), "%lld s", whole);
  } else if (whole < 3600) {
    std::snprintf(buffer.data(), buffer.size(), "%lld min %02lld s", whole / 60, whole % 60);
  } else {
    std::snprintf(buffer.data(), buffer.size(), "%lld h %02lld min", whole / 3600, whole % 3600 / 60);
  }
  return buffer.data();
}

std::string short_bytes(double bytes) {
  for (const auto& [factor, unit] : {std::pair{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}}) {
    if (bytes >= factor) return formatted("%.3g %s", bytes / factor, unit);
  }
  return formatted("%.0f %s", bytes, "bytes");
}

ProgressBar::ProgressBar(std::int64_t total, std::int64_t first)
    : total_(total), first_(first), visible_(isatty(STDERR_FILENO) != 0) {}

ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::show(std::int64_t done, const std::string& note) {
  if (!visible_) return;
  const auto now = Clock::now();
  if (drawn_ && now - last_drawn_ < std::chrono::milliseconds(100)) return;
  last_drawn_ = now;
  drawn_ = true;
  std::string text = std::to_string(done) + "/" + std::to_string(total_) + "  " + note;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  if (done > first_ && done < total_) {
    const double left = seconds / static_cast<double>(done - first_) * static_cast<double>(total_ - done);
    text += "  " + short_duration(left) + " left";
  }
  constexpr int kBar = 24;
  const int width = terminal_width() - 1;
  const double share = total_ > 0 ? std::clamp(static_cast<double>(done) / static_cast<double>(total_), 0.0, 1.0) : 0;
  const auto filled = static_cast<std::size_t>(share * kBar);
  std::string line = "[" + std::string(filled, '#') + std::string(kBar - filled, '-') + "] " + text;
  if (line.size() > static_cast<std::size_t>(width)) line.resize(static_cast<std::size_t>(width));
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
}

void ProgressBar::clear() {
  if (!drawn_) return;
  drawn_ = false;
  std::fputs("\r\033[K", stderr);
  std::fflush(stderr);
}

}  // namespace variometer
