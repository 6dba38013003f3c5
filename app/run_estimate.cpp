// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/run_estimate.h"

#include <QCoreApplication>
#include <cmath>

#include "widgets/number_text.h"

namespace variometer {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("variometer::RunEstimate", text); }

}  // namespace

QString aboutDuration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return tr("an unknown time");
  if (seconds < 1) return tr("%1 ms").arg(std::max(1.0, std::round(seconds * 1000)));
  if (seconds < 10) return tr("%1 s").arg(seconds, 0, 'f', 1);
  if (seconds < 99.5) return tr("%1 s").arg(std::round(seconds));
  const auto minutes = std::llround(seconds / 60);
  if (minutes < 120) return tr("%1 min").arg(minutes);
  if (minutes < 48 * 60) return tr("%1 h %2 min").arg(minutes / 60).arg(minutes % 60);
  const auto hours = std::llround(seconds / 3600);
  return tr("%1 days %2 h").arg(hours / 24).arg(hours % 24);
}

QString aboutBytes(double bytes) {
  if (bytes >= 0.95e9) return tr("%1 GB").arg(bytes / 1e9, 0, 'f', bytes < 1e11 ? 1 : 0);
  if (bytes >= 0.95e6) return tr("%1 MB").arg(std::round(bytes / 1e6));
  return tr("%1 kB").arg(std::ceil(bytes / 1e3));
}

QString memoryText(const RunMemory& memory) {
  const QString parts = tr("weights %1, gradients %2, AdamW's moments %3, activations %4")
                            .arg(aboutBytes(memory.weights), aboutBytes(memory.gradients), aboutBytes(memory.moments),
                                 aboutBytes(memory.activations));
  const QString whole = tr("Memory: about %1 (%2)").arg(aboutBytes(memory.total()), parts);
  return memory.available > 0 ? tr("%1 of %2 that are free.").arg(whole, aboutBytes(memory.available))
                              : whole + QLatin1Char('.');
}

QString timeText(double seconds, std::int64_t n_update) {
  return tr("Time: about %1 an update, %2 for %3 updates, as measured just now.")
      .arg(aboutDuration(seconds), aboutDuration(seconds * static_cast<double>(n_update)), step_text(n_update));
}

}  // namespace variometer
