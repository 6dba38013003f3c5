// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractTableModel>
#include <QTableView>
#include <vector>

#include "core/base/inspector.h"
#include "widgets/inspect_view.h"

namespace variometer {

/// Places in a pass, one a row: layer, token, its text, channel, h, how many times the median.
class PlaceModel : public QAbstractTableModel {
  Q_OBJECT
 public:
  enum Column { layer_column, token_column, text_column, channel_column, value_column, ratio_column, n_column };
  using QAbstractTableModel::QAbstractTableModel;

  void setPlaces(PassPtr pass, std::vector<ActivationPlace> places);
  const ActivationPlace& place(int row) const { return places_.at(static_cast<std::size_t>(row)); }

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
  void sort(int column, Qt::SortOrder order) override;

 private:
  PassPtr pass_;
  std::vector<ActivationPlace> places_;
};

/// A table of such places: choosing a row jumps to the cell; Ctrl+C copies the chosen rows, or all where none is, as
/// TSV.
class MassiveTable : public QTableView {
  Q_OBJECT
 public:
  enum class What { massive, largest };
  explicit MassiveTable(QWidget* parent = nullptr);

  /// By the rule and the token filter of the view.
  void setView(const InspectView& view, What what);
  QString text(QChar separator, bool all) const;
  /// The chosen rows, or all where none is, to the clipboard.
  void copyRows() const;

 Q_SIGNALS:
  void placeChosen(const variometer::ActivationPlace& place);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void currentChanged(const QModelIndex& current, const QModelIndex& previous) override;

 private:
  PlaceModel* model_;
  bool filling_ = false;
};

}  // namespace variometer
