// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card.h"

#include <QAbstractButton>
#include <QAction>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QPainter>

#include "widgets/number_text.h"
#include "widgets/plot_library.h"

namespace variometer {

/// "Held at step 4,212 · 380 new": shown while the view is held; a click follows again.
class CardChip : public QAbstractButton {
 public:
  explicit CardChip(QWidget* parent) : QAbstractButton(parent) {
    setCursor(Qt::PointingHandCursor);
    setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  }
  void setColours(const QColor& line, const QColor& ground) {
    line_ = line;
    ground_ = ground;
    update();
  }
  QSize sizeHint() const override { return {fontMetrics().horizontalAdvance(text()) + 14, fontMetrics().height() + 4}; }
  QSize minimumSizeHint() const override {
    return {fontMetrics().horizontalAdvance(QStringLiteral("Held")) + 14, sizeHint().height()};
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(line_, hasFocus() ? 2 : 1));
    painter.setBrush(ground_);
    const QRectF box = QRectF(rect()).adjusted(1, 1, -1, -1);
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2);
    painter.setPen(line_);
    painter.drawText(rect().adjusted(6, 0, -6, 0), Qt::AlignCenter,
                     fontMetrics().elidedText(text(), Qt::ElideRight, width() - 12));
  }

 private:
  QColor line_, ground_;
};

Card::Card(QString name, QString title, QString explanation, StepAxis* steps, QWidget* parent)
    : QWidget(parent), name_(std::move(name)), title_(std::move(title)), steps_(steps), theme_(&theme_of(*this)) {
  setObjectName(name_);
  setAccessibleName(title_);
  setMinimumSize(220, 160);
  title_label_ = new QLabel(title_, this);
  title_label_->setToolTip(explanation);
  value_label_ = new QLabel(this);
  value_label_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  chip_ = new CardChip(this);
  chip_->setToolTip(tr("The view is held; training goes on. Click to follow again (End)."));
  footer_left_ = new QLabel(this);
  footer_right_ = new QLabel(this);
  for (QLabel* label : {title_label_, value_label_, footer_left_, footer_right_}) {
    label->setTextFormat(Qt::PlainText);
    label->setMinimumWidth(0);
  }
  footer_left_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  title_label_->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);

  layout_ = new QVBoxLayout(this);
  layout_->setContentsMargins(10, 8, 10, 6);
  layout_->setSpacing(3);
  header_ = new QHBoxLayout;
  header_->setSpacing(8);
  header_->addWidget(title_label_);
  header_->addStretch(1);
  header_->addWidget(chip_);
  header_->addWidget(value_label_);
  layout_->addLayout(header_);
  auto* footer = new QHBoxLayout;
  footer->addWidget(footer_left_, 1);
  footer->addWidget(footer_right_);
  layout_->addLayout(footer);

  copy_image_ = new QAction(tr("Copy image and data"), this);
  copy_image_->setShortcut(QKeySequence::Copy);
  copy_image_->setToolTip(tr("The figure and its numbers, to the clipboard"));
  connect(copy_image_, &QAction::triggered, this, &Card::copyImage);
  copy_data_ = new QAction(tr("Copy data"), this);
  copy_data_->setShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_C));
  copy_data_->setToolTip(tr("The numbers shown, apart by tabs, to the clipboard"));
  connect(copy_data_, &QAction::triggered, this, &Card::copyData);
  export_ = new QAction(tr("Export…"), this);
  export_->setToolTip(tr("Save as PNG, SVG, PDF or CSV"));
  connect(export_, &QAction::triggered, this, &Card::exportRequested);
  for (QAction* action : {copy_image_, copy_data_}) {
    action->setShortcutContext(Qt::WidgetWithChildrenShortcut);
    addAction(action);
  }

  if (!steps_) steps_ = new StepAxis(this);
  connect(chip_, &QAbstractButton::clicked, steps_, &StepAxis::follow);
  connect(steps_, &StepAxis::shownStepChanged, this, [this] { refresh(); });
  connect(steps_, &StepAxis::followingChanged, this, &Card::updateChip);
  connect(steps_, &StepAxis::extentChanged, this, &Card::updateChip);
  updateChip();
  applyTheme();
}

Card::~Card() = default;

void Card::setHistory(const RunHistory* history) {
  history_ = history;
  seen_revision_ = seen_rewinds_ = -1;
  shown_step_.reset();
  restart();
  refresh();
}

