// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/tokenizer.h"

namespace variometer {

/// What pieces became, for pieces that come again: most words of a text do. A place holds the piece that came last.
class PieceCache {
 public:
  /// For a text of that many bytes.
  explicit PieceCache(std::size_t n_byte)
      : places_(std::bit_ceil(std::clamp<std::size_t>(n_byte / 8, 16, 1U << 16U))) {}

  struct Place {
    std::string piece;
    std::vector<std::int32_t> ids;
  };
  static bool worth_it(std::string_view piece) { return piece.size() < 256; }
  Place& place(std::string_view piece) { return places_[std::hash<std::string_view>()(piece) & (places_.size() - 1)]; }

 private:
  std::vector<Place> places_;
};

struct BpeSymbol {
  std::int32_t id = 0;
  std::int32_t previous = -1, next = -1;  ///< -1: none
  bool gone = false;                      ///< became part of the one before
};
struct BpeMerge {
  std::uint64_t order = 0;  ///< rank, then place: the smallest is merged first
  std::int32_t id = 0;
};

struct UnigramNode {
  double score = 0;
  std::int32_t id = -1;
  std::size_t begin = 0;
  bool reached = false;
};

struct TokenScratch {
  explicit TokenScratch(std::size_t n) : cache(n), n_byte(n) {}

  /// So many more bytes of pieces are done. Pieces may be longer than the text they stand for (one that is cut by bytes
  /// has a character for each), so the share is a good guess and no more.
  void advance(std::size_t n) {
    if (progress == nullptr) return;
    n_done += n;
    constexpr std::size_t kEvery = 1U << 20U;
    if (n_done < n_told + kEvery) return;
    n_told = n_done;
    (*progress)(std::min(1.0, static_cast<double>(n_done) / static_cast<double>(n_byte)));
  }

  PieceCache cache;
  std::vector<BpeSymbol> symbols;
  std::vector<BpeMerge> queue;
  std::vector<UnigramNode> nodes;
  std::string text;

  const EncodeProgress* progress = nullptr;
  std::size_t n_byte = 0, n_done = 0, n_told = 0;
};

}  // namespace variometer
