// SPDX-License-Identifier: GPL-3.0-or-later
// tokenizer.model is a protocol buffer: fields with a number and a kind, nested by length.
#include <bit>
#include <limits>

#include "core/base/error.h"
#include "core/text/sentencepiece_model.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

[[noreturn]] void damaged(const std::string& what) {
  throw file_error("no sentencepiece model, or a damaged one (" + what + ")");
}

constexpr std::int32_t kUnset = -2;  // an id the file does not give

struct Field {
  std::uint64_t number = 0;
  std::uint64_t value = 0;  ///< of a whole number, or four or eight bytes
  std::string_view bytes;   ///< of a nested one
  bool nested = false;
};

/// Walks over the fields of one message.
class Wire {
 public:
  explicit Wire(std::string_view bytes) : rest_(bytes) {}

  bool next(Field& field) {
    if (rest_.empty()) return false;
    const std::uint64_t tag = number();
    field = {};
    field.number = tag >> 3U;
    if (field.number == 0) damaged("a field has no number");
    switch (tag & 7U) {
      case 0: field.value = number(); break;
      case 1: field.value = fixed(8); break;
      case 2:
        field.bytes = take(number());
        field.nested = true;
        break;
      case 5: field.value = fixed(4); break;
      default: damaged("a field of unknown kind");
    }
    return true;
  }

 private:
  std::string_view take(std::uint64_t n) {
    if (n > rest_.size()) damaged("it ends within a field");
    const auto bytes = rest_.substr(0, n);
    rest_.remove_prefix(n);
    return bytes;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = static_cast<unsigned char>(take(1).front());
      value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
      if (byte < 0x80) return value;
    }
    damaged("a number without end");
  }
  std::uint64_t fixed(unsigned n) {
    std::uint64_t value = 0;
    const auto bytes = take(n);
    for (unsigned i = 0; i < n; ++i) {
      value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
    }
    return value;
  }

  std::string_view rest_;
};

SentencepieceModel::Piece read_piece(std::string_view bytes, std::size_t id) {
  SentencepieceModel::Piece piece;
  Wire wire(bytes);
  for (Field field; wire.next(field);) {
    if (field.number == 1 && field.nested) piece.text = field.bytes;
    if (field.number == 2) piece.score = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
    if (field.number == 3) {
      if (field.value < 1 || field.value > 6) damaged("piece " + std::to_string(id) + " is of no known kind");
      piece.kind = static_cast<PieceKind>(field.value);
    }
  }
  if (first_malformed(piece.text) != std::string::npos) damaged("piece " + std::to_string(id) + " is not UTF-8");
  if (!(piece.score == piece.score)) damaged("piece " + std::to_string(id) + " has no score");
  return piece;
}

std::int32_t read_id(std::uint64_t value) {
  // Negative ids (there is no such token) are written as 64-bit two's complement.
  const auto id = static_cast<std::int64_t>(value);
  if (id < -1 || id > std::numeric_limits<std::int32_t>::max()) damaged("a special token's id is out of range");
  return static_cast<std::int32_t>(id);
}

void read_trainer(std::string_view bytes, SentencepieceModel& model) {
  Wire wire(bytes);
  for (Field field; wire.next(field);) {
    switch (field.number) {
      case 3:
        if (field.value < 1 || field.value > 4) damaged("its type is unknown");
        model.type = static_cast<SentencepieceModel::Type>(field.value);
        break;
      case 35: model.byte_fallback = field.value != 0; break;
      case 40: model.unknown_id = read_id(field.value); break;
      case 41: model.bos_id = read_id(field.value); break;
      case 42: model.eos_id = read_id(field.value); break;
      default: break;
    }
  }
}

void read_normalizer(std::string_view bytes, SentencepieceModel& model) {
  Wire wire(bytes);
  for (Field field; wire.next(field);) {
    if (field.number == 2) model.has_character_map = !field.bytes.empty();
    if (field.number == 3) model.dummy_prefix = field.value != 0;
    if (field.number == 4) model.remove_extra_spaces = field.value != 0;
  }
}

}  // namespace

SentencepieceModel parse_sentencepiece(std::string_view bytes) {
  SentencepieceModel model;
  model.unknown_id = model.bos_id = model.eos_id = kUnset;
  Wire wire(bytes);
  for (Field field; wire.next(field);) {
    if (!field.nested) continue;
    if (field.number == 1) model.pieces.push_back(read_piece(field.bytes, model.pieces.size()));
    if (field.number == 2) read_trainer(field.bytes, model);
    if (field.number == 3) read_normalizer(field.bytes, model);
  }
  if (model.pieces.empty()) damaged("it has no pieces");
  const auto n_piece = static_cast<std::int64_t>(model.pieces.size());
  const SentencepieceModel defaults;
  const auto settle = [&](std::int32_t& id, std::int32_t otherwise) {
    if (id == kUnset) id = otherwise < n_piece ? otherwise : -1;
    if (id >= n_piece) damaged("special token " + std::to_string(id) + " is no piece");
  };
  settle(model.unknown_id, defaults.unknown_id);
  settle(model.bos_id, defaults.bos_id);
  settle(model.eos_id, defaults.eos_id);
  return model;
}

}  // namespace variometer
