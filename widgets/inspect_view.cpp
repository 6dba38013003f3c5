// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspect_view.h"

#include <QCoreApplication>
#include <algorithm>

namespace variometer {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("InspectView", text); }

bool equal_from(const std::vector<std::int32_t>& a, std::size_t from_a, const std::vector<std::int32_t>& b,
                std::size_t from_b) {
  const std::size_t n = std::min(a.size() - from_a, b.size() - from_b);
  return n > 0 && std::equal(a.begin() + static_cast<std::ptrdiff_t>(from_a),
                             a.begin() + static_cast<std::ptrdiff_t>(from_a + n),
                             b.begin() + static_cast<std::ptrdiff_t>(from_b));
}

}  // namespace

std::optional<std::int64_t> token_shift(const InspectedPass& pass, const InspectedPass& other) {
  const auto &a = pass.ids, &b = other.ids;
  if (a.empty() || b.empty()) return std::nullopt;
  if (equal_from(a, 0, b, 0)) return 0;
  if (a.size() > 1 && equal_from(a, 1, b, 0)) return 1;
  if (b.size() > 1 && equal_from(a, 0, b, 1)) return -1;
  return std::nullopt;
}

LayerDifference layer_difference(const InspectedPass& pass, const InspectedPass& other, std::int64_t layer) {
  LayerDifference result;
  const auto a = pass.layer(layer), b = other.layer(layer);
  if (pass.hidden.n_channel != other.hidden.n_channel) {
    result.problem =
        tr("No difference: %1 channels here, %2 there").arg(pass.hidden.n_channel).arg(other.hidden.n_channel);
    return result;
  }
  if (a.empty() || b.empty()) {
    result.problem = tr("No difference: only one of the two has a layer %1").arg(layer);
    return result;
  }
  const auto shift = token_shift(pass, other);
  if (!shift) {
    result.problem = tr("No difference: the two cut the text into different tokens");
    return result;
  }
  result.first_token = std::max<std::int64_t>(*shift, 0);
  const std::int64_t other_first = result.first_token - *shift;
  result.n_token = std::min(pass.hidden.n_token - result.first_token, other.hidden.n_token - other_first);
  result.n_channel = pass.hidden.n_channel;
  const auto n = static_cast<std::size_t>(result.n_token * result.n_channel);
  const auto from_a = static_cast<std::size_t>(result.first_token * result.n_channel);
  const auto from_b = static_cast<std::size_t>(other_first * result.n_channel);
  result.values.resize(n);
  for (std::size_t i = 0; i < n; ++i) result.values[i] = a[from_a + i] - b[from_b + i];
  return result;
}

QString visible_token(const std::string& text) {
  QString label = QString::fromStdString(text);
  label.replace(QLatin1Char('\n'), QChar(0x21B5));
  label.replace(QLatin1Char('\t'), QChar(0x21E5));
  label.replace(QLatin1Char(' '), QChar(0x00B7));
  return label;
}

QString token_label(const InspectedPass& pass, std::int64_t token) {
  const auto& texts = pass.activation.token_texts;
  if (token < 0 || token >= static_cast<std::int64_t>(texts.size())) return QString::number(token);
  return visible_token(texts[static_cast<std::size_t>(token)]);
}

}  // namespace variometer
