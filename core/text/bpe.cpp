// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/bpe.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "core/base/error.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

std::string shown(const std::string& token) { return "\"" + token.substr(0, 60) + "\""; }

/// The heap's top is the entry to be taken first.
bool later(const BpeMerge& a, const BpeMerge& b) { return a.order > b.order; }

std::string byte_token(unsigned byte) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  return {'<', '0', 'x', kHex[byte >> 4U], kHex[byte & 15U], '>'};
}

/// Adds symbols; neighbours know each other.
void add_symbol(std::vector<BpeSymbol>& symbols, std::int32_t id) {
  const auto place = static_cast<std::int32_t>(symbols.size());
  if (place > 0) symbols.back().next = place;
  symbols.push_back({id, place - 1, -1, false});
}

}  // namespace

void BpeModel::MergeTable::reserve(std::size_t n_merge) { slots_.assign(std::bit_ceil(n_merge * 2 + 2), {}); }

std::size_t BpeModel::MergeTable::slot_of(std::uint64_t pair) const {
  const std::size_t mask = slots_.size() - 1;
  std::uint64_t hash = pair * 0x9E3779B97F4A7C15U;
  hash ^= hash >> 32U;
  std::size_t slot = hash & mask;
  while (slots_[slot].pair != kEmpty && slots_[slot].pair != pair) slot = (slot + 1) & mask;
  return slot;
}

void BpeModel::MergeTable::set(std::int32_t left, std::int32_t right, std::uint32_t rank, std::int32_t id) {
  const std::uint64_t pair = static_cast<std::uint64_t>(left) << 32U | static_cast<std::uint32_t>(right);
  slots_[slot_of(pair)] = {pair, rank, id};
}

const BpeModel::MergeTable::Slot* BpeModel::MergeTable::find(std::int32_t left, std::int32_t right) const {
  const std::uint64_t pair = static_cast<std::uint64_t>(left) << 32U | static_cast<std::uint32_t>(right);
  const Slot& slot = slots_[slot_of(pair)];
  return slot.pair == pair ? &slot : nullptr;
}

BpeModel::BpeModel(std::vector<std::pair<std::string, std::int32_t>> vocabulary, const Merges& merges,
                   BpeSettings settings)
    : settings_(std::move(settings)) {
  vocabulary_.reserve(vocabulary.size());
  for (auto& [token, id] : vocabulary) vocabulary_.add(std::move(token), id);
  for (char32_t code = 0; code < characters_.size(); ++code) {
    std::string character;
    append_utf8(character, code);
    characters_[code] = vocabulary_.find(character);
  }
  for (unsigned byte = 0; byte < bytes_.size(); ++byte) bytes_[byte] = vocabulary_.find(byte_token(byte));
  if (settings_.unknown) unknown_id_ = vocabulary_.find(*settings_.unknown);
  add_merges(merges);
}

void BpeModel::add_merges(const Merges& merges) {
  merges_.reserve(merges.size());
  std::string joined;
  for (std::size_t rank = 0; rank < merges.size(); ++rank) {
    const auto& left = merges[rank].first;  // no structured binding: clang 14 captures none in a lambda
    const auto& right = merges[rank].second;
    const auto refuse = [&, number = rank + 1](const std::string& why) {
      throw file_error("merge " + std::to_string(number) + " (" + shown(left) + ", " + shown(right) + "): " + why);
    };
    if (left.empty() || right.size() <= settings_.prefix.size()) {
      refuse("one of the pieces is empty, so that it would give its own part again");
    }
    joined = left;
    joined.append(right, settings_.prefix.size());
    const std::int32_t left_id = vocabulary_.find(left);
    const std::int32_t right_id = vocabulary_.find(right);
    const std::int32_t id = vocabulary_.find(joined);
    if (left_id < 0 || right_id < 0) refuse(shown(left_id < 0 ? left : right) + " is not in the vocabulary");
    if (id < 0) refuse("its result " + shown(joined) + " is not in the vocabulary");
    merges_.set(left_id, right_id, static_cast<std::uint32_t>(rank), id);
  }
}

void BpeModel::encode(std::string_view piece, TokenScratch& scratch, std::vector<std::int32_t>& ids) const {
  if (settings_.ignore_merges) {
    if (const std::int32_t id = vocabulary_.find(piece); id >= 0) return ids.push_back(id);
  }
  if (!PieceCache::worth_it(piece)) return encode_afresh(piece, scratch, ids);
  auto& place = scratch.cache.place(piece);
  if (place.piece != piece) {
    place.ids.clear();
    place.piece.clear();  // in case of an error in the next line
    encode_afresh(piece, scratch, place.ids);
    place.piece = piece;
  }
  ids.insert(ids.end(), place.ids.begin(), place.ids.end());
}

