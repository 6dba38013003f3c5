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
constexpr int kLeastHalf = 240;         // pixels
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

/// What comes at `index` gets half of what is there, on that side of it; all become alike where that is too little.
void share(QList<int>& sizes, std::size_t index, bool after) {
  const auto i = static_cast<qsizetype>(index);
  const int half = i < sizes.size() ? sizes[i] / 2 : 0;
  if (half < kLeastHalf) return sizes.clear();
  sizes[i] -= half;
  sizes.insert(after ? i + 1 : i, half);
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
                         {{"loss", "weight_std", "max_activation"}, {"top_activation", "ratio", "massive_map"}}),
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

void CardLayout::insert(At at, Direction side, Place card) {
  Page& page = pages.at(at.page);
  const bool after = side == Direction::right || side == Direction::down;
  if (side == Direction::left || side == Direction::right) {
    Row& row = page.rows.at(at.row);
    share(row.sizes, at.column, after);
    row.cards.insert(row.cards.begin() + static_cast<std::ptrdiff_t>(at.column + after), std::move(card));
  } else {
    share(page.sizes, at.row, after);
    page.rows.insert(page.rows.begin() + static_cast<std::ptrdiff_t>(at.row + after),
                     {.sizes = {}, .cards = {std::move(card)}});
  }
}

void CardLayout::moveBeside(At from, At to, Direction side) {
  if (from == to) return;
  insert(to, side, pages.at(from.page).rows.at(from.row).cards.at(from.column));
  // Where it was is one further where the new place comes before it.
  if (side == Direction::left || side == Direction::right) {
    const std::size_t column = to.column + (side == Direction::right);
    if (from.page == to.page && from.row == to.row && from.column >= column) ++from.column;
  } else {
    const std::size_t row = to.row + (side == Direction::down);
    if (from.page == to.page && from.row >= row) ++from.row;
  }
  remove(from);
}

void CardLayout::swap(At a, At b) {
  std::swap(pages.at(a.page).rows.at(a.row).cards.at(a.column), pages.at(b.page).rows.at(b.row).cards.at(b.column));
}

void CardLayout::arrange(std::size_t page, std::size_t columns) {
  std::vector<Row> rows;
  for (Row& row : pages.at(page).rows) {
    for (Place& card : row.cards) {
      if (rows.empty() || rows.back().cards.size() == columns) rows.emplace_back();
      rows.back().cards.push_back(std::move(card));
    }
  }
  pages[page].rows = std::move(rows);
  pages[page].sizes.clear();
}

}  // namespace variometer
