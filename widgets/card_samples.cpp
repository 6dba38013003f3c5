// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_samples.h"

#include <QPlainTextEdit>
#include <QScrollBar>
#include <algorithm>

#include "widgets/number_text.h"
#include "widgets/plot_library.h"

namespace variometer {

SamplesCard::SamplesCard(StepAxis* steps, QWidget* parent)
    : Card(QStringLiteral("samples"), tr("Text from the model"),
           tr("What the model writes at that step, drawn at temperature 1.\n"
              "Every train.sample_every updates, and on demand."),
           steps, parent),
      view_(new QPlainTextEdit(this)) {
  view_->setReadOnly(true);
  view_->setFrameShape(QFrame::NoFrame);
  view_->setPlaceholderText(tr("The first sample comes after some hundred steps; ask for one any time."));
  view_->setAccessibleName(title());
  view_->setMaximumBlockCount(0);
  setPicture(view_);
  setFocusProxy(view_);
}

void SamplesCard::restart() {
  n_shown_ = 0;
  view_->clear();
  setValue({});
}

void SamplesCard::take(const RunHistory&) {}  // all in showStep

void SamplesCard::showStep(const RunHistory& history, std::int64_t step) {
  // What was written after the step that is held is not there yet.
  const auto& samples = history.samples();
  const auto end = std::upper_bound(samples.begin(), samples.end(), step,
                                    [](std::int64_t s, const auto& sample) { return s < sample.first; });
  const auto n = static_cast<std::size_t>(end - samples.begin());
  if (n == n_shown_) return;
  const bool at_top = view_->verticalScrollBar()->value() == 0;
  if (n < n_shown_) restart();
  QTextCharFormat head;
  head.setFontWeight(QFont::DemiBold);
  for (; n_shown_ < n; ++n_shown_) {
    const auto& [at, sample] = samples[n_shown_];
    QTextCursor cursor(view_->document());
    cursor.movePosition(QTextCursor::Start);
    cursor.insertText(tr("step %1").arg(step_text(at)) + QLatin1Char('\n'), head);
    cursor.insertText(QString::fromStdString(sample.prompt + sample.text) + QStringLiteral("\n\n"), QTextCharFormat());
  }
  setValue(n == 0 ? QString() : tr("step %1").arg(step_text(samples[n - 1].first)));
  if (at_top) view_->verticalScrollBar()->setValue(0);
}

QString SamplesCard::summary() const { return title() + (valueText().isEmpty() ? QString() : ", " + valueText()); }

QString SamplesCard::text() const { return view_->toPlainText(); }

QString SamplesCard::table(QChar, Rows) const { return text(); }

void SamplesCard::paintPicture(QCPPainter& painter, const QRectF& area) {
  painter.setFont(font());
  painter.setPen(currentTheme().text);
  painter.drawText(area.adjusted(6, 2, -6, -2), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, text());
}

}  // namespace variometer
