// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <optional>

#include "widgets/card_plot.h"
#include "widgets/inspect_view.h"
#include "widgets/matrix_raster.h"

namespace variometer {

class NumberField;

/// Attention of one layer, query x key: one head, or the mean over heads. What is masked stays blank; so does, where
/// wanted, the key that takes most. Of a long text the pass keeps maps that are max-pooled; for the part that is looked
/// at the real cells are asked for, and drawn once they are there.
class InspectAttention : public PlotCard {
  Q_OBJECT
 public:
  /// How probabilities become colours. `automatic`: linear to 1 for texts of up to kLinearKeys keys, else logarithmic,
  /// as nearly all probabilities of a long text are far below 1.
  enum class Colours { automatic, linear, logarithmic };
  static constexpr std::int64_t kLinearKeys = 64;
  /// So many real cells are asked for at most: 16 MB.
  static constexpr std::int64_t kMostCells = std::int64_t{1} << 22;

  explicit InspectAttention(QWidget* parent = nullptr);

  void setView(const InspectView& view);
  void setColouring(Colours colours);
  Colours colouring() const { return colouring_; }
  /// Real cells of a part of a pooled map; of another pass, layer or head than is shown they are left.
  void setPart(const AttentionPartPtr& part);
  const AttentionPartPtr& part() const { return part_; }
  const MatrixRaster& raster() const { return *raster_; }
  /// Which head is shown. Whoever shows the card gives it a place.
  NumberField* headBox() const { return head_; }
  QString summary() const override { return summary_; }
  QString provenance() const override { return view_.provenance(); }
  QList<QAction*> cardActions() const override;
  QString table(QChar separator, Rows rows) const override;

 Q_SIGNALS:
  void headChosen(int head);  ///< -1: the mean
  /// What is looked at is pooled, and its real cells would be few enough.
  void cellsWanted(const variometer::AttentionRequest& cells);

 protected:
  void restart() override {}
  void take(const RunHistory&) override {}

 private:
  QStringList describe(double x, double y) const;
  QString keyName(std::int64_t key) const;
  CellMatrix pooledMatrix() const;
  CellMatrix partMatrix() const;
  CellSpan keysSeen(std::int64_t first_query, std::int64_t n_query) const;
  void showMatrix();
  void askForCells();
  std::optional<AttentionRequest> cellsInView() const;
  bool partCovers(const AttentionRequest& cells) const;
  int sinkColumn(const CellMatrix& m) const;
  bool logarithmic() const;
  void findScale();
  void setWords();

  InspectView view_;
  MatrixRaster* raster_;
  NumberField* head_;
  QTimer asking_;
  Colours colouring_ = Colours::automatic;
  AttentionPartPtr part_;
  std::optional<AttentionRequest> asked_;
  CellScale scale_;
  QString hidden_;  ///< in words: the sink key that is left out
  std::optional<std::int64_t> sink_;  ///< the key left out, or the first of its block
  QString summary_;
};

}  // namespace variometer
