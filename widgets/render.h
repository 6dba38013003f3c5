// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <cstdint>
#include <optional>

#include "core/base/history.h"
#include "widgets/theme.h"

namespace variometer {

struct RenderOptions {
  double width_mm = 0;   ///< 0: 85 for a card, 280 for the overview
  double height_mm = 0;  ///< 0: 60, 170
  double dpi = 150;      ///< of PNG; SVG and PDF are vectors (colour maps inside them are pictures)
  Theme::Kind theme = Theme::Kind::print;
  std::optional<std::int64_t> at;  ///< step to show; else the newest
};

/// Cards that render_card knows, the overview first.
QStringList render_names();

/// Draws one card, or the overview of several, into `file` (.png, .svg or .pdf). Needs a QApplication, no display.
/// Throws Error(usage) for an unknown card or ending, Error(file) when the file cannot be written. GUI thread.
void render_card(const RunHistory& history, const FramePtr& frame, const QString& name, const QString& file,
                 const RenderOptions& options);

}  // namespace variometer
