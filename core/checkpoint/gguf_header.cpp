// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <unordered_set>

#include "core/base/error.h"
#include "core/base/git_lfs.h"
#include "core/checkpoint/gguf.h"
#include "core/checkpoint/mapped_file.h"

static_assert(std::endian::native == std::endian::little, "GGUF is read as it lies in the file");

namespace variometer {
namespace {

constexpr std::array<GgmlType, 32> kTypes{{
    {0, "F32", 1, 4},         {1, "F16", 1, 2},         {2, "Q4_0", 32, 18},      {3, "Q4_1", 32, 20},
    {6, "Q5_0", 32, 22},      {7, "Q5_1", 32, 24},      {8, "Q8_0", 32, 34},      {9, "Q8_1", 32, 36},
    {10, "Q2_K", 256, 84},    {11, "Q3_K", 256, 110},   {12, "Q4_K", 256, 144},   {13, "Q5_K", 256, 176},
    {14, "Q6_K", 256, 210},   {15, "Q8_K", 256, 292},   {16, "IQ2_XXS", 256, 66}, {17, "IQ2_XS", 256, 74},
    {18, "IQ3_XXS", 256, 98}, {19, "IQ1_S", 256, 50},   {20, "IQ4_NL", 32, 18},   {21, "IQ3_S", 256, 110},
    {22, "IQ2_S", 256, 82},   {23, "IQ4_XS", 256, 136}, {24, "I8", 1, 1},         {25, "I16", 1, 2},
    {26, "I32", 1, 4},        {27, "I64", 1, 8},        {28, "F64", 1, 8},        {29, "IQ1_M", 256, 56},
    {30, "BF16", 1, 2},       {34, "TQ1_0", 256, 54},   {35, "TQ2_0", 256, 66},   {39, "MXFP4", 32, 17},
}};

constexpr std::uint64_t kSmallestValue = 8 + 1 + 4 + 1;       // key of one byte, type, one byte
constexpr std::uint64_t kSmallestTensor = 8 + 1 + 4 + 4 + 8;  // name of one byte, n_dims = 0, type, offset
constexpr std::uint64_t kLongestKey = 65535;
constexpr std::uint64_t kLongestName = 63;
constexpr std::uint32_t kMostDimensions = 4;

/// Bytes of one item; 0 for strings, which have no fixed size, and for what is no type of an item.
std::uint64_t item_bytes(GgufType type) {
  switch (type) {
    case GgufType::u8:
    case GgufType::i8:
    case GgufType::boolean: return 1;
    case GgufType::u16:
    case GgufType::i16: return 2;
    case GgufType::u32:
    case GgufType::i32:
    case GgufType::f32: return 4;
    case GgufType::u64:
    case GgufType::i64:
    case GgufType::f64: return 8;
    case GgufType::string:
    case GgufType::array: break;
  }
  return 0;
}

class HeaderReader {
 public:
  HeaderReader(std::span<const std::byte> file, const std::string& where) : file_(file), where_(where) {}

  GgufHeader read() {
    GgufHeader header;
    refuse_git_lfs_pointer({reinterpret_cast<const char*>(file_.data()), file_.size()}, where_);
    if (file_.size() < 4 || std::memcmp(file_.data(), "GGUF", 4) != 0) {
      throw file_error(where_ + ": it does not begin as a GGUF file does");
    }
    at_ = 4;
    header.version = take<std::uint32_t>("the version");
    if (header.version == 1) fail("version 1 is not supported; convert the model again");
    if ((header.version & 0xffff) == 0) fail("it is big-endian, which is not supported");
    if (header.version != 2 && header.version != 3) {
      fail("version " + std::to_string(header.version) + " is not known (2 and 3 are)");
    }
    const auto n_tensor = take<std::uint64_t>("the number of tensors");
    const auto n_value = take<std::uint64_t>("the number of metadata entries");
    if (n_value > left() / kSmallestValue) {
      fail("it says it has " + std::to_string(n_value) + " metadata entries, more than fit into it");
    }
    if (n_tensor > left() / kSmallestTensor) {
      fail("it says it has " + std::to_string(n_tensor) + " tensors, more than fit into it");
    }
    std::unordered_set<std::string_view> keys;
    for (std::uint64_t i = 0; i < n_value; ++i) {
      header.values.push_back(value(i));
      // The bytes in the file outlive the set; the strings move when the vector grows.
      if (!keys.insert(last_name_).second) fail("the key " + in_quotes(std::string(last_name_)) + " is there twice");
      if (header.values.back().key == "general.alignment") alignment_ = alignment(header.values.back());
    }
    std::unordered_set<std::string_view> names;
    for (std::uint64_t i = 0; i < n_tensor; ++i) {
      header.tensors.push_back(tensor(i));
      if (!names.insert(last_name_).second) fail("tensor " + in_quotes(std::string(last_name_)) + " is there twice");
    }
    place(header);
    return header;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw file_error(where_ + ": " + what + "; the file is damaged or of another kind");
  }

