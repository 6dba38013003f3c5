// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/start_page.h"

#include <QEvent>
#include <QFrame>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QPushButton>
#include <QScrollArea>
#include <QStyle>
#include <QVBoxLayout>
#include <cmath>

#include "widgets/panel_icons.h"
#include "widgets/theme.h"

namespace variometer {
namespace {

QLabel* heading(const QString& text, QWidget* parent) {
  auto* label = new QLabel(text, parent);
  QFont font = label->font();
  font.setBold(true);
  font.setLetterSpacing(QFont::AbsoluteSpacing, 0.8);
  label->setFont(font);
  return label;
}

}  // namespace

DemoCard::DemoCard(const DemoText& text, int number, QWidget* parent)
    : QAbstractButton(parent), text_(text), number_(number) {
  setText(text.title);
  setAccessibleName(text.title);
  setAccessibleDescription(text.summary);
  setToolTip(tr("%1 Starts with one click; runs on this computer.").arg(text.summary));
  setCursor(Qt::PointingHandCursor);
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

QSize DemoCard::sizeHint() const {
  return {fontMetrics().averageCharWidth() * 34, 110 + 7 * fontMetrics().lineSpacing()};
}

QSize DemoCard::minimumSizeHint() const {
  return {fontMetrics().averageCharWidth() * 26, 90 + 7 * fontMetrics().lineSpacing()};
}

int DemoCard::curveHeight() const { return std::max(44, height() - 40 - 7 * fontMetrics().lineSpacing()); }

void DemoCard::advance(double seconds) {
  phase_ = std::fmod(phase_ + seconds, 12.0);
  update(QRect(0, 0, width(), curveHeight() + 24));
}

bool DemoCard::event(QEvent* event) {
  if (event->type() == QEvent::Enter || event->type() == QEvent::Leave) {
    hovered_ = event->type() == QEvent::Enter;
    update();
  }
  return QAbstractButton::event(event);
}

void DemoCard::paintEvent(QPaintEvent* /*event*/) {
  const Theme& colours = theme_of(*this);
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QRectF frame = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
  const bool marked = hovered_ || hasFocus() || isDown();
  painter.setPen(QPen(marked ? colours.accent : colours.border, marked ? 1.6 : 1));
  painter.setBrush(colours.card);
  painter.drawRoundedRect(frame, 6, 6);

  // The curve: growth that a mitigation bends, drawn as far as the phase has come.
  const QRectF area(12, 12, width() - 24, curveHeight());
  painter.setPen(QPen(colours.grid, 1));
  painter.drawLine(area.bottomLeft(), area.bottomRight());
  const double done = std::min(1.0, phase_ / 9.0 + 0.25);
  const auto draw = [&](double bend, const QColor& colour, Qt::PenStyle style, double height) {
    QPainterPath path;
    const int n = 60;
    for (int i = 0; i <= static_cast<int>(n * done); ++i) {
      const double t = static_cast<double>(i) / n;
      const double grown = 1 / (1 + std::exp(-10 * (t - 0.45)));
      const double held = t > bend ? grown * (0.25 + 0.75 * std::exp(-12 * (t - bend))) : grown;
      const double wobble = 0.02 * std::sin(23 * t + number_) + 0.012 * std::sin(57 * t);
      const QPointF point(area.left() + t * area.width(),
                          area.bottom() - 2 - (held * height + wobble) * (area.height() - 6));
      i == 0 ? path.moveTo(point) : path.lineTo(point);
    }
    painter.setPen(QPen(colour, 1.6, style));
    painter.setBrush(Qt::NoBrush);
    painter.drawPath(path);
  };
  draw(2.0, colours.series[0], Qt::SolidLine, 0.9);
  if (number_ > 1) draw(0.35 + 0.07 * number_, colours.series[1], Qt::DashLine, 0.9);

  QFont bold = font();
  bold.setBold(true);
  painter.setFont(bold);
  painter.setPen(colours.text);
  const QRectF title(12, area.bottom() + 8, width() - 24, painter.fontMetrics().height() + 2);
  painter.drawText(title, Qt::AlignLeft | Qt::AlignVCenter,
                   painter.fontMetrics().elidedText(QStringLiteral("%1  %2").arg(number_).arg(text_.title),
                                                    Qt::ElideRight, static_cast<int>(title.width())));
  painter.setFont(font());
  painter.setPen(colours.muted);
  const QRectF foot(12, height() - 8 - painter.fontMetrics().height(), width() - 24, painter.fontMetrics().height());
  painter.drawText(foot, Qt::AlignLeft | Qt::AlignVCenter, text_.duration);
  painter.drawText(QRectF(12, title.bottom() + 4, width() - 24, foot.top() - title.bottom() - 8),
                   Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, text_.summary);
}

RecentRow::RecentRow(const RecentText& run, QWidget* parent) : QAbstractButton(parent), run_(run) {
  setText(run.detail.isEmpty() ? run.name : QStringLiteral("%1, %2").arg(run.name, run.detail));
  setAccessibleName(text());
  setToolTip(run.path);
  setCursor(Qt::PointingHandCursor);
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize RecentRow::sizeHint() const { return {200, fontMetrics().height() + 12}; }

bool RecentRow::event(QEvent* event) {
  if (event->type() == QEvent::Enter || event->type() == QEvent::Leave) update();
  return QAbstractButton::event(event);
}

void RecentRow::paintEvent(QPaintEvent* /*event*/) {
  const Theme& colours = theme_of(*this);
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  if (underMouse() || hasFocus()) {
    painter.setPen(QPen(colours.accent, hasFocus() ? 1.6 : 1));
    painter.setBrush(colours.card);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
  }
  const int third = width() / 3;
  const auto cell = [&](int x, int w, const QString& text, const QColor& colour, Qt::TextElideMode elide) {
    painter.setPen(colour);
    painter.drawText(QRect(x + 8, 0, w - 12, height()), Qt::AlignLeft | Qt::AlignVCenter,
                     fontMetrics().elidedText(text, elide, w - 12));
  };
  cell(0, third, run_.name, colours.text, Qt::ElideRight);
  cell(third, third, run_.detail, colours.muted, Qt::ElideRight);
  cell(2 * third, width() - 2 * third, run_.path.section(QLatin1Char('/'), -1), colours.muted, Qt::ElideMiddle);
}

StartPage::StartPage(QWidget* parent) : QWidget(parent) {
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  outer->addWidget(scroll);
  auto* content = new QWidget(scroll);
  scroll->setWidget(content);
  auto* centred = new QHBoxLayout(content);
  centred->setContentsMargins(32, 28, 32, 20);
  auto* page = new QWidget(content);
  page->setMaximumWidth(1240);
  centred->addStretch(1);
  centred->addWidget(page, 100);
  centred->addStretch(1);
  auto* layout = new QVBoxLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(14);

  auto* headline = new QLabel(tr("Watch a language model grow massive activations, then stop them."), page);
  QFont large = headline->font();
  large.setPointSizeF(large.pointSizeF() * 1.7);
  headline->setFont(large);
  headline->setWordWrap(true);
  layout->addWidget(headline);

  recovery_ = new QFrame(page);
  static_cast<QFrame*>(recovery_)->setFrameShape(QFrame::StyledPanel);
  auto* recovery_row = new QHBoxLayout(recovery_);
  auto* sign = new QLabel(recovery_);
  sign->setPixmap(themedIcon(QStringLiteral("warning")).pixmap(20, 20));
  recovery_text_ = new QLabel(recovery_);
  recovery_text_->setWordWrap(true);
  auto* recover = new QPushButton(tr("Recover it"), recovery_);
  recover->setToolTip(tr("Close the record properly and open it"));
  recover->setDefault(true);
  auto* discard = new QPushButton(tr("Not now"), recovery_);
  discard->setToolTip(tr("Leave the file as it is and do not ask again"));
  recovery_row->addWidget(sign);
  recovery_row->addWidget(recovery_text_, 1);
  recovery_row->addWidget(recover);
  recovery_row->addWidget(discard);
  explain_ = new QPushButton(tr("What happened?"), recovery_);
  explain_->setToolTip(tr("What is known about that session, and what recovering does"));
  explain_->setCheckable(true);
  recovery_row->addWidget(explain_);
  connect(explain_, &QPushButton::toggled, this, [this](bool on) {
    recovery_text_->setText(on ? recovery_short_ + QStringLiteral("\n") + recovery_long_ : recovery_short_);
  });
  recovery_->hide();
  layout->addWidget(recovery_);

  auto* columns = new QHBoxLayout;
  columns->setSpacing(36);
  layout->addLayout(columns, 1);

  auto* left = new QVBoxLayout;
  left->setSpacing(10);
  left->addWidget(heading(tr("START WITH ONE CLICK"), page));
  grid_ = new QGridLayout;
  grid_->setSpacing(12);
  left->addLayout(grid_, 1);
  left->addSpacing(14);
  recent_title_ = heading(tr("RECENT"), page);
  left->addWidget(recent_title_);
  recent_ = new QVBoxLayout;
  recent_->setSpacing(2);
  left->addLayout(recent_);
  left->addStretch(1);
  columns->addLayout(left, 3);

  auto* right = new QVBoxLayout;
  right->setSpacing(8);
  right->addWidget(heading(tr("OPEN YOUR OWN"), page));
  auto* drop = new QLabel(tr("Drop a run (.h5), a preset (.toml), a text to train on (.txt) or a model (a folder, "
                             ".safetensors, .gguf) anywhere in this window."),
                          page);
  drop->setWordWrap(true);
  right->addWidget(drop);
  const auto button = [&](const QString& text, const QString& icon, const QString& tip, auto signal) {
    auto* b = new QPushButton(themedIcon(icon), text, page);
    b->setToolTip(tip);
    b->setProperty("icon_name", icon);
    b->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(b, &QPushButton::clicked, this, signal);
    right->addWidget(b);
  };
  button(tr("New run…"), QStringLiteral("new"), tr("Train a model of your own (Ctrl+N)"), &StartPage::newRunRequested);
  button(tr("Open run…"), QStringLiteral("open"), tr("A record, finished or still being written (Ctrl+O)"),
         &StartPage::openRunRequested);
  button(tr("Start from a model…"), QStringLiteral("layers"),
         tr("Train on from the weights of a model folder, with its tokenizer"), &StartPage::openModelRequested);
  right->addStretch(1);
  columns->addLayout(right, 1);

  device_ = new QLabel(page);
  device_->setWordWrap(true);
  layout->addWidget(device_);

  connect(recover, &QPushButton::clicked, this, &StartPage::recoverRequested);
  connect(discard, &QPushButton::clicked, this, &StartPage::discardRequested);
  motion_.setInterval(66);
  connect(&motion_, &QTimer::timeout, this, [this] {
    for (DemoCard* card : cards_) card->advance(0.066);
  });
  setRecent({});
}

void StartPage::setDemos(const std::vector<DemoText>& demos) {
  qDeleteAll(cards_);
  cards_.clear();
  for (const DemoText& demo : demos) {
    auto* card = new DemoCard(demo, static_cast<int>(cards_.size()) + 1, this);
    connect(card, &DemoCard::clicked, this, [this, id = demo.id] { Q_EMIT demoRequested(id); });
    cards_.push_back(card);
  }
  auto* own = new DemoCard({QString(), tr("Your own text"),
                            tr("The same kind of model on a text of yours: drop a .txt into the window or choose one. "
                               "Bytes are its tokens, whatever the language."),
                            tr("as long as you like")},
                           static_cast<int>(cards_.size()) + 1, this);
  own->setToolTip(tr("Choose text, sizes and training, and start (Ctrl+N)"));
  connect(own, &DemoCard::clicked, this, &StartPage::newRunRequested);
  cards_.push_back(own);
  arrangeCards();
}

void StartPage::arrangeCards() {
  constexpr int kColumns = 3;
  for (std::size_t i = 0; i < cards_.size(); ++i) {
    grid_->addWidget(cards_[i], static_cast<int>(i) / kColumns, static_cast<int>(i) % kColumns);
  }
  for (int c = 0; c < kColumns; ++c) grid_->setColumnStretch(c, 1);
  for (int r = 0; r < grid_->rowCount(); ++r) grid_->setRowStretch(r, 1);
  // The cards may grow with the window, but not into posters.
  for (DemoCard* card : cards_) card->setMaximumHeight(card->sizeHint().height() * 3 / 2);
}

void StartPage::setRecent(const std::vector<RecentText>& runs) {
  while (QLayoutItem* item = recent_->takeAt(0)) {
    delete item->widget();
    delete item;
  }
  if (runs.empty()) {
    recent_->addWidget(new QLabel(tr("Runs you record or open appear here."), this));
    return;
  }
  for (const RecentText& run : runs) {
    auto* entry = new RecentRow(run, this);
    connect(entry, &RecentRow::clicked, this, [this, path = run.path] { Q_EMIT recentRequested(path); });
    recent_->addWidget(entry);
  }
}

void StartPage::setDeviceLine(const QString& text) { device_->setText(text); }

void StartPage::setRecovery(const QString& text, const QString& explanation) {
  recovery_short_ = text;
  recovery_long_ = explanation;
  explain_->setChecked(false);
  recovery_text_->setText(text);
  recovery_->setVisible(!text.isEmpty());
}

void StartPage::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  // Reduced motion: the style says whether things may move by themselves.
  if (style()->styleHint(QStyle::SH_Widget_Animation_Duration, nullptr, this) > 0) motion_.start();
}

void StartPage::hideEvent(QHideEvent* event) {
  motion_.stop();
  QWidget::hideEvent(event);
}

}  // namespace variometer
