// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointer>
#include <QVariantMap>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "widgets/colour_map.h"
#include "widgets/plot_library.h"
#include "widgets/plot_ticker.h"
#include "widgets/series.h"
#include "widgets/step_axis.h"
#include "widgets/theme.h"

namespace variometer {

class PlotMarks;
class PlotOverlay;

/// How a line looks. The pen is asked for again when the theme changes.
struct LineStyle {
  enum class Mark { line, points, line_and_points };
  QString name;
  std::function<QPen(const Theme&)> pen;
  Mark mark = Mark::line;
  bool faint = false;  ///< drawn at a quarter of its strength, under the others, and left out of the readout
  bool in_legend = true;
  QString brief = {};   ///< stands in the legend where the name is too long for it
  bool in_ramp = true;  ///< one of many ordered lines; else the legend always names it
};

/// One line of a plot. Append to `series`, then call Plot::touch().
struct PlotLine {
  LineStyle style;
  Series series;
  bool visible = true;
  QCPGraph* graph = nullptr;
  std::vector<Series::Point> alone =
      {};  ///< in view with a gap on both sides: a line shows nothing of them, a dot does
};

/// A horizontal limit, dashed, with its name at the right end.
struct Threshold {
  double y = 0;
  QString label;
  bool in_fit = false;  ///< the fitted range reaches it
  /// Where it was in force.
  double from = -std::numeric_limits<double>::infinity(), to = std::numeric_limits<double>::infinity();
  bool label_below = false;  ///< of a floor, whose curves are above it
};

/// A vertical dashed line at the step where something happened; its label stands in a lane above the curves, the
/// sentence in the readout.
struct EventMark {
  double step = 0;
  QString label;
  QString sentence = {};
  bool remark = false;  ///< a user's own: its text is always drawn, beside its line
};

/// A short text just above a point, `away` pixels from it.
struct Note {
  double x = 0, y = 0;
  QString text;
  double away = 3;
};

/// One pair of axes over QCustomPlot with the window's rules for mouse and keys (design: ui b.1, d.10), margins that
/// never move, lines drawn from pyramids, limits, event marks, cursors and a readout under the mouse. Replots are
/// queued; the owner calls touch() when data changed. GUI thread only.
class Plot : public QCustomPlot {
  Q_OBJECT
 public:
  enum class XAxis { steps, own };
  enum class Part { x, y, both };
  static constexpr double kThinBox = 8;       ///< a zoom box thinner than this, in pixels, zooms the other axis only
  static constexpr double kRoomText = 18;     ///< points from which text is for a room, and lines are thicker
  static constexpr int kCompactHeight = 150;  ///< below it a plot of steps leaves out its axis label

  Plot(XAxis kind, StepAxis* steps, QWidget* parent = nullptr);
  ~Plot() override;

  StepAxis& steps() const { return *steps_; }
  bool showsSteps() const { return kind_ == XAxis::steps; }

  // Content.
  PlotLine& addLine(LineStyle style);
  void removeLines();
  void removeLine(const PlotLine& line);
  const std::vector<std::unique_ptr<PlotLine>>& lines() const { return lines_; }
  void setLineVisible(std::size_t index, bool visible);
  void soloLine(std::size_t index);
  void setThresholds(std::vector<Threshold> thresholds);
  const std::vector<Threshold>& thresholds() const { return thresholds_; }
  void setEventMarks(std::vector<EventMark> marks);
  const std::vector<EventMark>& eventMarks() const { return marks_; }
  /// The mark is under a mouse at x.
  bool isNear(const EventMark& mark, double x) const;
  void setNotes(std::vector<Note> notes);
  const std::vector<Note>& notes() const { return notes_; }
  void setEmptyText(const QString& text);  ///< shown in the middle while not empty
  QString emptyText() const { return empty_text_; }

  // Axes.
  void setLabels(const QString& x, const QString& y);
  NumberTicker::Kind xTicker() const { return x_ticker_; }
  NumberTicker::Kind yTicker() const { return y_ticker_; }
  void setXTicker(NumberTicker::Kind kind, const QStringList& names = {});
  void setYTicker(NumberTicker::Kind kind, const QStringList& names = {});
  void setFullX(double lower, double upper);                                ///< of a plot with its own x axis
  void setFullY(std::optional<double> lower, std::optional<double> upper);  ///< else fitted to what is visible
  void setLogX(bool on);
  void setLogY(bool on);
  /// Whether the axes may be logarithmic: not where they count layers or channels.
  void setLogAllowed(bool x, bool y);
  bool logX() const { return xAxis->scaleType() == QCPAxis::stLogarithmic; }
  bool logY() const { return yAxis->scaleType() == QCPAxis::stLogarithmic; }
  void setYReversed(bool on) { yAxis->setRangeReversed(on); }
  /// A plot of steps that is not tied has a range of its own: the others stay where they are when it is zoomed, and it
  /// where it is. Cursors and the step under the mouse are shared all the same.
  void setTied(bool on);
  bool tied() const { return tied_; }
  /// What pictures in it are coloured with instead of their own map; signed ones keep theirs.
  void setColours(std::optional<ColourMap::Kind> kind);
  ColourMap::Kind colours(ColourMap::Kind own) const;
  void setRightMargin(int pixels);  ///< room beside the axes for a colour bar
  void setTopMargin(int pixels);    ///< room above the axes, beyond the lane of the events
  /// Longest labels left of the y axis, in characters.
  void setLabelWidth(int characters);

