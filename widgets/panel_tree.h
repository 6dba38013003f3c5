// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPoint>
#include <QWidget>
#include <optional>
#include <vector>

#include "core/base/history.h"
#include "widgets/series_pick.h"
#include "widgets/sparkline.h"

class QAction;
class QLabel;
class QLineEdit;
class QTreeWidget;
class QTreeWidgetItem;

namespace variometer {

/// Layers and their tensors with the newest std and how it went so far, layers with massive activations marked, a box
/// to find some, and below it everything measured of the tensor that is selected. What is selected is what the cards
/// show: its role, its layer. A tensor or a layer can be dragged out of it (SeriesPick). Reads a RunHistory; knows no
/// run.
class ModelTreePanel : public QWidget {
  Q_OBJECT
 public:
  explicit ModelTreePanel(QWidget* parent = nullptr);

  /// Builds the tree anew.
  void setInfo(const RunInfo& info);
  void clear();
  /// Shows the values measured at or before `step`.
  void showValues(const RunHistory& history, std::int64_t step);
  QLineEdit* findBox() const { return find_; }
  /// Whether there is room for the curves beside the names.
  void setRoomy(bool curves);
  QTreeWidget* tree() const { return tree_; }
  /// What is selected; none: nothing.
  std::optional<SeriesPick> pick() const;
  /// What the window does with it, for the tree's own menu.
  void setPickActions(const QList<QAction*>& actions);

 Q_SIGNALS:
  void layerSelected(int layer);
  void roleSelected(const QString& role);
  void pickChanged();

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void sizeToFont();
  std::optional<SeriesPick> pickOf(const QTreeWidgetItem* item) const;
  void select(const QTreeWidgetItem* item);
  void drag();

  void filter(const QString& text);
  void showDetails(const WeightSnapshot* weights);
  void takeCurves(const RunHistory& history);
  void markLayers(const RunHistory& history, const RunHistory::ActivationRow* row);
  QString switchName(std::size_t tensor) const;
  bool isOff(std::size_t tensor, const WeightSnapshot& weights) const;

  QLineEdit* find_;
  QTreeWidget* tree_;
  QLabel* details_;
  RunInfo info_;
  std::vector<QTreeWidgetItem*> items_;   ///< by tensor
  std::vector<QTreeWidgetItem*> layers_;  ///< null: has no tensors
  std::shared_ptr<const WeightSnapshot> shown_;
  std::shared_ptr<const ActivationSnapshot> marked_;
  std::vector<Sparkline> curves_;  ///< std so far, by tensor
  std::int64_t curves_taken_ = 0;  // measurements
  std::int64_t curves_rewinds_ = 0;
  int selected_ = -1;
  bool building_ = false;
  bool curves_shown_ = true;  ///< there is room for them
  QPoint pressed_;
  bool may_drag_ = false;  ///< the left button is down over an item; what is selected is told when it is up again
};

}  // namespace variometer