void BpeModel::encode_afresh(std::string_view piece, TokenScratch& scratch, std::vector<std::int32_t>& ids) const {
  begin_with_characters(piece, scratch);
  join(scratch);
  for (const auto& symbol : scratch.symbols) {
    if (!symbol.gone) ids.push_back(symbol.id);
  }
}

std::int32_t BpeModel::id_of_character(std::string_view character, char32_t code, bool first, bool last,
                                       std::string& text) const {
  const bool prefixed = !first && !settings_.prefix.empty();
  const bool suffixed = last && !settings_.suffix.empty();
  if (!prefixed && !suffixed) {
    text = character;
    return code < characters_.size() ? characters_[code] : vocabulary_.find(character);
  }
  text = prefixed ? settings_.prefix : std::string();
  text += character;
  if (suffixed) text += settings_.suffix;
  return vocabulary_.find(text);
}

void BpeModel::begin_with_characters(std::string_view piece, TokenScratch& scratch) const {
  auto& symbols = scratch.symbols;
  symbols.clear();
  bool unknown_waits = false;
  const auto flush = [&] {
    if (unknown_waits) add_symbol(symbols, unknown_id_);
    unknown_waits = false;
  };
  for (std::size_t i = 0; i < piece.size();) {
    const auto character = first_character(piece.substr(i));
    const std::size_t end = i + character.size;
    const std::int32_t id =
        id_of_character(piece.substr(i, character.size), character.code, i == 0, end == piece.size(), scratch.text);
    i = end;
    if (id >= 0) {
      flush();
      add_symbol(symbols, id);
      continue;
    }
    const auto byte_id = [&](char c) { return bytes_[static_cast<unsigned char>(c)]; };
    if (settings_.byte_fallback && std::ranges::all_of(scratch.text, [&](char c) { return byte_id(c) >= 0; })) {
      // An unknown character that waits stays behind these bytes, as in the reference.
      for (const char c : scratch.text) add_symbol(symbols, byte_id(c));
      continue;
    }
    if (!settings_.unknown) continue;
    if (unknown_id_ < 0)
      throw file_error("the tokenizer's unknown token is not in its vocabulary, and this text needs it");
    if (!settings_.fuse_unknown) flush();
    unknown_waits = true;
  }
  flush();
}

void BpeModel::join(TokenScratch& scratch) const {
  auto& symbols = scratch.symbols;
  auto& queue = scratch.queue;
  queue.clear();
  const auto entry = [&](std::int32_t place, std::int32_t left, std::int32_t right, auto add) {
    const auto* merge = merges_.find(left, right);
    if (merge != nullptr) {
      add(BpeMerge{static_cast<std::uint64_t>(merge->rank) << 32U | static_cast<std::uint32_t>(place), merge->id});
    }
  };
  const auto push = [&](std::int32_t place, std::int32_t left, std::int32_t right) {
    entry(place, left, right, [&](BpeMerge merge) {
      queue.push_back(merge);
      std::push_heap(queue.begin(), queue.end(), later);
    });
  };
  for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
    entry(static_cast<std::int32_t>(i), symbols[i].id, symbols[i + 1].id,
          [&](BpeMerge merge) { queue.push_back(merge); });
  }
  std::make_heap(queue.begin(), queue.end(), later);
  while (!queue.empty()) {
    std::pop_heap(queue.begin(), queue.end(), later);
    const BpeMerge top = queue.back();
    queue.pop_back();
    const auto place = static_cast<std::int32_t>(top.order & 0xFFFFFFFFU);
    BpeSymbol& left = symbols[static_cast<std::size_t>(place)];
    if (left.gone || left.next < 0) continue;
    BpeSymbol& right = symbols[static_cast<std::size_t>(left.next)];
    // The neighbours may have changed since; what counts is that they still give the same token.
    const auto* merge = merges_.find(left.id, right.id);
    if (merge == nullptr || merge->id != top.id) continue;
    left.id = top.id;
    left.next = right.next;
    right.gone = true;
    if (left.next >= 0) symbols[static_cast<std::size_t>(left.next)].previous = place;
    if (left.previous >= 0) push(left.previous, symbols[static_cast<std::size_t>(left.previous)].id, left.id);
    if (left.next >= 0) push(place, left.id, symbols[static_cast<std::size_t>(left.next)].id);
  }
}

}  // namespace variometer
