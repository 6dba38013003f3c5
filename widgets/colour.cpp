// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/colour.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace variometer {
namespace {

using Triple = std::array<double, 3>;

double to_linear(double c) { return c <= 0.04045 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4); }
double to_srgb(double c) { return c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1 / 2.4) - 0.055; }

Triple linear(const QColor& colour) {
  return {to_linear(colour.redF()), to_linear(colour.greenF()), to_linear(colour.blueF())};
}

Triple lab(const QColor& colour) {
  const auto [r, g, b] = linear(colour);
  const auto f = [](double t) { return t > 216.0 / 24389.0 ? std::cbrt(t) : (24389.0 / 27.0 * t + 16) / 116; };
  const double x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047);
  const double y = f(0.2126 * r + 0.7152 * g + 0.0722 * b);
  const double z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

}  // namespace

double relative_luminance(const QColor& colour) {
  const auto [r, g, b] = linear(colour);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

double contrast(const QColor& one, const QColor& other) {
  const double a = relative_luminance(one), b = relative_luminance(other);
  return (std::max(a, b) + 0.05) / (std::min(a, b) + 0.05);
}

double lightness(const QColor& colour) { return lab(colour)[0]; }

double colour_distance(const QColor& one, const QColor& other) {
  const Triple a = lab(one), b = lab(other);
  return std::hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

QColor seen_with(Vision vision, const QColor& colour) {
  // Machado, Oliveira, Fernandes 2009, severity 1.0; rows sum to 1, so that greys stay grey.
  static constexpr double kMatrix[3][3][3] = {
      {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
      {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
      {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}};
  const auto& m = kMatrix[static_cast<int>(vision)];
  const Triple in = linear(colour);
  const auto out = [&](int row) {
    const double v = m[row][0] * in[0] + m[row][1] * in[1] + m[row][2] * in[2];
    return static_cast<float>(std::clamp(to_srgb(std::clamp(v, 0.0, 1.0)), 0.0, 1.0));
  };
  return QColor::fromRgbF(out(0), out(1), out(2));
}

QColor painted_over(const QColor& top, const QColor& ground) {
  const float a = top.alphaF();
  const auto mix = [a](float t, float g) { return a * t + (1 - a) * g; };
  return QColor::fromRgbF(mix(top.redF(), ground.redF()), mix(top.greenF(), ground.greenF()),
                          mix(top.blueF(), ground.blueF()));
}

}  // namespace variometer
