// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QString>
#include <array>
#include <optional>

namespace variometer {

/// Maps 0..1 to colours whose lightness rises evenly (the diverging one: falls from white in the middle to both ends).
/// No rainbow. Built once from a few stops; reading is a table look-up.
class ColourMap {
 public:
  enum class Kind { viridis, cividis, magma, grey, diverging };
  static constexpr std::array<Kind, 5> kAll = {Kind::viridis, Kind::cividis, Kind::magma, Kind::grey, Kind::diverging};
  static constexpr int kLevels = 256;

  static const ColourMap& of(Kind kind);
  static QString name(Kind kind);
  /// None for a name that is not one of theirs.
  static std::optional<Kind> named(const QString& name);

  /// `t` outside 0..1 takes the nearest end; NaN takes the lowest colour (callers give NaN a colour of its own).
  QRgb at(double t) const {
    const double scaled = t * (kLevels - 1) + 0.5;
    const int i = scaled >= kLevels ? kLevels - 1 : scaled > 0 ? static_cast<int>(scaled) : 0;
    return table_[static_cast<std::size_t>(i)];
  }

 private:
  explicit ColourMap(Kind kind);
  std::array<QRgb, kLevels> table_;
};

}  // namespace variometer
