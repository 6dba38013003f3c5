// SPDX-License-Identifier: GPL-3.0-or-later
// A card as a figure and on the clipboard.
#include <QClipboard>
#include <QGuiApplication>
#include <QMimeData>
#include <algorithm>

#include "widgets/card.h"
#include "widgets/card_header.h"
#include "widgets/plot_library.h"

namespace variometer {

QString Card::figureDescription() const {
  const QString& title = figure_style_.title.isEmpty() ? title_ : figure_style_.title;
  return title + QStringLiteral(". ") + provenance() + QStringLiteral(". ") + summary();
}

Card::FigureHead Card::figureHead(double width) const {
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  const QFontMetricsF title_metrics(bold), value_metrics(font());
  const QString title = figure_style_.title.isEmpty() ? title_ : figure_style_.title;
  const QString brief = !figure_style_.title.isEmpty() || brief_.isEmpty() ? title : brief_;
  const double gap = title_metrics.averageCharWidth();
  const QString value = figureValue(), number = value == valueText() ? header_->briefValue() : value;
  for (const FigureHead& head : {FigureHead{title, value}, {brief, value}, {brief, number}}) {
    const double needed = title_metrics.horizontalAdvance(head.title) + value_metrics.horizontalAdvance(head.value);
    if (needed + gap <= width) return head;
  }
  return {title_metrics.elidedText(brief, Qt::ElideRight, width), {}};
}

void Card::setFigureStyle(const FigureStyle& style) {
  figure_style_ = style;
  if (style.font_pt <= 0) return;
  QFont sized = font();
  sized.setPointSizeF(style.font_pt);
  setFont(sized);
}

void Card::paintFigure(QCPPainter& painter, const QRectF& area) {
  painter.save();
  if (!figure_style_.transparent) painter.fillRect(area, theme_->card);
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  painter.setFont(bold);
  const double height = QFontMetricsF(bold).height();
  const QRectF head(area.left() + 6, area.top() + 3, area.width() - 12, height);
  painter.setPen(theme_->text);
  const FigureHead words = figureHead(head.width());
  painter.drawText(head, Qt::AlignLeft | Qt::AlignVCenter, words.title);
  painter.setPen(theme_->muted);
  painter.setFont(font());
  painter.drawText(head, Qt::AlignRight | Qt::AlignVCenter, words.value);
  // Where it comes from, small, under it.
  QFont small = font();
  if (small.pixelSize() > 0) {
    small.setPixelSize(std::max(5, small.pixelSize() * 3 / 4));
  } else {
    small.setPointSizeF(small.pointSizeF() * 0.75);
  }
  const QFontMetricsF small_metrics(small);
  const QRectF foot(area.left() + 6, area.bottom() - small_metrics.height() - 2, area.width() - 12,
                    small_metrics.height());
  paintPicture(painter,
               QRectF(QPointF(area.left() + 2, area.top() + height + 6), QPointF(area.right() - 2, foot.top())));
  painter.setClipping(false);
  painter.setFont(small);
  painter.setPen(theme_->muted);
  QString origin = provenance();
  for (const QString& less : {QStringLiteral("Variometer · "), tr("run "), tr(" parameters")}) {
    if (small_metrics.horizontalAdvance(origin) > foot.width()) origin.remove(less);
  }
  painter.drawText(foot, Qt::AlignLeft | Qt::AlignVCenter,
                   small_metrics.elidedText(origin, Qt::ElideRight, foot.width()));
  painter.restore();
}

void Card::copyImage() {
  QImage image(size() * 2, QImage::Format_ARGB32_Premultiplied);
  image.setDevicePixelRatio(2);
  {
    QCPPainter painter(&image);
    paintFigure(painter, rect());
  }
  auto* mime = new QMimeData;
  mime->setImageData(image);
  mime->setText(table(QLatin1Char('\t'), Rows::visible));
  QGuiApplication::clipboard()->setMimeData(mime);
}

void Card::copyData() { QGuiApplication::clipboard()->setText(table(QLatin1Char('\t'), Rows::visible)); }

}  // namespace variometer
