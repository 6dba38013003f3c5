// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/colour_map.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace variometer {
namespace {

std::vector<QRgb> stops(ColourMap::Kind kind) {
  switch (kind) {
    case ColourMap::Kind::viridis:
      return {0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725};
    case ColourMap::Kind::cividis:
      return {0x00224e, 0x123570, 0x3b496c, 0x575d6d, 0x707173, 0x8a8678, 0xa59c74, 0xc3b369, 0xe1cc55, 0xfee838};
    case ColourMap::Kind::magma:
      return {0x000004, 0x180f3d, 0x440f76, 0x721f81, 0x9e2f7f, 0xcd4071, 0xf1605d, 0xfd9668, 0xfeca8d, 0xfcfdbf};
    case ColourMap::Kind::grey: return {0x101010, 0xf4f4f4};
    case ColourMap::Kind::diverging: return {0x123f7a, 0x3d78b5, 0x86b3d9, 0xf7f7f7, 0xefb06c, 0xcc7219, 0x8a4304};
  }
  return {};
}

}  // namespace

ColourMap::ColourMap(Kind kind) {
  const std::vector<QRgb> colours = stops(kind);
  const double last = static_cast<double>(colours.size() - 1);
  for (int i = 0; i < kLevels; ++i) {
    const double place = last * i / (kLevels - 1);
    const auto low = static_cast<std::size_t>(std::min(std::floor(place), last - 1));
    const double t = place - static_cast<double>(low);
    const QRgb a = colours[low], b = colours[low + 1];
    const auto mix = [t](int x, int y) { return static_cast<int>(std::lround(x + t * (y - x))); };
    table_[static_cast<std::size_t>(i)] =
        qRgb(mix(qRed(a), qRed(b)), mix(qGreen(a), qGreen(b)), mix(qBlue(a), qBlue(b)));
  }
}

const ColourMap& ColourMap::of(Kind kind) {
  static const std::array<ColourMap, kAll.size()> maps = {ColourMap(Kind::viridis), ColourMap(Kind::cividis),
                                                          ColourMap(Kind::magma), ColourMap(Kind::grey),
                                                          ColourMap(Kind::diverging)};
  return maps[static_cast<std::size_t>(kind)];
}

QString ColourMap::name(Kind kind) {
  switch (kind) {
    case Kind::viridis: return QStringLiteral("viridis");
    case Kind::cividis: return QStringLiteral("cividis");
    case Kind::magma: return QStringLiteral("magma");
    case Kind::grey: return QStringLiteral("grey");
    case Kind::diverging: return QStringLiteral("diverging");
  }
  return {};
}

std::optional<ColourMap::Kind> ColourMap::named(const QString& name) {
  for (const Kind kind : kAll) {
    if (ColourMap::name(kind) == name) return kind;
  }
  return {};
}

}  // namespace variometer
