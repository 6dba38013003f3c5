// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/inspect_view.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>
#include <cmath>
#include <iterator>

#include "widgets/number_text.h"

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

InspectView InspectView::swapped() const {
  InspectView other_first = *this;
  std::swap(other_first.pass, other_first.other);
  std::swap(other_first.label, other_first.other_label);
  std::swap(other_first.model, other_first.other_model);
  std::swap(other_first.massive, other_first.other_massive);
  std::swap(other_first.empty, other_first.other_empty);
  return other_first;
}

QString InspectView::emptyText() const { return empty.isEmpty() ? tr("Nothing computed yet") : empty; }

std::vector<ActivationPlace> InspectView::massivePlaces() const {
  if (!pass) return {};
  const auto& all = massive ? *massive : pass->activation.massive;
  if (filter.all()) return all;
  const std::vector<bool> shown = shown_tokens(*pass, filter);
  std::vector<ActivationPlace> places;
  std::ranges::copy_if(all, std::back_inserter(places),
                       [&](const ActivationPlace& place) { return shown[static_cast<std::size_t>(place.token)]; });
  return places;
}

std::vector<ActivationPlace> InspectView::largestPlaces(std::size_t n) const {
  std::vector<ActivationPlace> all;
  if (!pass) return all;
  const std::vector<bool> shown = shown_tokens(*pass, filter);
  const auto larger = [](const ActivationPlace& a, const ActivationPlace& b) {
    return std::abs(a.value) > std::abs(b.value);
  };
  for (std::int64_t l = 0; l < pass->hidden.n_layer; ++l) {
    const LayerActivation& measured = pass->activation.layers.at(static_cast<std::size_t>(l));
    const auto place = [&](float value, std::int64_t t, std::int64_t c) {
      return ActivationPlace{.value = value,
                             .layer = static_cast<std::int32_t>(l),
                             .token = static_cast<std::int32_t>(t),
                             .channel = static_cast<std::int32_t>(c),
                             .ratio = measured.median > 0 ? std::abs(value) / measured.median : kNotMeasured};
    };
    if (filter.all() && measured.top.size() >= n) {  // measured already
      for (std::size_t i = 0; i < n; ++i)
        all.push_back(place(measured.top[i].value, measured.top[i].token, measured.top[i].channel));
      continue;
    }
    const auto h = pass->layer(l);
    std::vector<ActivationPlace> best;  // largest first; of equal ones the first
    const auto enough = [&](float value) { return best.size() == n && std::abs(value) <= std::abs(best.back().value); };
    for (std::int64_t t = 0; t < pass->hidden.n_token; ++t) {
      if (!shown[static_cast<std::size_t>(t)]) continue;
      if (enough(measured.token_max.at(static_cast<std::size_t>(t)))) continue;
      for (std::int64_t c = 0; c < pass->hidden.n_channel; ++c) {
        const float value = h[static_cast<std::size_t>(t * pass->hidden.n_channel + c)];
        if (!std::isfinite(value) || enough(value)) continue;
        const ActivationPlace here = place(value, t, c);
        best.insert(std::upper_bound(best.begin(), best.end(), here, larger), here);
        if (best.size() > n) best.pop_back();
      }
    }
    all.insert(all.end(), best.begin(), best.end());
  }
  return all;
}

QString InspectView::provenance() const {
  QStringList words{QStringLiteral("Variometer")};
  if (!model.isEmpty()) words += model;
  if (mode == Mode::difference && !other_model.isEmpty() && other_model != model) words += other_model;
  if (pass) {
    QString text = QString::fromStdString(pass->request.text).simplified();
    if (text.size() > 48) text = text.left(47) + QChar(0x2026);
    if (!text.isEmpty() && pass->request.ids.empty()) words += QChar(0x201C) + text + QChar(0x201D);
    words += tr("%1 tokens").arg(pass->ids.size());
    words += QString::fromStdString(pass->dtype);
  }
  return words.join(QStringLiteral(" · "));
}

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
  result.shift = *shift;
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

QString not_finite_text(std::int64_t n) {
  return n == 1 ? tr("1 value is not finite") : tr("%1 values are not finite").arg(step_text(n));
}

}  // namespace variometer
