// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/event_story.h"
#include "widgets/card.h"
#include "widgets/legend_strip.h"
#include "widgets/plot.h"

namespace variometer {

/// A card whose picture is one Plot under one row of legend. Marks events, keeps legend values at the cursor, counts
/// the points shown, writes the table.
class PlotCard : public Card {
  Q_OBJECT
 public:
  Plot& plot() const { return *plot_; }
  LegendStrip& legend() const { return *legend_; }

  QVariantMap state() const override;
  void setState(const QVariantMap& state) override;
  QVariantMap viewState() const override { return plot_->viewState(); }
  void setViewState(const QVariantMap& state) override { plot_->setViewState(state); }
  Steps visibleSteps() const override;
  void setFigureStyle(const FigureStyle& style) override;
  QStringList legendNames() const override;
  QString figureValue() const override;
  QList<QAction*> cardActions() const override;

 protected:
  PlotCard(QString name, QString title, QString explanation, Plot::XAxis x, StepAxis* steps, QWidget* parent);

  void restart() override;
  void take(const RunHistory& history) override;
  void showStep(const RunHistory& history, std::int64_t step) override;
  void themeChanged() override;
  void coloursChanged() override { plot_->setColours(colours()); }
  void paintPicture(QCPPainter& painter, const QRectF& area) override;

  void addPlaceActions(QMenu& menu, QPoint global) override;
  void updateLegend();
  /// Signs after those of the lines: sizes, colours, what is not finite.
  void setLegendExtras(std::vector<LegendStrip::Item> items);
  void updateFooter(const QString& right = {});
  /// Title, axes and limits as they are drawn; the rest is the card's.
  FigureRecipe axesRecipe() const;
  /// Of the table's rows those of the measurement that is shown at the shown step.
  static FigureRecipe::Only onlyStep(std::int64_t step) { return {QStringLiteral("step"), QString::number(step)}; }

 private:
  void updateLegendValues();
  QString legendName(const QString& own) const { return figureStyle().names.value(own, own); }

  Plot* plot_ = nullptr;
  LegendStrip* legend_ = nullptr;
  std::vector<std::size_t> legend_lines_;  ///< of each legend item, its line
  std::vector<LegendStrip::Item> legend_extras_;
  std::size_t events_taken_ = 0;
  EventStory story_;
  std::vector<EventMark> marks_;
  QString footer_right_text_;
};

}  // namespace variometer
