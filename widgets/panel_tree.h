// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSet>
#include <QWidget>
#include <vector>

#include "core/base/history.h"

class QLabel;
class QLineEdit;
class QTreeWidget;
class QTreeWidgetItem;

namespace variometer {

/// Layers and their tensors with the newest std, a box to find some, ticks that choose what the weight cards draw, and
/// below it everything measured of the tensor that is selected. Reads a RunHistory; knows no run.
class ModelTreePanel : public QWidget {
  Q_OBJECT
 public:
  explicit ModelTreePanel(QWidget* parent = nullptr);

  /// Builds the tree anew. All block matrices are ticked.
  void setInfo(const RunInfo& info);
  void clear();
  /// Shows the values measured at or before `step`.
  void showValues(const RunHistory& history, std::int64_t step);
  /// Indices into RunInfo::tensors of what is ticked.
  std::vector<int> ticked() const;
  QLineEdit* findBox() const { return find_; }
  QTreeWidget* tree() const { return tree_; }

 Q_SIGNALS:
  void tickedChanged(const std::vector<int>& tensors);
  void layerSelected(int layer);
  void tensorSelected(int tensor);

 private:
  void filter(const QString& text);
  void itemChanged(QTreeWidgetItem* item);
  void showDetails(const WeightSnapshot* weights);

  QLineEdit* find_;
  QTreeWidget* tree_;
  QLabel* details_;
  RunInfo info_;
  std::vector<QTreeWidgetItem*> items_;  // by tensor
  std::shared_ptr<const WeightSnapshot> shown_;
  int selected_ = -1;
  bool building_ = false;
};

}  // namespace variometer
