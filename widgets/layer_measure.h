// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <functional>
#include <vector>

#include "core/base/history.h"
#include "widgets/plot.h"

class QComboBox;

namespace variometer {

/// What is measured of a layer at a step, for cards that draw layers against steps. From weights (then a role is
/// chosen: q_proj, down_proj, ...) or from the probe prompt.
struct LayerMeasure {
  QString name, title, explanation, axis_label;
  std::function<float(const WeightStat&)> weight;
  std::function<float(const LayerActivation&)> activation;
  bool log_y = false;
  /// Limit lines, each where it was in force.
  std::function<std::vector<Threshold>(const RunHistory&)> limits = {};
  QString brief = {};       ///< title for a narrow card
  QString absent = {};      ///< why there may be nothing although it was measured: "KV bias is off"
  std::string table = {};   ///< name of the data, where it is not `name`
  QString of_tensors = {};  ///< title where tensors stand alone
};

LayerMeasure weight_std_measure();
LayerMeasure update_ratio_measure();
LayerMeasure ratio_measure();
LayerMeasure first_token_measure();
LayerMeasure kv_slot_measure();
LayerMeasure kurtosis_measure();

/// Chooses the role and reads one measure out of a history, row by row.
class LayerReader {
 public:
  explicit LayerReader(LayerMeasure measure) : measure_(std::move(measure)) {}
  const LayerMeasure& measure() const { return measure_; }
  /// Empty: no role, no value.
  const QString& role() const { return role_; }
  void setRole(const QString& role) { role_ = role; }
  /// Roles that the blocks of the run have, in the order of the tensors.
  static QStringList roles(const RunInfo& info);
  std::size_t rows(const RunHistory& history) const;
  std::int64_t step(const RunHistory& history, std::size_t row) const;
  /// The tensor belongs to the lines of the role.
  bool isOfRole(const TensorInfo& tensor) const;
  /// Value of each layer; NaN where not measured.
  std::vector<double> values(const RunHistory& history, std::size_t row) const;

 private:
  LayerMeasure measure_;
  QString role_ = QStringLiteral("down_proj");
};

/// Fills a role chooser from a run, keeping the choice; the data of an item is its role. `none` is the text of one more
/// item, for no role at all; empty: there must be one. True when the reader's role changed.
bool fill_roles(QComboBox& box, LayerReader& reader, const RunInfo& info, const QString& none = {});

}  // namespace variometer
