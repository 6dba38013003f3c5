// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/presentation.h"

#include <QAction>
#include <QApplication>
#include <QBoxLayout>
#include <QCloseEvent>
#include <QLabel>
#include <QScreen>
#include <QShortcut>
#include <QStackedWidget>
#include <QToolButton>
#include <algorithm>

#include "app/actions.h"
#include "app/headline.h"
#include "app/player.h"
#include "app/run_session.h"
#include "core/base/event_story.h"
#include "widgets/card.h"
#include "widgets/card_factory.h"
#include "widgets/elided_label.h"
#include "widgets/number_text.h"
#include "widgets/panel_icons.h"
#include "widgets/panel_mitigation.h"
#include "widgets/panel_switch.h"
#include "widgets/panel_transport.h"
#include "widgets/step_axis.h"

namespace variometer {
namespace {

constexpr double kSmallest = 0.86;  // of a card's text, its footers are that large (widgets/card.cpp)

QFont scaled(const QFont& font, double by) {
  QFont changed = font;
  changed.setPointSizeF(font.pointSizeF() * by);
  return changed;
}

QToolButton* button(QWidget* parent, const char* icon, const QString& tip) {
  auto* made = new QToolButton(parent);
  made->setAutoRaise(true);
  made->setIcon(themedIcon(QString::fromLatin1(icon)));
  made->setProperty("icon_name", QString::fromLatin1(icon));
  made->setToolTip(tip);
  made->setAccessibleName(tip);
  made->setFocusPolicy(Qt::TabFocus);
  return made;
}

}  // namespace

Presentation::Presentation(ActionBook* actions, StepAxis* axis, Player* player, MitigationPanel* mitigations,
                           QWidget* window)
    : QWidget(window, Qt::Window), actions_(actions), axis_(axis), player_(player), mitigations_(mitigations) {
  setObjectName(QStringLiteral("presentation"));
  setAttribute(Qt::WA_DeleteOnClose);
  setWindowTitle(tr("Presentation – Variometer"));
  QFont large = QApplication::font();
  large.setPointSizeF(std::max(large.pointSizeF(), kLeastPoints / kSmallest));
  setFont(large);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(16, 10, 16, 10);
  column->setSpacing(8);
  column->addWidget(makeHead());
  stack_ = new QStackedWidget(this);
  column->addWidget(stack_, 1);
  column->addWidget(makeSwitches());
  makeTransport();
  column->addWidget(transport_);

  const auto key = [this](std::initializer_list<Qt::Key> keys, auto act) {
    for (const Qt::Key each : keys) connect(new QShortcut(each, this), &QShortcut::activated, this, act);
  };
  key({Qt::Key_Right, Qt::Key_Down, Qt::Key_PageDown}, [this] { stepCard(1); });
  key({Qt::Key_Left, Qt::Key_Up, Qt::Key_PageUp}, [this] { stepCard(-1); });
  key({Qt::Key_Escape}, [this] { close(); });
  // What is done before a room; the keys are those of the other window.
  for (const char* id : {"run.run", "run.step", "mitigate.tvr", "mitigate.kv_bias", "mitigate.dyt", "edit.undo",
                         "edit.redo", "view.follow", "view.play", "view.theme", "view.presentation"}) {
    addAction(actions_->require(QString::fromLatin1(id)));
  }
  for (auto* child : transport_->findChildren<QWidget*>()) child->setFocusPolicy(Qt::NoFocus);
  // Read, or not, by then.
  constexpr int kHint = 8000;
  QTimer::singleShot(kHint, this, [this] { hinting_ = false; });
  timer_.setInterval(33);
  connect(&timer_, &QTimer::timeout, this, &Presentation::tick);
  timer_.start();
}

QWidget* Presentation::makeHead() {
  auto* head = new QWidget(this);
  auto* row = new QHBoxLayout(head);
  row->setContentsMargins(0, 0, 0, 0);
  headline_ = new ElidedLabel(head);
  headline_->setObjectName(QStringLiteral("headline"));
  headline_->setTextFormat(Qt::PlainText);
  QFont bold = scaled(font(), 1.25);
  bold.setBold(true);
  headline_->setFont(bold);
  headline_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
  where_ = new QLabel(head);
  where_->setObjectName(QStringLiteral("where"));
  where_->setTextFormat(Qt::PlainText);
  auto* before = button(head, "left", tr("Card before (Left)"));
  count_ = new QLabel(head);
  count_->setAlignment(Qt::AlignCenter);
  count_->setMinimumWidth(count_->fontMetrics().horizontalAdvance(QStringLiteral(" 88 / 88 ")));
  auto* after = button(head, "right", tr("Next card (Right)"));
  auto* leave = button(head, "close", tr("Leave the presentation (Esc)"));
  connect(before, &QToolButton::clicked, this, [this] { stepCard(-1); });
  connect(after, &QToolButton::clicked, this, [this] { stepCard(1); });
  connect(leave, &QToolButton::clicked, this, &QWidget::close);
  row->addWidget(headline_, 1);
  row->addWidget(where_);
  row->addSpacing(fontMetrics().height() / 2);
  for (QWidget* widget : {static_cast<QWidget*>(before), static_cast<QWidget*>(count_), static_cast<QWidget*>(after),
                          static_cast<QWidget*>(leave)}) {
    row->addWidget(widget);
  }
  return head;
}

QWidget* Presentation::makeSwitches() {
  auto* strip = new QWidget(this);
  auto* row = new QHBoxLayout(strip);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(fontMetrics().height() / 2);
  for (const auto& [group, name] : {std::pair{"tvr", tr("TVR")}, {"kv_bias", tr("KV bias")}, {"dyt", tr("DyT")}}) {
    Toggle toggle{QString::fromLatin1(group), new Switch(strip), new ElidedLabel(strip)};
    toggle.toggle->setAccessibleName(name);
    toggle.toggle->setFont(scaled(font(), 1.25));
    auto* label = new QLabel(name, strip);
    QFont bold = font();
    bold.setBold(true);
    label->setFont(bold);
    connect(toggle.toggle, &Switch::flipRequested, this, [this, id = toggle.group] {
      hinting_ = false;
      mitigations_->section(id)->toggle()->click();
      showSwitches();
    });
    // Its state below its name; what a switch says moves no other.
    toggle.state->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    auto* words = new QVBoxLayout;
    words->setSpacing(0);
    words->addWidget(label);
    words->addWidget(toggle.state);
    row->addWidget(toggle.toggle);
    row->addLayout(words, 1);
    toggles_.push_back(toggle);
  }
  auto* run = new QToolButton(strip);
  run->setDefaultAction(actions_->require(QStringLiteral("run.run")));
  run->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  run->setFocusPolicy(Qt::TabFocus);
  run->setMinimumWidth(run->fontMetrics().horizontalAdvance(tr("Run again")) + 2 * run->fontMetrics().height());
  run->setFixedHeight(2 * run->fontMetrics().height());
  run->setIconSize(QSize(1, 1) * run->fontMetrics().height());
  row->addWidget(run);
  run->setFocus();
  return strip;
}

void Presentation::makeTransport() {
  transport_ = new TransportBar(this);
  transport_->setPlaying(player_->isPlaying());
  connect(transport_, &TransportBar::scrubbed, this, [this](qint64 step) { axis_->setCursor(step); });
  connect(transport_, &TransportBar::moved, this, [this](int steps) { axis_->moveCursor(steps); });
  connect(transport_, &TransportBar::firstRequested, this, [this] { axis_->setCursor(axis_->first()); });
  connect(transport_, &TransportBar::followRequested, this, [this] { axis_->follow(); });
  connect(transport_, &TransportBar::playRequested, player_, &Player::toggle);
  connect(transport_, &TransportBar::speedChosen, player_, &Player::setSpeed);
  connect(player_, &Player::playingChanged, transport_, &TransportBar::setPlaying);
}

void Presentation::setCards(const CardLayout& layout, const QString& first) {
  places_.clear();
  for (const CardLayout::Page& page : layout.pages) {
    for (const CardLayout::Row& row : page.rows) {
      for (const CardLayout::Place& card : row.cards) places_.push_back({card, page.title});
    }
  }
  const auto found = std::find_if(places_.begin(), places_.end(), [&](const Place& p) { return p.card.name == first; });
  shown_ = found == places_.end() ? 0 : static_cast<std::size_t>(found - places_.begin());
}

void Presentation::setSession(const RunSession* session) {
  session_ = session;
  seen_revision_ = -1;
  for (const auto& [i, card] : cards_) card->setHistory(session == nullptr ? nullptr : &session->history());
  if (session == nullptr) return void(close());
  if (!places_.empty()) showCard(shown_);
  tick();
}

void Presentation::setFrame(const FramePtr& frame) {
  for (const auto& [i, card] : cards_) card->setFrame(frame);
}

Card* Presentation::card() const {
  const auto found = cards_.find(shown_);
  return found == cards_.end() ? nullptr : found->second;
}

void Presentation::stepCard(int by) {
  hinting_ = false;
  const auto wanted = static_cast<std::ptrdiff_t>(shown_) + by;
  if (wanted >= 0 && wanted < static_cast<std::ptrdiff_t>(places_.size())) showCard(static_cast<std::size_t>(wanted));
}

void Presentation::showCard(std::size_t i) {
  shown_ = i;
  Card*& card = cards_[i];
  if (card == nullptr) {
    card = make_card(places_[i].card.name, axis_, stack_);
    if (card == nullptr) return void(cards_.erase(i));  // of another version
    if (!places_[i].card.state.isEmpty()) card->setState(places_[i].card.state);
    if (session_ != nullptr) card->setHistory(&session_->history());
    if (session_ != nullptr && session_->frame()) card->setFrame(session_->frame());
    connect(card, &Card::layerRequested, this, &Presentation::layerRequested);
    stack_->addWidget(card);
    // The arrow keys are the presentation's.
    card->setFocusPolicy(Qt::NoFocus);
    for (auto* child : card->findChildren<QWidget*>()) child->setFocusPolicy(Qt::NoFocus);
  }
  stack_->setCurrentWidget(card);
  count_->setText(QStringLiteral("%1 / %2").arg(i + 1).arg(places_.size()));
  count_->setToolTip(places_[i].tab);
  card->refresh();
}

void Presentation::tick() {
  if (session_ == nullptr) return;
  const RunHistory& history = session_->history();
  if (Card* shown = card()) shown->refresh();
  showSwitches();
  const std::int64_t step = std::max<std::int64_t>(0, axis_->shownStep());
  transport_->setShown(step, axis_->following());
  if (seen_revision_ != history.revision()) {
    seen_revision_ = history.revision();
    transport_->setExtent(axis_->first(), axis_->latest(), session_->stepsInForce());
    std::vector<qint64> steps;
    EventStory story;
    for (const Event& event : history.events()) {
      if (story.tell(event).mark.empty()) continue;  // bookkeeping
      if (steps.empty() || steps.back() != event.step) steps.push_back(event.step);
    }
    transport_->setEvents(steps);
  }
  const QString happened = headline(history, step);
  headline_->setText(hinting_               ? tr("Arrow keys: next card. Alt+1, 2, 3: switches. F5: run or pause. Esc leaves.")
                     : happened.isEmpty()   ? session_->name()
                                            : happened);
  where_->setText(axis_->following() ? tr("step %1").arg(step_text(step)) : tr("held at %1").arg(step_text(step)));
}

void Presentation::showSwitches() {
  for (const Toggle& toggle : toggles_) {
    const MitigationSection* section = mitigations_->section(toggle.group);
    const Switch* real = section->toggle();
    if (real->isPending()) {
      if (!toggle.toggle->isPending()) toggle.toggle->setPending(!real->isChecked());
    } else if (toggle.toggle->isPending() || toggle.toggle->isChecked() != real->isChecked()) {
      toggle.toggle->settle(real->isChecked());
    }
    toggle.toggle->setEnabled(real->isEnabled());
    toggle.toggle->setToolTip(real->toolTip());
    if (toggle.state->text() != section->stateLabel()->text()) toggle.state->setText(section->stateLabel()->text());
  }
}

void Presentation::closeEvent(QCloseEvent* event) {
  timer_.stop();
  Q_EMIT closed();
  event->accept();
}

void Presentation::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() != QEvent::PaletteChange) return;
  for (auto* each : findChildren<QAbstractButton*>()) {
    const QString icon = each->property("icon_name").toString();
    if (!icon.isEmpty()) each->setIcon(themedIcon(icon));
  }
}

}  // namespace variometer
