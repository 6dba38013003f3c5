// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QVariantMap>
#include <QWidget>
#include <optional>

#include "core/base/card_table.h"
#include "core/base/history.h"
#include "core/base/marks.h"
#include "widgets/colour_map.h"
#include "widgets/figure_recipe.h"
#include "widgets/figure_style.h"
#include "widgets/series_pick.h"
#include "widgets/step_axis.h"
#include "widgets/theme.h"

class QAction;
class QCPPainter;
class QLabel;
class QMenu;
class QVBoxLayout;

namespace variometer {

class CardChip;
class CardHeader;

/// One picture of a run: title, value, picture, footer. It draws from a RunHistory (live and recorded runs look the
/// same) and knows how to draw itself as a figure. Made by make_card (widgets/card_factory.h).
///
/// Feeding: the owner appends to the history, then calls refresh() on every card once a tick (CardDeck does). refresh()
/// costs nothing where nothing is new, takes only what is new, and skips hidden cards; they catch up when shown.
/// GUI thread only. History and StepAxis must outlive the card or be taken away by setHistory(nullptr).
class Card : public QWidget {
  Q_OBJECT
 public:
  ~Card() override;

  const QString& name() const { return name_; }
  const QString& title() const { return title_; }
  StepAxis& steps() const { return *steps_; }

  void setHistory(const RunHistory* history);
  const RunHistory* history() const { return history_; }
  virtual void setFrame(const FramePtr&) {}
  /// Whether the run takes commands (commandRequested); `why_not` says why it does not.
  virtual void setSteering(const QString& why_not) { (void)why_not; }
  virtual FramePtr frame() const { return {}; }  ///< the one that is drawn
  enum class Scope { visible_only, even_hidden };
  void refresh(Scope scope = Scope::visible_only);

  /// One sentence that says what the card shows now; also its accessible description.
  virtual QString summary() const { return title_; }
  /// The data behind the card: the same table as `variometer export --what NAME` (core/base/card_table.h).
  enum class Rows { visible, all };
  virtual CardTable cells(Rows rows) const;
  /// The steps whose rows are visible, both included; none where last < first.
  struct Steps {
    std::int64_t first = 0, last = -1;
  };
  virtual Steps visibleSteps() const { return {0, steps_->shownStep()}; }
  /// What `variometer export --what` calls the table.
  virtual std::string tableName() const { return name_.toStdString(); }
  /// It as text, columns apart by `separator`, numbers in full. A card without such a table writes its own.
  virtual QString table(QChar separator, Rows rows) const;
  /// It as a file, byte for byte what `variometer export --head` writes: csv_head, then the table.
  QByteArray csv(Rows rows) const;
  /// Which run and step the card shows: under every figure and in every file.
  virtual QString provenance() const;
  /// Settings worth remembering (log axes, smoothing, chosen role); unknown keys are ignored.
  virtual QVariantMap state() const { return {}; }
  virtual void setState(const QVariantMap&) {}
  /// Which part of the run is in view, apart from the steps all cards share: it belongs to the run, not to the layout.
  /// Empty: all of it.
  virtual QVariantMap viewState() const { return {}; }
  virtual void setViewState(const QVariantMap&) {}
  /// What adding the pick to this card does, in a few words; where it cannot be, why.
  struct Offer {
    bool possible = false;
    QString text;
  };
  virtual Offer offer(const SeriesPick& pick) const;
  virtual void add(const SeriesPick&) {}
  /// A card that shows the pick alone, of this kind where that can be: its name and state.
  virtual std::pair<QString, QVariantMap> cardOf(const SeriesPick& pick) const { return tensorCard(pick); }
  /// Of the tensors' weight std.
  static std::pair<QString, QVariantMap> tensorCard(const SeriesPick& pick);
  /// What the context menu offers, in order; a null pointer is a separator.
  virtual QList<QAction*> cardActions() const { return {}; }
  /// The context menu, filled for a click there; the caller's. From the title, anywhere in the picture, and the Menu
  /// key the same.
  QMenu* makeMenu(QPoint global);
  /// What the window adds to it, of whichever card is chosen.
  void setMenuActions(QList<QAction*> actions) { menu_actions_ = std::move(actions); }
  /// How the figure is made from the table; none: the card is no figure of its table.
  virtual std::optional<FigureRecipe> recipe() const { return {}; }

