// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/render.h"

#include <QFileInfo>
#include <QPdfWriter>
#include <QSvgGenerator>
#include <cmath>
#include <functional>
#include <memory>
#include <vector>

#include "core/base/error.h"
#include "widgets/card.h"
#include "widgets/card_factory.h"
#include "widgets/plot_library.h"

namespace variometer {
namespace {

constexpr double kPointsPerInch = 96;  // logical pixels: what fonts of the screen are made for
constexpr double kMillimetresPerInch = 25.4;

const QStringList kOverview = {QStringLiteral("loss"),           QStringLiteral("weight_std"),
                               QStringLiteral("top_activation"), QStringLiteral("weight_std_carpet"),
                               QStringLiteral("ratio"),          QStringLiteral("massive_map")};

/// Draws with logical pixels of 1/96 inch into whatever the file's ending asks for.
void draw_to(const QString& file, QSizeF inches, double dpi, const QString& title,
             const std::function<void(QCPPainter&)>& draw) {
  const QString ending = QFileInfo(file).suffix().toLower();
  const QSizeF logical = inches * kPointsPerInch;
  const auto fail = [&] {
    throw file_error(file.toStdString() + ": cannot be written; check the folder and its rights");
  };
  if (ending == QLatin1String("png")) {
    QImage image((inches * dpi).toSize(), QImage::Format_ARGB32_Premultiplied);
    if (image.isNull()) throw usage_error("a picture of that size and resolution does not fit in memory");
    image.fill(Qt::white);
    image.setDotsPerMeterX(static_cast<int>(std::lround(dpi / kMillimetresPerInch * 1000)));
    image.setDotsPerMeterY(image.dotsPerMeterX());
    {
      QCPPainter painter(&image);
      painter.setRenderHint(QPainter::Antialiasing);
      painter.scale(dpi / kPointsPerInch, dpi / kPointsPerInch);
      draw(painter);
    }
    if (!image.save(file)) fail();
  } else if (ending == QLatin1String("svg")) {
    QSvgGenerator svg;
    svg.setFileName(file);
    svg.setTitle(title);
    svg.setSize(logical.toSize());
    svg.setViewBox(QRectF(QPointF(), logical));
    svg.setResolution(static_cast<int>(kPointsPerInch));
    QCPPainter painter;
    if (!painter.begin(&svg)) fail();
    painter.setMode(QCPPainter::pmVectorized);
    draw(painter);
    if (!painter.end()) fail();
  } else if (ending == QLatin1String("pdf")) {
    QPdfWriter pdf(file);
    pdf.setTitle(title);
    pdf.setPageSize(QPageSize(inches * 72, QPageSize::Point, {}, QPageSize::ExactMatch));
    pdf.setPageMargins(QMarginsF());
    pdf.setResolution(static_cast<int>(kPointsPerInch));
    QCPPainter painter;
    if (!painter.begin(&pdf)) fail();
    painter.setMode(QCPPainter::pmVectorized);
    draw(painter);
    if (!painter.end()) fail();
  } else {
    throw usage_error(file.toStdString() + ": the ending must be .png, .svg or .pdf");
  }
}

std::unique_ptr<Card> prepared_card(const QString& name, const RunHistory& history, const FramePtr& frame,
                                    StepAxis& steps, Theme::Kind theme) {
  std::unique_ptr<Card> card(make_card(name, &steps, nullptr));
  if (!card) return card;
  card->fixTheme(theme);
  card->setHistory(&history);
  if (frame) card->setFrame(frame);
  card->refresh(Card::Scope::even_hidden);
  return card;
}

}  // namespace

QStringList render_names() { return QStringList{QStringLiteral("overview")} + card_names(); }

void render_card(const RunHistory& history, const FramePtr& frame, const QString& name, const QString& file,
                 const RenderOptions& options) {
  const bool overview = name == QLatin1String("overview");
  if (!render_names().contains(name)) {
    throw usage_error("unknown card '" + name.toStdString() + "'; there are " +
                      render_names().join(QStringLiteral(", ")).toStdString());
  }
  StepAxis steps;
  steps.setExtent(history.info().first_step, std::max<std::int64_t>(1, history.last_step()));
  if (options.at) steps.setCursor(*options.at);
  std::vector<std::unique_ptr<Card>> cards;
  for (const QString& one : overview ? kOverview : QStringList{name}) {
    cards.push_back(prepared_card(one, history, frame, steps, options.theme));
  }
  const double width = options.width_mm > 0 ? options.width_mm : overview ? 280 : 110;
  const double height = options.height_mm > 0 ? options.height_mm : overview ? 150 : 80;
  const QSizeF inches(width / kMillimetresPerInch, height / kMillimetresPerInch);
  const int columns = overview ? 3 : 1;
  const auto rows =
      static_cast<int>((cards.size() + static_cast<std::size_t>(columns) - 1) / static_cast<std::size_t>(columns));
  draw_to(file, inches, options.dpi, name, [&](QCPPainter& painter) {
    const QSizeF cell(inches.width() * kPointsPerInch / columns, inches.height() * kPointsPerInch / rows);
    painter.fillRect(QRectF(QPointF(), inches * kPointsPerInch), theme(options.theme).card);
    for (std::size_t i = 0; i < cards.size(); ++i) {
      const auto n = static_cast<int>(i);
      const QRectF area(QPointF(n % columns * cell.width(), n / columns * cell.height()), cell);
      cards[i]->paintFigure(painter, area.adjusted(3, 3, -3, -3));
    }
  });
}

}  // namespace variometer
