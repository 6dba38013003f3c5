// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_samples.h"

#include <QScrollBar>
#include <QTextBrowser>
#include <QTextDocument>
#include <algorithm>

#include "widgets/number_text.h"
#include "widgets/plot_library.h"

namespace variometer {
namespace {

constexpr std::size_t kPage = 50;  // newer ones shown; all are in the table

}  // namespace

SamplesCard::SamplesCard(StepAxis* steps, QWidget* parent)
    : Card(QStringLiteral("samples"), tr("Text from the model"),
           tr("What the model wrote up to the step shown, newest on top, drawn at temperature 1; the prompt in bold.\n"
              "Every train.sample_every updates, and on demand."),
           steps, parent),
      view_(new QTextBrowser(this)),
      summary_(title()) {
  view_->setFrameShape(QFrame::NoFrame);
  view_->setOpenLinks(false);
  view_->setAccessibleName(title());
  setPicture(view_);
  setFocusProxy(view_);
  fill();
}

void SamplesCard::restart() {
  n_known_ = n_shown_ = 0;
  fill();
}

void SamplesCard::take(const RunHistory& history) { n_known_ = history.samples().size(); }

void SamplesCard::showStep(const RunHistory& history, std::int64_t step) {
  const auto& samples = history.samples();
  const auto end = std::upper_bound(samples.begin(), samples.end(), step,
                                    [](std::int64_t at, const auto& sample) { return at < sample.first; });
  const auto n = static_cast<std::size_t>(end - samples.begin());
  const QString later = n_known_ > n ? tr("%1 later").arg(n_known_ - n) : QString();
  setFooter(n_known_ == 0 ? QString()
            : n > kPage   ? tr("newest %1 of %2 samples").arg(kPage).arg(n)
            : n == 1      ? tr("1 sample")
                          : tr("%1 samples").arg(n),
            later);
  if (n == n_shown_) return;
  n_shown_ = n;
  fill();
  if (n == 0) return setValue({});
  const auto& [at, sample] = samples[n - 1];
  setValue(tr("step %1").arg(step_text(at)));
  summary_ = tr("At step %1 the model writes: ").arg(step_text(at)) + QString::fromStdString(sample.text).left(120);
}

void SamplesCard::themeChanged() {
  if (view_) fill();
}

void SamplesCard::fill() {
  const bool at_top = view_->verticalScrollBar()->value() == 0;
  view_->setHtml(html());
  if (at_top) view_->verticalScrollBar()->setValue(0);
}

QString SamplesCard::html() const {
  const QString muted = currentTheme().muted.name(), ink = currentTheme().text.name();
  if (n_shown_ == 0) {
    return QStringLiteral("<p style='color:%1'>%2</p>")
        .arg(muted, n_known_ == 0 ? tr("The first sample comes after some hundred steps; ask for one any time.")
                                  : tr("No sample yet at the step shown."));
  }
  QString page;
  const auto& samples = history()->samples();
  const auto escaped = [](const std::string& text) {
    return QString::fromStdString(text).toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>"));
  };
  for (std::size_t i = n_shown_; i-- > (n_shown_ > kPage ? n_shown_ - kPage : 0);) {
    const auto& [step, sample] = samples[i];
    page += QStringLiteral(
                "<p style='margin:0 0 8px 0'><span style='color:%1'>%2</span><br>"
                "<span style='color:%3'><b>%4</b>%5</span></p>")
                .arg(muted, tr("step %1").arg(step_text(step)), ink, escaped(sample.prompt), escaped(sample.text));
  }
  return page;
}

QString SamplesCard::text() const { return view_->toPlainText(); }

void SamplesCard::paintPicture(QCPPainter& painter, const QRectF& area) {
  QTextDocument document;
  document.setDefaultFont(font());
  document.setHtml(html());
  document.setTextWidth(area.width() - 8);
  painter.save();
  painter.setClipRect(area);
  painter.translate(area.topLeft() + QPointF(4, 0));
  document.drawContents(&painter);
  painter.restore();
}

}  // namespace variometer
