// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>

#include "core/text/token_model.h"
#include "core/text/token_scratch.h"

namespace variometer {

struct BpeSettings {
  std::optional<std::string> unknown;  ///< the token for what is not in the vocabulary; none: it is dropped
  std::string prefix;                  ///< of every character that is not the first of its piece
  std::string suffix;                  ///< of the last character of a piece
  bool fuse_unknown = false;           ///< a run of unknown characters is one token
  bool byte_fallback = false;          ///< unknown characters become their bytes, <0x41>
  bool ignore_merges = false;          ///< a whole piece in the vocabulary is taken as it is
};

/// Byte pair encoding: starts from characters and joins the pair of lowest rank, leftmost first, until none is left.
/// The pairs wait in a heap, so that a piece of n characters costs n log n.
class BpeModel : public TokenModel {
 public:
  using Merges = std::vector<std::pair<std::string, std::string>>;

  /// Throws Error(file) for a merge whose pieces or result are not in the vocabulary, or that can never end.
  BpeModel(std::vector<std::pair<std::string, std::int32_t>> vocabulary, const Merges& merges, BpeSettings settings);

  void encode(std::string_view piece, TokenScratch& scratch, std::vector<std::int32_t>& ids) const override;
  const char* name() const override { return "BPE"; }

 private:
  /// (left id, right id) -> rank and result; open addressing.
  class MergeTable {
   public:
    struct Slot {
      std::uint64_t pair = kEmpty;
      std::uint32_t rank = 0;
      std::int32_t id = 0;
    };
    void reserve(std::size_t n_merge);
    void set(std::int32_t left, std::int32_t right, std::uint32_t rank, std::int32_t id);
    /// Null: the two are never joined.
    const Slot* find(std::int32_t left, std::int32_t right) const;

   private:
    static constexpr std::uint64_t kEmpty = ~std::uint64_t{0};
    std::size_t slot_of(std::uint64_t pair) const;
    std::vector<Slot> slots_;
  };

  void add_merges(const Merges& merges);
  void encode_afresh(std::string_view piece, TokenScratch& scratch, std::vector<std::int32_t>& ids) const;
  void begin_with_characters(std::string_view piece, TokenScratch& scratch) const;
  std::int32_t id_of_character(std::string_view character, char32_t code, bool first, bool last,
                               std::string& text) const;
  void join(TokenScratch& scratch) const;

  BpeSettings settings_;
  MergeTable merges_;
  std::array<std::int32_t, 512> characters_{};  ///< ids of the characters below U+0200, -1: none
  std::array<std::int32_t, 256> bytes_{};       ///< ids of <0x00> ... <0xFF>, -1: none
  std::int32_t unknown_id_ = -1;
};

}  // namespace variometer
