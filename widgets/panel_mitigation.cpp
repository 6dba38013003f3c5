// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_mitigation.h"

#include <QApplication>
#include <QEvent>
#include <QLabel>
#include <QScrollArea>
#include <QStackedWidget>
#include <QStyle>
#include <QVBoxLayout>
#include <algorithm>

namespace variometer {

MitigationPanel::MitigationPanel(QWidget* parent) : QWidget(parent) {
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  auto* scroll = scroll_ = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);  // it scrolls to what in it has the focus
  auto* column = new QWidget(scroll);
  auto* layout = new QVBoxLayout(column);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  tvr_ = new MitigationSection(QStringLiteral("tvr"), column);
  kv_bias_ = new MitigationSection(QStringLiteral("kv_bias"), column);
  dyt_ = new MitigationSection(QStringLiteral("dyt"), column);
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) {
    layout->addWidget(section);
    connect(section, &MitigationSection::forkRequested, this, &MitigationPanel::forkRequested);
    if (section == dyt_) break;
    auto* line = new QFrame(column);
    line->setFrameShape(QFrame::HLine);
    line->setFrameShadow(QFrame::Sunken);
    layout->addWidget(line);
  }
  layout->addStretch(1);
  scroll->setWidget(column);
  outer->addWidget(scroll, 1);
  auto* line = new QFrame(this);
  line->setFrameShape(QFrame::HLine);
  line->setFrameShadow(QFrame::Sunken);
  outer->addWidget(line);
  outer->addWidget(buildResults());
  sizeToFont();
  connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* focus) { follow(focus); });
  setSteerable(false, tr("No run is going on."));
}

QWidget* MitigationPanel::buildResults() {
  below_ = new QScrollArea(this);  // for a refusal that is longer than the room
  below_->setObjectName(QStringLiteral("results"));
  below_->setWidgetResizable(true);
  below_->setFrameShape(QFrame::NoFrame);
  below_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  below_->setFocusPolicy(Qt::NoFocus);
  results_ = new QStackedWidget(below_);
  results_->setContentsMargins(10, 4, 10, 4);
  no_result_ = new QLabel(tr("Preview measures what a switch would do, before anything changes. Its numbers stand here."),
                          results_);
  no_result_->setWordWrap(true);
  no_result_->setForegroundRole(QPalette::PlaceholderText);
  no_result_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  results_->addWidget(no_result_);
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) {
    results_->addWidget(section->resultLabel());
    connect(section, &MitigationSection::resultShown, results_,
            [this, section] { results_->setCurrentWidget(section->resultLabel()); });
  }
  below_->setWidget(results_);
  return below_;
}

/// The room for a result is there from the start: a title, two rows of numbers, and what they are of on two lines.
void MitigationPanel::sizeToFont() {
  below_->setFixedHeight(5 * fontMetrics().lineSpacing() + 14);
}

QSize MitigationPanel::sizeHint() const {
  return {std::max(17 * fontMetrics().height(), minimumSizeHint().width()), QWidget::sizeHint().height()};
}

QSize MitigationPanel::minimumSizeHint() const {
  const int bar = style()->pixelMetric(QStyle::PM_ScrollBarExtent, nullptr, this);
  return {scroll_->widget()->minimumSizeHint().width() + bar, QWidget::minimumSizeHint().height()};
}

void MitigationPanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::FontChange && below_ != nullptr) {
    sizeToFont();
    updateGeometry();
  }
}

/// What the keyboard comes to is seen, with the head of its section where there is room for both. The mouse is where it
/// is: what it presses does not move away under it.
void MitigationPanel::follow(QWidget* focus) {
  QWidget* column = scroll_->widget();
  if (focus == nullptr || !column->isAncestorOf(focus) || QApplication::mouseButtons() != Qt::NoButton) return;
  const QWidget* section = focus;
  while (section->parentWidget() != column) section = section->parentWidget();
  const QRect place(focus->mapTo(column, QPoint()), focus->size());
  QRect wanted = place.adjusted(0, -4, 0, 4);
  const QRect with_head = wanted.united(QRect(place.left(), section->y(), 1, 1));
  if (with_head.height() <= scroll_->viewport()->height()) wanted = with_head;
  scroll_->ensureVisible(wanted.left(), wanted.bottom(), 0, 0);
  scroll_->ensureVisible(wanted.left(), wanted.top(), 0, 0);
}

MitigationSection* MitigationPanel::section(const QString& group) const {
  return group == QLatin1String("tvr") ? tvr_ : group == QLatin1String("kv_bias") ? kv_bias_ : dyt_;
}

void MitigationPanel::setPoster(const MitigationSection::Poster& poster) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->setPoster(poster);
}

void MitigationPanel::setSteerable(bool steerable, const QString& reason) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->setSteerable(steerable, reason);
}

void MitigationPanel::setInForce(const Mitigations& mitigations, std::int64_t step) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->setInForce(mitigations, step);
}

void MitigationPanel::setSpread(const ModelConfig& model, const WeightSpread& spread) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->setSpread(model, spread);
}

void MitigationPanel::commandSettled(std::int64_t ticket, const Command& command, const QString& error,
                                     std::int64_t step) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->commandSettled(ticket, command, error, step);
}

void MitigationPanel::showPreview(const Preview& preview) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->showPreview(preview);
}

void MitigationPanel::setForkable(bool forkable) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->setForkable(forkable);
}

void MitigationPanel::reset() {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->reset();
  results_->setCurrentWidget(no_result_);
}

}  // namespace variometer
