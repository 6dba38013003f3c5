// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card_plot.h"
#include "widgets/layer_measure.h"

class QComboBox;
class QMenu;

namespace variometer {

/// One line per layer over steps, an ordered ramp of colours; of weights also lines of chosen tensors, with or without
/// those of a role.
class LayerLinesCard : public PlotCard {
  Q_OBJECT
 public:
  LayerLinesCard(LayerMeasure measure, StepAxis* steps, QWidget* parent = nullptr);
  std::string tableName() const override;
  QString summary() const override;
  std::optional<FigureRecipe> recipe() const override;
  /// "role" (empty: chosen tensors only), "tensors" (chosen, full names), "layers" (those visible; empty: all).
  QVariantMap state() const override;
  void setState(const QVariantMap& state) override;
  Offer offer(const SeriesPick& pick) const override;
  void add(const SeriesPick& pick) override;
  std::pair<QString, QVariantMap> cardOf(const SeriesPick& pick) const override;
  QList<QAction*> cardActions() const override;

 protected:
  void restart() override;
  void take(const RunHistory& history) override;
  void showStep(const RunHistory& history, std::int64_t step) override;

 private:
  struct Chosen {
    std::size_t tensor;  ///< index in the run they were made for, which may be gone
    QString name;
    int layer;
    PlotLine* line;
  };
  std::vector<std::size_t> chosenTensors(const RunInfo& info) const;
  void makeLines(const RunInfo& info);
  void noteVisible();
  void nameAfterContents();
  void showRole();
  void again();
  void removeChosen(const QString& tensor);
  /// Of the pick, what is not drawn yet.
  QStringList missing(const SeriesPick& pick) const;
  QString emptyText() const;

  LayerReader reader_;
  QComboBox* role_ = nullptr;
  std::vector<PlotLine*> lines_;
  QStringList chosen_;
  std::vector<Chosen> chosen_lines_;
  QVariantList layers_;
  bool making_lines_ = false;
  std::size_t taken_ = 0;
  QMenu* remove_ = nullptr;
};

}  // namespace variometer
