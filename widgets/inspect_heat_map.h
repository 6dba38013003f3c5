// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card_plot.h"
#include "widgets/inspect_view.h"
#include "widgets/matrix_raster.h"

namespace variometer {

/// Hidden states of one layer, token x channel: |h|, signed, relative to the median, or the difference of two passes.
/// Zoomed in it shows the real cells and their numbers; massive activations have a ring at every zoom.
class InspectHeatMap : public PlotCard {
  Q_OBJECT
 public:
  explicit InspectHeatMap(QWidget* parent = nullptr);

  void setView(const InspectView& view);
  /// Puts the cell in the middle, large enough to read, and frames it.
  void jumpTo(std::int64_t token, std::int64_t channel);
  void select(std::int64_t token, std::int64_t channel);
  void clear(const QString& why);
  const MatrixRaster& raster() const { return *raster_; }
  std::optional<CellPlace> selectedCell() const { return selected_; }  ///< row: token, column: channel

  QString summary() const override { return summary_; }
  QString provenance() const override { return view_.provenance(); }
  QString table(QChar separator, Rows rows) const override;
  QList<QAction*> cardActions() const override;

 Q_SIGNALS:
  void cellClicked(qint64 token, qint64 channel);

 protected:
  void restart() override {}
  void take(const RunHistory&) override {}

 private:
  void showPass();
  void showDifference();
  void showNothing(const QString& why);
  void setExtent();
  void setWords(float largest, std::optional<CellPlace> at);
  std::vector<CellSpan> shownRows(std::int64_t first, std::int64_t n) const;
  void finish();
  CellScale scaleOf(double largest) const;
  double medianShown() const;
  QStringList describe(double x, double y) const;
  void placeSelection();

  InspectView view_;
  std::int64_t shift_ = 0;  ///< of the difference that is shown
  MatrixRaster* raster_;
  std::optional<CellPlace> selected_;
  QString summary_;
  QRectF extent_;  ///< what the axes span in full
};

}  // namespace variometer
