// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/string_table.h"

#include <bit>
#include <functional>
#include <utility>

namespace variometer {

void StringTable::reserve(std::size_t n_token) {
  entries_.reserve(n_token);
  by_id_.reserve(n_token);
  if (n_token * 2 > slots_.size()) grow(std::bit_ceil(n_token * 2 + 2));
}

std::size_t StringTable::slot_of(std::string_view token) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = std::hash<std::string_view>()(token) & mask;
  while (slots_[slot] != 0 && entries_[slots_[slot] - 1].token != token) slot = (slot + 1) & mask;
  return slot;
}

void StringTable::grow(std::size_t n_slot) {
  slots_.assign(n_slot, 0);
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    slots_[slot_of(entries_[i].token)] = static_cast<std::uint32_t>(i + 1);
  }
}

void StringTable::add(std::string token, std::int32_t id) {
  if ((entries_.size() + 1) * 2 > slots_.size()) grow(std::bit_ceil((entries_.size() + 1) * 4));
  const std::size_t slot = slot_of(token);
  if (slots_[slot] == 0) {
    entries_.push_back({std::move(token), id});
    slots_[slot] = static_cast<std::uint32_t>(entries_.size());
    ++n_token_;
  } else {
    entries_[slots_[slot] - 1].id = id;
  }
  by_id_[id] = slots_[slot];
  if (id > largest_id_) largest_id_ = id;
}

std::int32_t StringTable::find(std::string_view token) const {
  if (slots_.empty()) return -1;
  const std::uint32_t index = slots_[slot_of(token)];
  return index == 0 ? -1 : entries_[index - 1].id;
}

const std::string* StringTable::token(std::int32_t id) const {
  const auto found = by_id_.find(id);
  // An id that its token gave up for a later one names nothing any more.
  if (found == by_id_.end() || entries_[found->second - 1].id != id) return nullptr;
  return &entries_[found->second - 1].token;
}

}  // namespace variometer