void Card::refresh(Scope scope) {
  if (!history_ || (scope == Scope::visible_only && !isVisible())) return;
  const bool changed = history_->revision() != seen_revision_;
  if (history_->rewinds() != seen_rewinds_) {
    if (seen_rewinds_ >= 0) restart();
    shown_step_.reset();
  }
  seen_revision_ = history_->revision();
  seen_rewinds_ = history_->rewinds();
  if (changed) take(*history_);
  const std::int64_t step = steps_->shownStep();
  if (!changed && step == shown_step_) return;
  shown_step_ = step;
  showStep(*history_, step);
  updateChip();
  const QString sentence = summary();
  if (sentence != accessibleDescription()) setAccessibleDescription(sentence);
}

QString Card::table(QChar, Rows) const { return {}; }

void Card::setTitle(const QString& title) {
  if (title == title_) return;
  title_ = title;
  title_label_->setText(title);
  setAccessibleName(title);
  Q_EMIT titleChanged();
}

void Card::setValue(const QString& text) {
  if (value_label_->text() != text) value_label_->setText(text);
}

void Card::setFooter(const QString& left, const QString& right) {
  if (footer_left_->text() != left) footer_left_->setText(left);
  if (footer_right_->text() != right) footer_right_->setText(right);
}

QString Card::valueText() const { return value_label_->text(); }
QString Card::footerText() const { return footer_left_->text(); }

void Card::setPicture(QWidget* widget) { layout_->insertWidget(1, widget, 1); }

void Card::addHeaderWidget(QWidget* widget) { header_->insertWidget(1, widget); }

QString Card::snapshotText(std::int64_t measured, std::int64_t step) {
  if (measured == step) return {};
  return tr("snapshot %1 (−%2)").arg(step_text(measured), step_text(step - measured));
}

void Card::updateChip() {
  const QString text = steps_->chip();
  chip_->setVisible(!text.isEmpty());
  if (text != chip_->text()) {
    chip_->setText(text);
    chip_->updateGeometry();
  }
}

void Card::fixTheme(Theme::Kind kind) {
  theme_fixed_ = true;
  theme_ = &theme(kind);
  setPalette(palette_of(*theme_));
  applyTheme();
}

void Card::applyTheme() {
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  title_label_->setFont(bold);
  value_label_->setFont(bold);
  QFont small = font();
  if (small.pixelSize() > 0) {
    small.setPixelSize(std::max(6, static_cast<int>(small.pixelSize() * 0.86)));
  } else {
    small.setPointSizeF(small.pointSizeF() * 0.86);
  }
  for (QLabel* label : {footer_left_, footer_right_}) {
    label->setFont(small);
    QPalette palette = label->palette();
    palette.setColor(QPalette::WindowText, theme_->muted);
    label->setPalette(palette);
  }
  chip_->setFont(small);
  QColor ground = theme_->warning;
  ground.setAlpha(28);
  chip_->setColours(theme_->warning, ground);
  themeChanged();
  update();
}

void Card::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange && event->type() != QEvent::FontChange) return;
  if (!theme_fixed_) theme_ = &theme_of(*this);
  applyTheme();
}

void Card::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  refresh();
}

void Card::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(theme_->border, 1));
  painter.setBrush(theme_->card);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
}

void Card::contextMenuEvent(QContextMenuEvent* event) {
  QMenu menu(this);
  for (QAction* action : cardActions()) {
    if (action) {
      menu.addAction(action);
    } else {
      menu.addSeparator();
    }
  }
  menu.addSeparator();
  menu.addActions({copy_image_, copy_data_, export_});
  menu.exec(event->globalPos());
}

void Card::paintFigure(QCPPainter& painter, const QRectF& area) {
  painter.save();
  painter.fillRect(area, theme_->card);
  QFont bold = font();
  bold.setWeight(QFont::DemiBold);
  painter.setFont(bold);
  const double height = QFontMetricsF(bold).height();
  const QRectF head(area.left() + 6, area.top() + 3, area.width() - 12, height);
  painter.setPen(theme_->text);
  painter.drawText(head, Qt::AlignLeft | Qt::AlignVCenter, title_);
  painter.setPen(theme_->muted);
  painter.setFont(font());
  painter.drawText(head, Qt::AlignRight | Qt::AlignVCenter, valueText());
  paintPicture(painter, area.adjusted(2, height + 6, -2, -2));
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