  /// What its pictures of sizes are coloured with instead of their own map; signed ones keep theirs.
  void setColours(std::optional<ColourMap::Kind> kind);
  std::optional<ColourMap::Kind> colours() const { return colours_; }

  /// Keeps this theme whatever the palette says: for figures.
  void fixTheme(Theme::Kind kind);
  const Theme& currentTheme() const { return *theme_; }
  /// How its figures look; the card keeps it.
  virtual void setFigureStyle(const FigureStyle& style);
  const FigureStyle& figureStyle() const { return figure_style_; }
  /// What the legend says, in its order: what FigureStyle::names may rename.
  virtual QStringList legendNames() const { return {}; }
  /// Draws title, legend and picture into `area`, as vectors where the painter can. Fonts are the widget's.
  void paintFigure(QCPPainter& painter, const QRectF& area);
  /// What stands over a figure of that width, in pixels: the value never touches the title, and gives way to it.
  struct FigureHead {
    QString title, value;
  };
  FigureHead figureHead(double width) const;
  /// What keeps a figure's story within the file: title, provenance and what the card shows now.
  QString figureDescription() const;
  /// What a figure says beside its title: the value, where it is in view.
  virtual QString figureValue() const { return valueText(); }
  CardHeader& header() const { return *header_; }
  QString valueText() const;
  QString footerText() const;

 public Q_SLOTS:
  void copyImage();
  void copyData();

 Q_SIGNALS:
  void exportRequested();
  void layerRequested(int layer);  ///< the heat map wants frames of this layer
  void commandRequested(const variometer::Command& command);  ///< of the run
  void titleChanged();
  /// The user changes what is shown, as a step that can be undone; `what` in a few words.
  void stateAboutToChange();
  void stateChanged(const QString& what);
  void dragged();  ///< by its header, out of its place
  // Remarks at steps, asked for where the mouse was.
  void markAddRequested(qint64 step);
  void markEditRequested(const variometer::RunMark& mark);
  void markRemoveRequested(const variometer::RunMark& mark);

 protected:
  Card(QString name, QString title, QString explanation, StepAxis* steps, QWidget* parent);

  /// Rows of these steps of its table.
  CardTable cellsOf(std::int64_t first, std::int64_t last) const;
  virtual void restart() = 0;                                                  ///< forget all that was taken
  virtual void take(const RunHistory& history) = 0;                            ///< append what is new
  virtual void showStep(const RunHistory&, std::int64_t step) { (void)step; }  ///< show what was measured at `step`
  virtual void themeChanged() {}
  virtual void coloursChanged() {}
  virtual void paintPicture(QCPPainter& painter, const QRectF& area) = 0;

  void setTitle(const QString& title);
  /// Stands in the header where the title is too long for it.
  void setBriefTitle(const QString& brief);
  /// `brief` stands in the header where room is short; empty: the text, without "max".
  void setValue(const QString& text, const QString& brief = {});
  void setFooter(const QString& left, const QString& right = {});
  void setPicture(QWidget* widget);
  void addHeaderWidget(QWidget* widget);
  /// "snapshot 4,200 (-12)" when what is shown was not measured at `step` itself; empty when it was.
  static QString snapshotText(std::int64_t measured, std::int64_t step);

  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void showMenu(QPoint global);
  /// What there is at that place of the picture only, first in the menu.
  virtual void addPlaceActions(QMenu&, QPoint global) { (void)global; }

 private:
  void applyTheme();
  void updateChip();

  QString name_, title_, brief_;
  QPointer<StepAxis> steps_;
  const RunHistory* history_ = nullptr;
  const Theme* theme_;
  FigureStyle figure_style_;
  std::optional<ColourMap::Kind> colours_;
  bool theme_fixed_ = false, focused_ = false;
  std::int64_t seen_revision_ = -1, seen_rewinds_ = -1;
  std::optional<std::int64_t> shown_step_;
  QVBoxLayout* layout_;
  CardHeader* header_;
  QLabel *footer_left_, *footer_right_;
  CardChip* chip_;
  QAction *copy_image_, *copy_data_, *export_;
  QList<QAction*> menu_actions_;
};

}  // namespace variometer