  std::uint64_t left() const { return file_.size() - at_; }

  template <class T>
  T take(const std::string& what) {
    if (left() < sizeof(T)) fail("it ends in " + what);
    T result;
    std::memcpy(&result, file_.data() + at_, sizeof(T));
    at_ += sizeof(T);
    return result;
  }

  std::string_view string(std::uint64_t longest, const std::string& what) {
    const auto length = take<std::uint64_t>(what);
    if (length > left()) fail(what + " would take " + std::to_string(length) + " bytes, more than the file has");
    if (length > longest) fail(what + " takes " + std::to_string(length) + " bytes, more than allowed");
    const std::string_view result(reinterpret_cast<const char*>(file_.data()) + at_, length);
    at_ += length;
    return result;
  }

  GgufType type(const std::string& what) {
    const auto number = take<std::uint32_t>(what);
    if (number > static_cast<std::uint32_t>(GgufType::f64)) {
      fail(what + " has the unknown type " + std::to_string(number));
    }
    return static_cast<GgufType>(number);
  }

  GgufValue value(std::uint64_t index) {
    GgufValue value;
    last_name_ = string(kLongestKey, "the key of metadata entry " + std::to_string(index));
    if (last_name_.empty()) fail("metadata entry " + std::to_string(index) + " has an empty key");
    value.key = last_name_;
    const std::string what = "the value of " + in_quotes(value.key);
    value.type = type(what);
    if (value.type == GgufType::array) {
      value.is_array = true;
      value.type = type(what);
      if (value.type == GgufType::array) fail(what + " is a list of lists, which is not supported");
      value.count = take<std::uint64_t>(what);
      const auto size = std::max<std::uint64_t>(item_bytes(value.type), value.type == GgufType::string ? 8 : 1);
      if (value.count > left() / size) {
        fail(what + " would have " + std::to_string(value.count) + " items, more than fit into the file");
      }
    }
    const auto begin = at_;
    if (value.type != GgufType::string) {
      const auto size = value.count * item_bytes(value.type);  // cannot overflow: checked above, or one item
      if (size > left()) fail("it ends in " + what);
      at_ += size;
      value.bytes = file_.subspan(begin, size);
    } else if (value.is_array) {
      for (std::uint64_t i = 0; i < value.count; ++i) string(kAnyLength, what);
      value.bytes = file_.subspan(begin, at_ - begin);
    } else {
      string(kAnyLength, what);
      value.bytes = file_.subspan(begin + 8, at_ - begin - 8);
    }
    return value;
  }

  std::uint64_t alignment(const GgufValue& value) const {
    std::uint32_t result = 0;
    if (value.is_array || value.type != GgufType::u32) fail("general.alignment is not a u32");
    std::memcpy(&result, value.bytes.data(), sizeof(result));
    if (!std::has_single_bit(result)) fail("general.alignment = " + std::to_string(result) + " is no power of two");
    return result;
  }

