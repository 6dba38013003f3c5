// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/unigram.h"

#include <algorithm>
#include <limits>

#include "core/base/error.h"
#include "core/text/token_scratch.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

constexpr double kUnknownPenalty = 10;

std::string byte_token(char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  return {'<', '0', 'x', kHex[byte >> 4U], kHex[byte & 15U], '>'};
}

}  // namespace

UnigramModel::UnigramModel(std::vector<std::pair<std::string, double>> pieces, std::optional<std::size_t> unknown,
                           bool byte_fallback)
    : byte_fallback_(byte_fallback) {
  if (unknown && *unknown >= pieces.size()) throw file_error("unk_id is not in the vocabulary");
  if (unknown) unknown_id_ = static_cast<std::int32_t>(*unknown);
  vocabulary_.reserve(pieces.size());
  scores_.reserve(pieces.size());
  double smallest = std::numeric_limits<double>::infinity();
  std::vector<std::pair<std::string, std::int32_t>> places;
  places.reserve(pieces.size());
  for (auto& [piece, score] : pieces) {
    const auto id = static_cast<std::int32_t>(scores_.size());
    smallest = std::min(smallest, score);
    scores_.push_back(score);
    places.emplace_back(piece, id);
    vocabulary_.add(std::move(piece), id);
  }
  unknown_score_ = smallest - kUnknownPenalty;
  finder_ = PrefixFinder(std::move(places));
}

void UnigramModel::search(std::string_view piece, TokenScratch& scratch) const {
  auto& nodes = scratch.nodes;  // nodes[i]: the best way to reach byte i
  nodes.assign(piece.size() + 1, {});
  const auto offer = [&](std::size_t begin, std::size_t end, double score) {
    UnigramNode& node = nodes[end];
    if (node.reached && score <= node.score) return false;
    node.score = score;
    node.begin = begin;
    node.reached = true;
    return true;
  };
  for (std::size_t i = 0; i < piece.size();) {
    const std::size_t n_byte = first_character(piece.substr(i)).size;
    const double so_far = nodes[i].score;
    bool known = false;
    finder_.for_each_prefix(piece.substr(i), [&](std::size_t n, std::int32_t id) {
      if (offer(i, i + n, scores_[static_cast<std::size_t>(id)] + so_far)) nodes[i + n].id = id;
      known = known || n == n_byte;
    });
    if (!known && offer(i, i + n_byte, unknown_score_ + so_far)) {
      if (unknown_id_ < 0) throw file_error("this text needs an unknown token, and the tokenizer has none");
      nodes[i + n_byte].id = unknown_id_;
    }
    i += n_byte;
  }
}

void UnigramModel::add_part(std::string_view part, std::vector<std::int32_t>& ids) const {
  if (const std::int32_t id = vocabulary_.find(part); id >= 0) return ids.push_back(id);
  const std::size_t n_before = ids.size();
  for (const char c : part) {
    const std::int32_t id = byte_fallback_ ? vocabulary_.find(byte_token(c)) : -1;
    if (id < 0) {
      ids.resize(n_before);
      if (unknown_id_ < 0) throw file_error("this text needs an unknown token, and the tokenizer has none");
      return ids.push_back(unknown_id_);
    }
    ids.push_back(id);
  }
}

void UnigramModel::encode(std::string_view piece, TokenScratch& scratch, std::vector<std::int32_t>& ids) const {
  search(piece, scratch);
  // Back from the end; unknown parts that touch are one.
  std::vector<std::pair<std::size_t, std::size_t>> parts;
  bool unknown = false;
  for (std::size_t end = piece.size(); end > 0;) {
    const UnigramNode& node = scratch.nodes[end];
    const bool is_unknown = node.id == unknown_id_;
    if (is_unknown && unknown) {
      parts.back().first = node.begin;
    } else {
      parts.emplace_back(node.begin, end);
    }
    unknown = is_unknown;
    end = node.begin;
  }
  for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
    add_part(piece.substr(part->first, part->second - part->first), ids);
  }
}

}  // namespace variometer
