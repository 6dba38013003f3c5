// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/card_tabs.h"

#include <QAction>
#include <QApplication>
#include <QDataStream>
#include <QIODevice>
#include <QSplitter>
#include <algorithm>

#include "widgets/card.h"
#include "widgets/card_deck.h"
#include "widgets/card_factory.h"
#include "widgets/card_plot.h"

namespace variometer {

CardTabs::CardTabs(StepAxis* axis, QWidget* parent) : QTabWidget(parent), axis_(axis), deck_(new CardDeck(axis, this)) {
  setDocumentMode(true);
  const auto names = [](std::initializer_list<const char*> words) {
    QStringList list;
    for (const char* word : words) list << QString::fromLatin1(word);
    return list;
  };
  addPage(tr("Overview"), tr("The whole story on one page"),
          {names({"loss", "weight_std", "weight_std_carpet"}), names({"top_activation", "ratio", "massive_map"})});
  addPage(tr("Weights"), tr("How the spread of the weights grows, and where"),
          {names({"weight_std", "weight_std_carpet"}), names({"grad_norm", "update_ratio", "learning_rate"})});
  addPage(tr("Activations"), tr("Where hidden states are large"),
          {names({"heat_map"}), names({"top_activation", "massive_map", "kurtosis"})});
  addPage(tr("Attention"), tr("How much attention goes to the first token and to the KV slot"),
          {names({"attention", "kv_slot"})});
  addPage(tr("Text"), tr("What the model writes as it learns, and how fast it goes"),
          {names({"samples"}), names({"loss", "tokens_per_second"})});
  connect(deck_, &CardDeck::layerRequested, this, &CardTabs::layerRequested);
  connect(deck_, &CardDeck::exportRequested, this, &CardTabs::exportRequested);
  connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) {
    for (QWidget* widget = now; widget != nullptr; widget = widget->parentWidget()) {
      if (auto* card = qobject_cast<Card*>(widget)) focused_ = card;
    }
  });
}

void CardTabs::addPage(const QString& title, const QString& tip, const std::vector<QStringList>& rows) {
  Page page{new QSplitter(Qt::Vertical, this), {}, {}};
  page.rows->setChildrenCollapsible(false);
  page.rows->setHandleWidth(6);
  page.rows->setContentsMargins(6, 6, 6, 2);
  for (const QStringList& names : rows) {
    auto* row = new QSplitter(Qt::Horizontal);
    row->setChildrenCollapsible(false);
    row->setHandleWidth(6);
    for (const QString& name : names) {
      Card* card = make_card(name, axis_, row);
      if (card == nullptr) continue;
      row->addWidget(card);
      deck_->add(card);
      page.cards.push_back(card);
    }
    if (row->count() == 0) {
      delete row;
      continue;
    }
    row->setSizes(QList<int>(row->count(), 1000));
    page.rows->addWidget(row);
    page.columns.push_back(row);
  }
  page.rows->setSizes(QList<int>(page.rows->count(), 1000));
  if (page.cards.empty()) {
    delete page.rows;
    return;
  }
  setTabToolTip(addTab(page.rows, title), tip);
  pages_.push_back(std::move(page));
}

void CardTabs::setHistory(const RunHistory* history) { deck_->setHistory(history); }
void CardTabs::setFrame(const FramePtr& frame) { deck_->setFrame(frame); }
void CardTabs::updateVisible() { deck_->tick(); }

void CardTabs::setSmoothing(double weight) {
  for (Card* card : cards()) card->setState({{QStringLiteral("smoothing"), weight}});
}

void CardTabs::setRole(const QString& role) {
  for (Card* card : cards()) card->setState({{QStringLiteral("role"), role}});
}

void CardTabs::setLayer(int layer) {
  for (Card* card : cards()) card->setState({{QStringLiteral("layer"), layer}});
}

void CardTabs::setColours(std::optional<ColourMap::Kind> kind) {
  for (Card* card : cards()) {
    if (const auto* plot_card = qobject_cast<const PlotCard*>(card)) plot_card->plot().setColours(kind);
  }
}

std::vector<Card*> CardTabs::cards() const {
  std::vector<Card*> all;
  for (const Page& page : pages_) all.insert(all.end(), page.cards.begin(), page.cards.end());
  return all;
}

Card* CardTabs::current() const {
  const Page& page = pages_[static_cast<std::size_t>(currentIndex())];
  if (std::find(page.cards.begin(), page.cards.end(), focused_.data()) != page.cards.end()) return focused_;
  return page.cards.empty() ? nullptr : page.cards.front();
}

Card* CardTabs::card(const QString& name) const {
  for (Card* card : cards()) {
    if (card->name() == name) return card;
  }
  return nullptr;
}

void CardTabs::addPlotAction(QAction* action) {
  action->setShortcutContext(Qt::WidgetShortcut);
  for (Card* card : cards()) {
    if (QWidget* plot = card->focusProxy()) plot->addAction(action);
  }
}

void CardTabs::toggleAlone() {
  Card* const wanted = alone_ == nullptr ? current() : nullptr;
  alone_ = wanted;
  const Page& page = pages_[static_cast<std::size_t>(currentIndex())];
  for (QSplitter* row : page.columns) {
    bool any = false;
    for (int i = 0; i < row->count(); ++i) {
      const bool show = wanted == nullptr || row->widget(i) == wanted;
      row->widget(i)->setVisible(show);
      any |= show;
    }
    row->setVisible(any);
  }
}

QByteArray CardTabs::saveLayout() const {
  QByteArray bytes;
  QDataStream stream(&bytes, QIODevice::WriteOnly);
  stream << qint32(currentIndex()) << qint32(pages_.size());
  for (const Page& page : pages_) {
    stream << page.rows->saveState() << qint32(page.columns.size());
    for (const QSplitter* row : page.columns) stream << row->saveState();
    stream << qint32(page.cards.size());
    for (const Card* card : page.cards) stream << card->state();
  }
  return bytes;
}

void CardTabs::restoreLayout(const QByteArray& state) {
  if (state.isEmpty()) return;
  QDataStream stream(state);
  qint32 tab = 0, n_page = 0;
  stream >> tab >> n_page;
  if (n_page != qint32(pages_.size())) return;  // of another version
  for (const Page& page : pages_) {
    QByteArray bytes;
    qint32 n_row = 0, n_card = 0;
    stream >> bytes >> n_row;
    page.rows->restoreState(bytes);
    if (n_row != qint32(page.columns.size())) return;
    for (QSplitter* row : page.columns) {
      stream >> bytes;
      row->restoreState(bytes);
    }
    stream >> n_card;
    if (n_card != qint32(page.cards.size())) return;
    for (Card* card : page.cards) {
      QVariantMap map;
      stream >> map;
      card->setState(map);
    }
  }
  if (tab >= 0 && tab < count()) setCurrentIndex(tab);
}

void CardTabs::resetLayout() {
  if (alone_ != nullptr) toggleAlone();
  for (const Page& page : pages_) {
    page.rows->setSizes(QList<int>(page.rows->count(), 1000));
    for (QSplitter* row : page.columns) row->setSizes(QList<int>(row->count(), 1000));
  }
  setCurrentIndex(0);
}

}  // namespace variometer
