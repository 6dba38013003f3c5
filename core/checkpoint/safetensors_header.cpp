// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <unordered_set>

#include "core/base/error.h"
#include "core/base/git_lfs.h"
#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/safetensors.h"

namespace variometer {
namespace {

constexpr std::uint64_t kLargestHeader = 100'000'000;
constexpr std::uint64_t kLargestDimension = std::uint64_t{1} << 62;
constexpr std::size_t kMaxRank = 64;

struct DtypeBits {
  std::string_view name;
  int bits;
};
constexpr std::array<DtypeBits, 22> kDtypes{{
    {"F32", 32},        {"F16", 16}, {"BF16", 16},   {"F64", 64},    {"BOOL", 8},    {"U8", 8},
    {"I8", 8},          {"U16", 16}, {"I16", 16},    {"U32", 32},    {"I32", 32},    {"U64", 64},
    {"I64", 64},        {"C64", 64}, {"F8_E4M3", 8}, {"F8_E5M2", 8}, {"F8_E8M0", 8}, {"F8_E4M3FNUZ", 8},
    {"F8_E5M2FNUZ", 8}, {"F4", 4},   {"F6_E2M3", 6}, {"F6_E3M2", 6},
}};

/// Builds the entries while the text is read. A tree of the whole header would let a small file with deep nesting or
/// repeated names cost far more memory than it has bytes.
class HeaderReader {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  HeaderReader(std::string where, SafetensorsHeader& header) : where_(std::move(where)), header_(header) {}

  bool null() {
    // `"__metadata__": null` is allowed.
    if (depth_ == 1 && top_key_ == "__metadata__") return true;
    return scalar("null");
  }
  bool boolean(bool) { return scalar("true or false"); }
  bool number_integer(number_integer_t) { return scalar("a negative number"); }
  bool number_float(number_float_t, const string_t&) { return scalar("a fraction"); }
  bool binary(binary_t&) { return scalar("binary"); }

  bool number_unsigned(number_unsigned_t value) {
    if (depth_ == 3 && list_ == List::shape) {
      if (value > kLargestDimension) fail("tensor " + in_quotes(top_key_) + " has a dimension beyond 2^62");
      if (entry_.shape.size() >= kMaxRank) fail("tensor " + in_quotes(top_key_) + " has more than 64 dimensions");
      entry_.shape.push_back(static_cast<std::int64_t>(value));
      return true;
    }
    if (depth_ == 3 && list_ == List::offsets) {
      if (n_offset_ >= 2) fail("tensor " + in_quotes(top_key_) + " has more than two data_offsets");
      (n_offset_++ == 0 ? entry_.begin : entry_.end) = value;
      return true;
    }
    return scalar("a number");
  }

  bool string(string_t& value) {
    if (depth_ == 2 && in_metadata_) {
      header_.metadata[field_] = value;
      return true;
    }
    if (depth_ == 2 && field_ == "dtype") {
      entry_.dtype = value;
      return true;
    }
    return scalar("a string");
  }

  bool start_object(std::size_t) {
    if (depth_ == 0) {
      ++depth_;
      return true;
    }
    if (depth_ == 1) {
      ++depth_;
      in_metadata_ = top_key_ == "__metadata__";
      entry_ = {};
      entry_.name = top_key_;
      n_offset_ = 0;
      has_shape_ = has_offsets_ = false;
      return true;
    }
    return nested("an object");
  }

  bool end_object() {
    --depth_;
    if (depth_ == 1 && !in_metadata_) finish_entry();
    return true;
  }

  bool key(string_t& key) {
    if (depth_ == 1) {
      if (!names_.insert(key).second) fail("the name " + in_quotes(key) + " stands in the header twice");
      top_key_ = key;
    } else if (depth_ == 2) {
      field_ = key;
    }
    return true;
  }

  bool start_array(std::size_t) {
    if (depth_ == 2 && !in_metadata_ && (field_ == "shape" || field_ == "data_offsets")) {
      list_ = field_ == "shape" ? List::shape : List::offsets;
      (list_ == List::shape ? has_shape_ : has_offsets_) = true;
      // A second "shape" replaces the first, as in any JSON reader; what counts is checked at the end.
      if (list_ == List::shape) entry_.shape.clear();
      if (list_ == List::offsets) n_offset_ = 0;
      ++depth_;
      return true;
    }
    return nested("a list");
  }

  bool end_array() {
    if (depth_ == 3) list_ = List::none;
    --depth_;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    fail("the header is not JSON (near byte " + std::to_string(position + 8) + ")");
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw file_error(where_ + ": " + what + "; the file is damaged or not safetensors");
  }

 private:
  enum class List { none, shape, offsets };

