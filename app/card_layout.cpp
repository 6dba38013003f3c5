// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/card_layout.h"

#include <QCoreApplication>
#include <QDataStream>
#include <QIODevice>
#include <algorithm>
#include <utility>

namespace variometer {
namespace {

constexpr quint32 kVersion = 0x56430002;  // another one for another order of what is written
constexpr std::size_t kFullRow = 3;
constexpr quint32 kMostOfAKind = 1000;  // a damaged length asks for no memory

QString tr(const char* text) { return QCoreApplication::translate("variometer::CardTabs", text); }

CardLayout::Page page(const QString& title, const QString& tip,
                      std::initializer_list<std::initializer_list<const char*>> rows) {
  CardLayout::Page made{.title = title, .tip = tip, .sizes = {}, .rows = {}};
  for (const auto& names : rows) {
    CardLayout::Row& row = made.rows.emplace_back();
    for (const char* name : names) row.cards.push_back({QString::fromLatin1(name), {}});
  }
  return made;
}

/// Of how many that follow; none: the stream is damaged.
std::size_t length(QDataStream& stream) {
  quint32 n = 0;
  stream >> n;
  if (n > kMostOfAKind) stream.setStatus(QDataStream::ReadCorruptData);
  return stream.status() == QDataStream::Ok ? n : 0;
}

}  // namespace

CardLayout CardLayout::standard() {
  return {.pages = {page(tr("Overview"), tr("The whole story on one page"),
                         {{"loss", "weight_std", "weight_std_carpet"}, {"top_activation", "ratio", "massive_map"}}),
                    page(tr("Weights"), tr("How the spread of the weights grows, and where"),
                         {{"weight_std", "weight_std_carpet"}, {"grad_norm", "update_ratio", "learning_rate"}}),
                    page(tr("Activations"), tr("Where hidden states are large"),
                         {{"heat_map"}, {"top_activation", "massive_map", "kurtosis"}}),
                    page(tr("Attention"), tr("How much attention goes to the first token and to the KV slot"),
                         {{"attention", "kv_slot"}}),
                    page(tr("Text"), tr("What the model writes as it learns, and how fast it goes"),
                         {{"samples"}, {"loss", "tokens_per_second"}})},
          .current = 0};
}

QByteArray CardLayout::toBytes() const {
  QByteArray bytes;
  QDataStream stream(&bytes, QIODevice::WriteOnly);
  stream << kVersion << qint32(current) << static_cast<quint32>(pages.size());
  for (const Page& page : pages) {
    stream << page.title << page.tip << page.sizes << static_cast<quint32>(page.rows.size());
    for (const Row& row : page.rows) {
      stream << row.sizes << static_cast<quint32>(row.cards.size());
      for (const Place& card : row.cards) stream << card.name << card.state;
    }
  }
  return bytes;
}

std::optional<CardLayout> CardLayout::fromBytes(const QByteArray& bytes) {
  QDataStream stream(bytes);
  quint32 version = 0;
  qint32 current = 0;
  stream >> version;
  if (version != kVersion) return {};
  stream >> current;
  CardLayout layout;
  for (std::size_t p = length(stream); p > 0; --p) {
    Page& page = layout.pages.emplace_back();
    stream >> page.title >> page.tip >> page.sizes;
    for (std::size_t r = length(stream); r > 0; --r) {
      Row& row = page.rows.emplace_back();
      stream >> row.sizes;
      for (std::size_t c = length(stream); c > 0; --c) {
        Place& card = row.cards.emplace_back();
        stream >> card.name >> card.state;
      }
    }
  }
  if (stream.status() != QDataStream::Ok || layout.pages.empty()) return {};
  layout.current = std::clamp(current, 0, static_cast<qint32>(layout.pages.size()) - 1);
  return layout;
}

void CardLayout::add(std::size_t page, const QString& name) {
  std::vector<Row>& rows = pages.at(page).rows;
  const auto fewest = std::min_element(rows.begin(), rows.end(),
                                       [](const Row& a, const Row& b) { return a.cards.size() < b.cards.size(); });
  if (fewest != rows.end() && fewest->cards.size() < kFullRow) {
    fewest->cards.push_back({name, {}});
    fewest->sizes.clear();
  } else {
    rows.push_back({.sizes = {}, .cards = {{name, {}}}});
    pages[page].sizes.clear();
  }
}

void CardLayout::remove(At at) {
  Page& page = pages.at(at.page);
  Row& row = page.rows.at(at.row);
  row.cards.erase(row.cards.begin() + static_cast<std::ptrdiff_t>(at.column));
  row.sizes.clear();
  if (!row.cards.empty()) return;
  page.rows.erase(page.rows.begin() + static_cast<std::ptrdiff_t>(at.row));
  page.sizes.clear();
}

bool CardLayout::move(At at, Direction direction) {
  Page& page = pages.at(at.page);
  std::vector<Place>& here = page.rows.at(at.row).cards;
  if (direction == Direction::left || direction == Direction::right) {
    const std::size_t other = direction == Direction::left ? at.column - 1 : at.column + 1;
    if (other >= here.size()) return false;  // also what is left of the first
    std::swap(here[at.column], here[other]);
    if (!page.rows[at.row].sizes.isEmpty()) {
      page.rows[at.row].sizes.swapItemsAt(static_cast<qsizetype>(at.column), static_cast<qsizetype>(other));
    }
    return true;
  }
  const bool up = direction == Direction::up;
  const bool at_edge = up ? at.row == 0 : at.row + 1 == page.rows.size();
  if (at_edge && here.size() == 1) return false;
  const Place card = here[at.column];
  if (at_edge) {
    remove(at);
    const Row alone{.sizes = {}, .cards = {card}};
    page.rows.insert(up ? page.rows.begin() : page.rows.end(), alone);
    page.sizes.clear();
    return true;
  }
  Row& target = page.rows[up ? at.row - 1 : at.row + 1];
  target.cards.insert(target.cards.begin() + static_cast<std::ptrdiff_t>(std::min(at.column, target.cards.size())),
                      card);
  target.sizes.clear();
  remove(at);
  return true;
}

}  // namespace variometer
