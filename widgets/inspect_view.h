// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <optional>

#include "core/base/inspector.h"
#include "widgets/token_kind.h"

namespace variometer {

/// What the Inspect perspective looks at: one pass, a place in it, and perhaps a second pass to subtract.
struct InspectView {
  enum class Mode { magnitude, signed_value, ratio, difference };

  using Places = std::shared_ptr<const std::vector<ActivationPlace>>;

  PassPtr pass;   ///< null: nothing yet
  PassPtr other;  ///< for the difference; null: none
  QString label;  ///< "with BOS", the model's name; empty when there is only one
  QString other_label;
  QString model, other_model;     ///< what a figure says it was made of
  QString empty, other_empty;     ///< what stands where a pass is not there; none: that nothing is computed yet
  Places massive, other_massive;  ///< by the rule in force; null: as the passes have them
  ProbeConfig rule;               ///< in force: what it finds is massive, or an outlier (massive_text.h)
  std::int64_t layer = 0;
  std::int64_t head = -1;  ///< -1: the mean
  Mode mode = Mode::magnitude;
  bool same_scale = false;  ///< one colour scale for all layers
  bool hide_sink = false;   ///< attention: without the key that takes most of it
  TokenFilter filter;

  /// The second pass first.
  InspectView swapped() const;
  /// Massive activations of `pass` at the tokens that are looked at, largest first in each layer.
  std::vector<ActivationPlace> massivePlaces() const;
  /// The `n` largest |h| of each layer at those tokens.
  std::vector<ActivationPlace> largestPlaces(std::size_t n) const;
  QString emptyText() const;
  /// "model · layer 3 · "Summer is warm." · 9 tokens".
  QString provenance() const;
};

/// Token t of `pass` is token t - shift of `other`: 1 where only the first has a BOS, 0 where the ids agree from the
/// start. None: the tokens are not the same text.
std::optional<std::int64_t> token_shift(const InspectedPass& pass, const InspectedPass& other);

/// A - B of one layer over the tokens both have, (n_token, n_channel).
struct LayerDifference {
  std::int64_t first_token = 0;  ///< of `pass`
  std::int64_t shift = 0;        ///< token t of `pass` is token t - shift of `other`
  std::int64_t n_token = 0, n_channel = 0;
  std::vector<float> values;
  QString problem;  ///< why there is none
};
LayerDifference layer_difference(const InspectedPass& pass, const InspectedPass& other, std::int64_t layer);

/// What is written at a token: its text with spaces and line ends made visible.
QString token_label(const InspectedPass& pass, std::int64_t token);
QString visible_token(const std::string& text);

/// "12 values are not finite"
QString not_finite_text(std::int64_t n);

}  // namespace variometer
