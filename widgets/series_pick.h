// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <optional>
#include <vector>

#include "core/base/history.h"

class QMimeData;

namespace variometer {

/// What is picked in the tree of the model to be shown in a card: one tensor, or a layer with all that is in it. A
/// value; it travels as the data of a drag within the window.
struct SeriesPick {
  int layer = -1;       ///< of the layer, or the tensor; -1: outside the blocks
  bool whole = false;   ///< the layer itself, not one tensor of it
  QStringList tensors;  ///< full names
  QString text;         ///< as people say it: "layer 3", "mlp.down_proj of layer 3", "embed_tokens"

  /// Of one tensor of the run, or of all in a layer.
  static SeriesPick tensor(const RunInfo& info, std::size_t index);
  static SeriesPick wholeLayer(const RunInfo& info, int layer);

  /// The caller owns it.
  QMimeData* toMime() const;
  /// None where the data is something else.
  static std::optional<SeriesPick> fromMime(const QMimeData& data);

  bool operator==(const SeriesPick&) const = default;
};

/// "model.layers.3.mlp.down_proj.weight" is "mlp.down_proj" within its layer, "model.norm.weight" is "norm".
QString short_name(const TensorInfo& tensor);
/// Of all layers: "3 mlp.down_proj", "norm".
QString layer_name(const TensorInfo& tensor);
/// "64 × 172"
QString shape_text(const TensorInfo& tensor);

}  // namespace variometer
