// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card_plot.h"
#include "widgets/inspect_view.h"
#include "widgets/matrix_raster.h"

class QSpinBox;

namespace variometer {

/// Attention of one layer, query x key: one head, or the mean over heads. What is masked stays blank; so does, where
/// wanted, the key that takes most.
class InspectAttention : public PlotCard {
  Q_OBJECT
 public:
  explicit InspectAttention(QWidget* parent = nullptr);

  void setView(const InspectView& view);
  const MatrixRaster& raster() const { return *raster_; }
  QSpinBox* headBox() const { return head_; }
  QString summary() const override { return summary_; }
  QString provenance() const override { return view_.provenance(); }
  QList<QAction*> cardActions() const override;
  QString table(QChar separator, Rows rows) const override;

 Q_SIGNALS:
  void headChosen(int head);  ///< -1: the mean

 protected:
  void restart() override {}
  void take(const RunHistory&) override {}

 private:
  QStringList describe(double x, double y) const;
  QString keyName(std::int64_t key) const;
  CellMatrix matrix(std::span<const float> map) const;
  void setScale();
  void setWords(const QString& hidden);

  InspectView view_;
  MatrixRaster* raster_;
  QSpinBox* head_;
  QString summary_;
};

}  // namespace variometer
