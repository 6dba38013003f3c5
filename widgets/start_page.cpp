// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/start_page.h"

#include <QFrame>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>
#include <utility>

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

StartPage::StartPage(QWidget* parent) : QWidget(parent) {
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setFocusPolicy(Qt::NoFocus);  // it scrolls to what in it has the focus
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
    b->setAutoDefault(true);  // Enter presses it
    b->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(b, &QPushButton::clicked, this, signal);
    right->addWidget(b);
    own_.push_back(b);
  };
  button(tr("New run…"), QStringLiteral("new"), tr("Train a model of your own (Ctrl+N)"), &StartPage::newRunRequested);
  button(tr("Open run…"), QStringLiteral("open"), tr("A record, finished or still being written (Ctrl+O)"),
         &StartPage::openRunRequested);
  button(tr("Inspect a model…"), QStringLiteral("lens"),
         tr("Look into a model folder or a .gguf file, layer by layer (Ctrl+I)"), &StartPage::inspectRequested);
  button(tr("Start from a model…"), QStringLiteral("layers"),
         tr("Train on from the weights of a model folder, with its tokenizer"), &StartPage::openModelRequested);
  right->addStretch(1);
  columns->addLayout(right, 1);

  device_ = new QLabel(page);
  device_->setWordWrap(true);
  layout->addWidget(device_);

  connect(recover, &QPushButton::clicked, this, &StartPage::recoverRequested);
  connect(discard, &QPushButton::clicked, this, &StartPage::discardRequested);
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
  orderTabs();
}

/// As one reads: column by column.
void StartPage::orderTabs() {
  QWidget* before = explain_;
  const auto next = [&before](QWidget* widget) { setTabOrder(std::exchange(before, widget), widget); };
  for (DemoCard* card : cards_) next(card);
  for (int i = 0; i < recent_->count(); ++i) {
    if (QWidget* row = recent_->itemAt(i)->widget(); row->focusPolicy() != Qt::NoFocus) next(row);
  }
  for (QWidget* button : own_) next(button);
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
    recent_->addWidget(new QLabel(tr("Runs you record or open and models you inspect appear here."), this));
    return;
  }
  for (const RecentText& run : runs) {
    auto* entry = new RecentRow(run, this);
    connect(entry, &RecentRow::clicked, this, [this, path = run.path] { Q_EMIT recentRequested(path); });
    recent_->addWidget(entry);
  }
  orderTabs();
}

void StartPage::setDeviceLine(const QString& text) { device_->setText(text); }

void StartPage::setRecovery(const QString& text, const QString& explanation) {
  recovery_short_ = text;
  recovery_long_ = explanation;
  explain_->setChecked(false);
  recovery_text_->setText(text);
  recovery_->setVisible(!text.isEmpty());
}

}  // namespace variometer