  GgufTensor tensor(std::uint64_t index) {
    GgufTensor tensor;
    last_name_ = string(kLongestName, "the name of tensor " + std::to_string(index));
    if (last_name_.empty()) fail("tensor " + std::to_string(index) + " has no name");
    tensor.name = last_name_;
    const std::string what = "tensor " + in_quotes(tensor.name);
    const auto n_dimension = take<std::uint32_t>(what);
    if (n_dimension > kMostDimensions) {
      fail(what + " has " + std::to_string(n_dimension) + " dimensions; 4 is the most");
    }
    for (std::uint32_t i = 0; i < n_dimension; ++i) {
      const auto n = take<std::uint64_t>(what);
      if (n > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
        fail(what + " has a dimension beyond 2^63");
      }
      tensor.shape.insert(tensor.shape.begin(), static_cast<std::int64_t>(n));
    }
    tensor.type = take<std::uint32_t>(what);
    tensor.begin = take<std::uint64_t>(what);  // from the start of the data, until `place`
    tensor.end = tensor.begin + size_of(tensor, what);
    return tensor;
  }

  std::uint64_t size_of(const GgufTensor& tensor, const std::string& what) const {
    const GgmlType* type = find_ggml_type(tensor.type);
    if (type == nullptr) fail(what + " has the unknown type " + std::to_string(tensor.type));
    const std::uint64_t row = tensor.shape.empty() ? 1 : static_cast<std::uint64_t>(tensor.shape.back());
    if (row % type->block != 0) {
      fail(what + " has rows of " + std::to_string(row) + " values, which " + type->name + " blocks of " +
           std::to_string(type->block) + " do not fill");
    }
    // A zero makes nothing of any product; the other dimensions must be sane all the same.
    std::uint64_t count = std::max<std::uint64_t>(row, 1), bytes = row / type->block * type->block_bytes;
    bool overflow = row / type->block > file_.size();
    for (std::size_t i = 0; i + 1 < tensor.shape.size(); ++i) {
      const auto n = static_cast<std::uint64_t>(tensor.shape[i]);
      overflow |= __builtin_mul_overflow(count, std::max<std::uint64_t>(n, 1), &count);
      bytes *= n;
    }
    if (overflow || count > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / 16 ||
        bytes > file_.size()) {
      fail(what + " is larger than the file");
    }
    return bytes;
  }

  /// Tensors follow each other in the order they are named, each from the next multiple of the alignment.
  void place(GgufHeader& header) const {
    const auto padded = [&](std::uint64_t n) { return (n + alignment_ - 1) / alignment_ * alignment_; };
    header.data_offset = padded(at_);
    if (header.tensors.empty()) return;
    if (header.data_offset > file_.size()) fail("it ends before its tensors");
    const auto room = file_.size() - header.data_offset;
    std::uint64_t expected = 0;
    for (auto& tensor : header.tensors) {
      const auto bytes = tensor.end - tensor.begin;
      if (tensor.begin != expected) {
        fail("the data of tensor " + in_quotes(tensor.name) + " does not start where the one before it ends");
      }
      if (bytes > room || tensor.begin > room - bytes) {
        fail("the data of tensor " + in_quotes(tensor.name) + " ends behind the file (cut short?)");
      }
      expected = padded(tensor.begin + bytes);
      tensor.begin += header.data_offset;
      tensor.end = tensor.begin + bytes;
    }
  }

  static constexpr std::uint64_t kAnyLength = std::numeric_limits<std::uint64_t>::max();

  const std::span<const std::byte> file_;
  const std::string& where_;
  std::uint64_t at_ = 0;
  std::uint64_t alignment_ = 32;
  std::string_view last_name_;
};

}  // namespace

std::uint64_t GgufTensor::count() const {
  std::uint64_t n = 1;
  for (const auto dimension : shape) n *= static_cast<std::uint64_t>(dimension);
  return n;
}

const GgmlType* find_ggml_type(std::uint32_t id) {
  const auto found = std::find_if(kTypes.begin(), kTypes.end(), [&](const GgmlType& type) { return type.id == id; });
  return found == kTypes.end() ? nullptr : &*found;
}

GgufHeader parse_gguf(std::span<const std::byte> file, const std::string& where) {
  return HeaderReader(file, where).read();
}

}  // namespace variometer