  // View.
  void fit(Part part = Part::both);
  bool untouched() const { return x_free_ && y_free_; }
  void setView(QCPRange x, QCPRange y);  ///< a zoom of the user
  QCPRange xRange() const { return xAxis->range(); }
  QCPRange yRange() const { return yAxis->range(); }
  void rememberView(const QString& what);  ///< Backspace comes back here; `what` is about to be done
  StepAxis::View view() const;
  /// Which part is shown, to come back to: whether each axis is fitted, and its range where it is not. The steps shared
  /// with other plots are the StepAxis' own. Empty: all fitted.
  QVariantMap viewState() const;
  void setViewState(const QVariantMap& state);

  /// Data changed: one queued replot.
  void touch();
  std::size_t pointsShown() const { return points_shown_; }
  std::size_t pointsTotal() const;  ///< finite ones, of the visible lines
  /// Points of the visible lines that a logarithmic axis cannot show.
  std::size_t pointsOffLog() const;
  QString xLabel() const { return x_label_; }
  QString yLabel() const { return y_label_; }

  /// Text under the mouse at (x, y); the default lists the lines at x. Several lines, "name<tab>value".
  void setReadout(std::function<QStringList(double x, double y)> readout) { readout_ = std::move(readout); }
  QStringList readout(double x, double y) const;

  void setTheme(const Theme& theme);
  const Theme& currentTheme() const { return *theme_; }
  /// Of data lines, in the pixels of the layout; none: as the font asks for.
  void setLineWidth(std::optional<double> width);
  double lineWidth() const;
  void setTransparent(bool on);
  void setShowsEvents(bool on);
  bool showsEvents() const { return shows_events_; }
  /// Draws the plot, without cursors, as vectors where the painter can.
  void paintFigure(QCPPainter& painter, const QRectF& area);

  /// "fit", "fit_x", "fit_y", "log_x", "log_y", "tie", "cursors", "pin", "previous_view", "next_view", "follow"
  QAction* action(const char* id) const;

 Q_SIGNALS:
  void viewChanged();
  void clicked(double x, double y);
  void hovered(double x, double y);  ///< NaN: the mouse left
  void linesChanged();               ///< added, removed, hidden, recoloured

 protected:
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void focusInEvent(QFocusEvent* event) override;
  void focusOutEvent(QFocusEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  friend class PlotOverlay;
  friend class PlotMarks;
  enum class Drag { none, press, box, pan };

  void prepare(QSize size, double pixel_ratio);
  void fitY(int height);
  void makeRoomForNotes(int height);
  void findLonePoints(PlotLine& line);
  void applyFonts();
  void applyTickers();
  void makeActions();
  void redrawOverlay();
  Part partAt(QPointF pos) const;
  void zoomAt(QPointF pos, double factor, Part part);
  void panBy(QPointF pixels, Part part);
  void finishBox();
  bool sharesSteps() const { return showsSteps() && tied_; }
  void setXRange(QCPRange range);
  void setYRange(QCPRange range);

  XAxis kind_;
  QPointer<StepAxis> steps_;
  std::unique_ptr<StepAxis> own_steps_;
  const Theme* theme_;
  std::vector<std::unique_ptr<PlotLine>> lines_;
  std::vector<Threshold> thresholds_;
  std::vector<EventMark> marks_;
  std::vector<Note> notes_;
  QString empty_text_, x_label_, y_label_;
  std::function<QStringList(double, double)> readout_;
  QCPRange full_x_{0, 1};
  std::optional<double> full_y_lower_, full_y_upper_;
  NumberTicker::Kind x_ticker_ = NumberTicker::Kind::linear, y_ticker_ = NumberTicker::Kind::linear;
  QStringList x_names_, y_names_;
  std::optional<ColourMap::Kind> colours_;
  bool compact_ = false, tied_ = true, shows_events_ = true, transparent_ = false;
  std::optional<double> line_width_;
  int right_margin_ = 0, top_margin_ = 0, label_width_ = 6;
  bool x_free_ = true, y_free_ = true;
  std::size_t points_shown_ = 0;
  std::vector<Series::Point> scratch_;
  QVector<QCPGraphData> drawn_;

  Drag drag_ = Drag::none;
  Part drag_part_ = Part::both;
  QPointF press_, last_, mouse_;
  Qt::KeyboardModifiers press_modifiers_;
  bool mouse_inside_ = false;
  qint64 last_wheel_ms_ = 0;
  PlotMarks* marks_item_ = nullptr;
  PlotOverlay* overlay_ = nullptr;
};

}  // namespace variometer
