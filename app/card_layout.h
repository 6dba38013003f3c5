// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QByteArray>
#include <QList>
#include <QString>
#include <QVariantMap>
#include <optional>
#include <vector>

namespace variometer {

/// Which cards stand where in the Observe perspective: tabs of rows of cards, with their sizes and settings. A value:
/// it is remembered, compared and given back whole.
struct CardLayout {
  struct Place {
    QString name;  ///< of make_card
    QVariantMap state;
  };
  struct Row {
    QList<int> sizes;  ///< pixels of each card; empty: all alike
    std::vector<Place> cards;
  };
  struct Page {
    QString title, tip;
    QList<int> sizes;  ///< pixels of each row; empty: all alike
    std::vector<Row> rows;
  };
  /// Where a card stands.
  struct At {
    std::size_t page = 0, row = 0, column = 0;
    bool operator==(const At&) const = default;
  };
  enum class Direction { left, right, up, down };

  std::vector<Page> pages;
  int current = 0;

  /// As the window has it at first.
  static CardLayout standard();
  QByteArray toBytes() const;
  /// None where the bytes are not of this version of the program.
  static std::optional<CardLayout> fromBytes(const QByteArray& bytes);

  /// Into the row of the page with the fewest cards, or a row of its own where all are full.
  void add(std::size_t page, const QString& name);
  void remove(At at);
  /// To the place beside it; up and down to the row there, or to a new one at the edge. False: there is no such place.
  bool move(At at, Direction direction);
  /// Beside the card at `at`: left and right it shares the room with it, up and down it becomes a row of its own.
  void insert(At at, Direction side, Place card);
  /// The card at `from` beside the one at `to`, of this or another page.
  void moveBeside(At from, At to, Direction side);
  void swap(At a, At b);
  /// The cards of the page, as they are read, in rows of `columns`.
  void arrange(std::size_t page, std::size_t columns);
};

}  // namespace variometer