  /// Fields we do not know may hold anything flat or nested, up to a point.
  bool nested(const char* what) {
    if (depth_ >= 2 && !in_metadata_ && !(depth_ == 2 && known_field()) && list_ == List::none) {
      if (depth_ >= 16) fail("the header is nested too deeply");
      ++depth_;
      return true;
    }
    return scalar(what);
  }

  bool scalar(const char* what) {
    if (depth_ == 0) fail("the header is not an object");
    if (depth_ == 1) fail("the entry " + in_quotes(top_key_) + " is " + what + " instead of an object");
    if (in_metadata_) fail("the metadata " + in_quotes(field_) + " is " + what + " instead of a string");
    if ((depth_ == 2 && known_field()) || list_ != List::none) {
      fail("tensor " + in_quotes(top_key_) + ": " + what + " where dtype, shape or data_offsets was expected");
    }
    return true;
  }

  bool known_field() const { return field_ == "dtype" || field_ == "shape" || field_ == "data_offsets"; }

  void finish_entry() {
    if (entry_.dtype.empty() || !has_shape_ || n_offset_ != 2) {
      fail("tensor " + in_quotes(entry_.name) + " lacks dtype, shape or data_offsets");
    }
    header_.entries.push_back(std::move(entry_));
  }

  const std::string where_;
  SafetensorsHeader& header_;
  int depth_ = 0;
  bool in_metadata_ = false;
  std::string top_key_, field_;
  TensorEntry entry_;
  List list_ = List::none;
  int n_offset_ = 0;
  bool has_shape_ = false, has_offsets_ = false;
  std::unordered_set<std::string> names_;
};

/// Bytes of an entry by its shape; nothing when they overflow or are no whole number of bytes.
std::optional<std::uint64_t> bytes_by_shape(const TensorEntry& entry) {
  std::uint64_t bits = static_cast<std::uint64_t>(dtype_bits(entry.dtype));
  for (const auto dimension : entry.shape) {
    if (__builtin_mul_overflow(bits, static_cast<std::uint64_t>(dimension), &bits)) return std::nullopt;
  }
  if (bits % 8 != 0) return std::nullopt;
  return bits / 8;
}

void check_tiling(std::vector<TensorEntry>& entries, std::uint64_t buffer_bytes, const HeaderReader& reader) {
  std::sort(entries.begin(), entries.end(), [](const TensorEntry& a, const TensorEntry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  std::uint64_t at = 0;
  for (const auto& entry : entries) {
    if (entry.begin != at || entry.end < entry.begin) {
      reader.fail("the data of tensor " + in_quotes(entry.name) + " does not start where the one before it ends");
    }
    if (std::none_of(kDtypes.begin(), kDtypes.end(), [&](const auto& d) { return d.name == entry.dtype; })) {
      reader.fail("tensor " + in_quotes(entry.name) + " has the unknown dtype " + in_quotes(entry.dtype));
    }
    if (bytes_by_shape(entry) != entry.bytes()) {
      reader.fail("tensor " + in_quotes(entry.name) + " takes " + std::to_string(entry.bytes()) +
                  " bytes, which its dtype and shape do not");
    }
    at = entry.end;
  }
  if (at != buffer_bytes) {
    reader.fail("the tensors take " + std::to_string(at) + " bytes but the file holds " + std::to_string(buffer_bytes) +
                (at > buffer_bytes ? " (cut short?)" : " (something behind them?)"));
  }
}

}  // namespace

std::uint64_t TensorEntry::count() const {
  std::uint64_t n = 1;
  for (const auto dimension : shape) n *= static_cast<std::uint64_t>(dimension);
  return n;
}

int dtype_bits(std::string_view dtype) {
  for (const auto& known : kDtypes) {
    if (known.name == dtype) return known.bits;
  }
  throw file_error("unknown dtype '" + std::string(dtype) + "'");
}

SafetensorsHeader parse_safetensors_header(std::span<const std::byte> start, std::uint64_t file_size,
                                           const std::string& where) {
  refuse_git_lfs_pointer({reinterpret_cast<const char*>(start.data()), start.size()}, where);
  SafetensorsHeader header;
  HeaderReader reader(where, header);
  if (file_size < 8 || start.size() < 8) reader.fail("it has fewer than 8 bytes");
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < 8; ++i) length |= std::to_integer<std::uint64_t>(start[i]) << (8 * i);
  if (length > kLargestHeader) reader.fail("its header would take " + std::to_string(length) + " bytes, over 100 MB");
  if (length > file_size - 8 || length > start.size() - 8) {
    reader.fail("its header would take " + std::to_string(length) + " bytes, more than the file has");
  }
  const char* text = reinterpret_cast<const char*>(start.data()) + 8;
  nlohmann::json::sax_parse(text, text + length, &reader);
  header.data_offset = 8 + length;
  check_tiling(header.entries, file_size - header.data_offset, reader);
  return header;
}

}  // namespace variometer
