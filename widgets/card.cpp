// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card.h"

#include <QAbstractButton>
#include <QAction>
#include <QApplication>
#include <QContextMenuEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPainter>
#include <limits>
#include <sstream>
#include <utility>

#include "core/base/csv_head.h"
#include "widgets/card_chip.h"
#include "widgets/card_header.h"
#include "widgets/elided_label.h"
#include "widgets/number_text.h"

namespace variometer {

Card::Card(QString name, QString title, QString explanation, StepAxis* steps, QWidget* parent)
    : QWidget(parent), name_(std::move(name)), title_(std::move(title)), steps_(steps), theme_(&theme_of(*this)) {
  setObjectName(name_);
  setAccessibleName(title_);
  setMinimumSize(170, 160);
  header_ = new CardHeader(this);
  header_->setTitle(title_, {});
  header_->setExplanation(explanation);
  connect(header_, &CardHeader::dragged, this, &Card::dragged);
  chip_ = new CardChip(this);
  chip_->setToolTip(tr("The view is held; training goes on. Click to follow again (End)."));
  footer_left_ = new ElidedLabel(this);
  footer_right_ = new QLabel(this);
  for (QLabel* label : {footer_left_, footer_right_}) {
    label->setTextFormat(Qt::PlainText);
    label->setMinimumWidth(0);
  }
  footer_left_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);

  layout_ = new QVBoxLayout(this);
  layout_->setContentsMargins(10, 8, 10, 6);
  layout_->setSpacing(3);
  header_->setChip(chip_);
  layout_->addWidget(header_);
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

  connect(qApp, &QApplication::focusChanged, this, [this] {
    const QWidget* now = QApplication::focusWidget();  // whoever heard of the change first may have moved it on
    const bool focused = now && (now == this || isAncestorOf(now));
    if (std::exchange(focused_, focused) != focused) update();
  });
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
  // Nothing of the run before is said of this one, of which there may be nothing to say.
  setValue({});
  setFooter({});
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

Card::Offer Card::offer(const SeriesPick&) const { return {false, tr("This card shows the whole model")}; }

std::pair<QString, QVariantMap> Card::tensorCard(const SeriesPick& pick) {
  return {QStringLiteral("weight_std"),
          {{QStringLiteral("role"), QString()}, {QStringLiteral("tensors"), pick.tensors}}};
}

CardTable Card::cellsOf(std::int64_t first, std::int64_t last) const {
  return history_ ? card_table(*history_, tableName(), first, last) : CardTable();
}

CardTable Card::cells(Rows rows) const {
  const Steps steps = rows == Rows::all ? Steps{0, std::numeric_limits<std::int64_t>::max()} : visibleSteps();
  return cellsOf(steps.first, steps.last);
}

QString Card::table(QChar separator, Rows rows) const {
  std::ostringstream out;
  write_csv(out, cells(rows), separator.toLatin1());
  return QString::fromStdString(out.str());
}

QByteArray Card::csv(Rows rows) const {
  const CardTable numbers = cells(rows);
  // A picture that is kept for the newest step only is no table of the record.
  const bool recorded = history_ && numbers.find("step") != nullptr;
  const std::string head = recorded ? csv_head(*history_, tableName(), numbers)
                                    : (QStringLiteral("# ") + title_ + QStringLiteral("\n# ") + provenance() +
                                       QStringLiteral("\n# ") + summary() + QLatin1Char('\n'))
                                          .toStdString();
  return QByteArray::fromStdString(head + table(QLatin1Char(','), rows).toStdString());
}

QString Card::provenance() const {
  if (!history_) return QStringLiteral("Variometer");
  QString text = QStringLiteral("Variometer");
  if (const std::string& name = history_->info().name; !name.empty()) {
    text += tr(" · run ") + QString::fromStdString(name);
  }
  const RunInfo& info = history_->info();
  if (info.n_parameter > 0) text += tr(" · %1 parameters").arg(count_text(info.n_parameter));
  text += tr(" · step ") + step_text(std::max<std::int64_t>(0, steps_->shownStep()));
  text += tr(" · seed ") + QString::number(info.config.train.seed);
  return text;
}

void Card::setTitle(const QString& title) {
  if (title == title_) return;
  title_ = title;
  header_->setTitle(title, brief_);
  setAccessibleName(title);
  Q_EMIT titleChanged();
}

void Card::setBriefTitle(const QString& brief) {
  brief_ = brief;
  header_->setTitle(title_, brief_);
}

void Card::setValue(const QString& text, const QString& brief) {
  const QString word = tr("max ");
  header_->setValue(text, brief.isEmpty() && text.startsWith(word) ? text.mid(word.size()) : brief);
}

void Card::setFooter(const QString& left, const QString& right) {
  if (footer_left_->text() != left) footer_left_->setText(left);
  if (footer_right_->text() != right) footer_right_->setText(right);
}

QString Card::valueText() const { return header_->value(); }
QString Card::footerText() const { return footer_left_->text(); }

void Card::setPicture(QWidget* widget) { layout_->insertWidget(1, widget, 1); }

void Card::addHeaderWidget(QWidget* widget) { header_->addChooser(widget); }

QString Card::snapshotText(std::int64_t measured, std::int64_t step) {
  if (measured == step) return {};
  return tr("snapshot %1 (−%2)").arg(step_text(measured), step_text(step - measured));
}

void Card::updateChip() {
  const QString text = steps_->chip();
  chip_->setVisible(!text.isEmpty());
  chip_->setText(text);
  header_->arrange();
}

void Card::setColours(std::optional<ColourMap::Kind> kind) {
  if (kind == colours_) return;
  colours_ = kind;
  coloursChanged();
}

void Card::fixTheme(Theme::Kind kind) {
  theme_fixed_ = true;
  theme_ = &theme(kind);
  setPalette(palette_of(*theme_));
  applyTheme();
}

void Card::applyTheme() {
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
  // The ring of the focus, so that one sees whose keys act.
  const double line = focused_ ? 2 : 1;
  painter.setPen(QPen(focused_ ? theme_->accent : theme_->border, line));
  painter.setBrush(theme_->card);
  painter.drawRoundedRect(QRectF(rect()).adjusted(line / 2, line / 2, -line / 2, -line / 2), 4, 4);
}

QMenu* Card::makeMenu(QPoint global) {
  auto* menu = new QMenu(this);
  addPlaceActions(*menu, global);
  for (QAction* action : cardActions()) {
    if (action) {
      menu->addAction(action);
    } else {
      menu->addSeparator();
    }
  }
  menu->addSeparator();
  menu->addActions({copy_image_, copy_data_, export_});
  if (!menu_actions_.isEmpty()) menu->addSeparator();
  menu->addActions(menu_actions_);
  return menu;
}

void Card::showMenu(QPoint global) {
  // Not run in here: what is chosen may take this card away.
  QMenu* menu = makeMenu(global);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->popup(global);
}

void Card::contextMenuEvent(QContextMenuEvent* event) { showMenu(event->globalPos()); }

}  // namespace variometer
