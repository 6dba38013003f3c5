// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_figure.h"

#include <QFileInfo>
#include <QImage>
#include <QPageSize>
#include <QPdfWriter>
#include <QSaveFile>
#include <QSvgGenerator>
#include <cmath>

#include "core/base/error.h"
#include "widgets/card.h"
#include "widgets/plot_library.h"

namespace variometer {
namespace {

constexpr double kMillimetresPerInch = 25.4;
constexpr double kLogicalDpi = 96;  ///< of widgets, in which everything is laid out

double to_pixels(double millimetres) { return millimetres / kMillimetresPerInch * kLogicalDpi; }

struct Grid {
  int columns = 1, rows = 1;
  QSizeF cell;  ///< logical pixels
  QSizeF size() const { return {cell.width() * columns, cell.height() * rows}; }
};

Grid grid_of(qsizetype n_card, const FigureOptions& options) {
  Grid grid;
  grid.columns = options.columns > 0 ? options.columns : n_card > 1 ? 2 : 1;
  grid.rows = static_cast<int>((n_card + grid.columns - 1) / grid.columns);
  const double width = to_pixels(options.width_mm) / grid.columns;
  const double height = options.height_mm > 0 ? to_pixels(options.height_mm) / grid.rows : 0.6 * width;
  grid.cell = {width, height};
  return grid;
}

QString titles(const QList<Card*>& cards) {
  QStringList all;
  for (const Card* card : cards) {
    all += card->figureStyle().title.isEmpty() ? card->title() : card->figureStyle().title;
  }
  return all.join(QStringLiteral("; "));
}

QString description(const QList<Card*>& cards) {
  QStringList all;
  for (const Card* card : cards) all += card->figureDescription();
  return all.join(QLatin1Char('\n'));
}

void paint(QCPPainter& painter, const QList<Card*>& cards, const Grid& grid) {
  for (qsizetype i = 0; i < cards.size(); ++i) {
    const QPointF corner(static_cast<double>(i % grid.columns) * grid.cell.width(),
                         static_cast<double>(i / grid.columns) * grid.cell.height());
    cards[i]->paintFigure(painter, {corner, grid.cell});
  }
}

QImage image_of(const QList<Card*>& cards, const Grid& grid, const FigureOptions& options) {
  const double scale = options.dpi / kLogicalDpi;
  QImage image((grid.size() * scale).toSize(), QImage::Format_ARGB32_Premultiplied);
  if (image.isNull()) throw usage_error("the figure is too large; make it smaller or its dpi lower");
  image.fill(options.style.transparent ? QColor(Qt::transparent) : theme(options.theme).card);
  // Qt lays text out for whole device pixels, and takes no ratio below 1: then the painter is scaled instead.
  if (scale >= 1) image.setDevicePixelRatio(scale);
  {
    QCPPainter painter(&image);
    if (scale < 1) painter.scale(scale, scale);
    paint(painter, cards, grid);
  }
  const int dots_per_metre = static_cast<int>(std::lround(options.dpi / kMillimetresPerInch * 1000));
  image.setText(QStringLiteral("Title"), titles(cards));
  image.setText(QStringLiteral("Description"), description(cards));
  image.setText(QStringLiteral("Software"), QStringLiteral("Variometer"));
  image.setDotsPerMeterX(dots_per_metre);
  image.setDotsPerMeterY(dots_per_metre);
  return image;
}

void save_svg(const QList<Card*>& cards, const Grid& grid, QIODevice& file) {
  QSvgGenerator svg;
  svg.setOutputDevice(&file);
  svg.setResolution(static_cast<int>(kLogicalDpi));
  svg.setSize(grid.size().toSize());
  svg.setViewBox(QRectF(QPointF(0, 0), grid.size()));
  svg.setTitle(titles(cards));
  svg.setDescription(description(cards));
  QCPPainter painter(&svg);
  painter.setMode(QCPPainter::pmVectorized);
  painter.setMode(QCPPainter::pmNoCaching);
  paint(painter, cards, grid);
}

void save_pdf(const QList<Card*>& cards, const Grid& grid, QIODevice& file) {
  QPdfWriter pdf(&file);
  pdf.setResolution(static_cast<int>(kLogicalDpi));
  pdf.setPageSize(
      QPageSize(grid.size() / kLogicalDpi * kMillimetresPerInch, QPageSize::Millimeter, {}, QPageSize::ExactMatch));
  pdf.setPageMargins({});
  // A PDF has no field for a description; readers show these two.
  pdf.setTitle(titles(cards) + QStringLiteral(" (") + cards.front()->provenance() + QLatin1Char(')'));
  pdf.setCreator(QStringLiteral("Variometer"));
  QCPPainter painter(&pdf);
  painter.setMode(QCPPainter::pmVectorized);
  painter.setMode(QCPPainter::pmNoCaching);
  paint(painter, cards, grid);
}

/// Makes the cards what the figure asks for.
Grid prepare(const QList<Card*>& cards, const FigureOptions& options) {
  const auto refuse_unless = [](bool fits, const char* what) {
    if (!fits) throw usage_error(std::string("a figure's ") + what);
  };
  refuse_unless(!cards.isEmpty(), "cards are missing");
  refuse_unless(options.width_mm >= 20 && options.width_mm <= 2000, "width must be from 20 to 2000 mm");
  refuse_unless(options.height_mm == 0 || (options.height_mm >= 20 && options.height_mm <= 2000),
                "height must be from 20 to 2000 mm");
  refuse_unless(options.dpi >= 36 && options.dpi <= 2400, "resolution must be from 36 to 2400 dpi");
  refuse_unless(options.style.font_pt == 0 || (options.style.font_pt >= 4 && options.style.font_pt <= 72),
                "text must be from 4 to 72 pt");
  refuse_unless(options.style.line_pt >= 0.1 && options.style.line_pt <= 10, "lines must be from 0.1 to 10 pt");
  const Grid grid = grid_of(cards.size(), options);
  for (Card* card : cards) {
    card->fixTheme(options.theme);
    card->setColours(options.colours);
    card->setFigureStyle(options.style);
    card->resize(grid.cell.toSize());
    card->refresh(Card::Scope::even_hidden);
  }
  return grid;
}

}  // namespace

QImage figure_image(const QList<Card*>& cards, const FigureOptions& options) {
  const Grid grid = prepare(cards, options);
  return image_of(cards, grid, options);
}

void save_figure(const QList<Card*>& cards, const QString& path, const FigureOptions& options) {
  const QString ending = QFileInfo(path).suffix().toLower();
  if (ending != QLatin1String("png") && ending != QLatin1String("svg") && ending != QLatin1String("pdf")) {
    throw usage_error(path.toStdString() + ": the name must end in .png, .svg or .pdf");
  }
  const Grid grid = prepare(cards, options);
  // Complete or not there at all.
  QSaveFile file(path);
  bool written = file.open(QIODevice::WriteOnly);
  if (written) {
    if (ending == QLatin1String("png")) {
      written = image_of(cards, grid, options).save(&file, "PNG");
    } else if (ending == QLatin1String("svg")) {
      save_svg(cards, grid, file);
    } else {
      save_pdf(cards, grid, file);
    }
  }
  if (!written || !file.commit()) throw file_error(path.toStdString() + ": " + file.errorString().toStdString());
}

}  // namespace variometer
