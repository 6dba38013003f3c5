// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <unordered_map>

#include "core/base/error.h"
#include "core/checkpoint/gguf.h"
#include "core/checkpoint/mapped_file.h"

namespace variometer {
namespace {

template <class T>
T at(std::span<const std::byte> bytes, std::uint64_t index) {
  T result;
  std::memcpy(&result, bytes.data() + index * sizeof(T), sizeof(T));
  return result;
}

bool is_integer(GgufType type) {
  return type != GgufType::f32 && type != GgufType::f64 && type != GgufType::boolean && type != GgufType::string &&
         type != GgufType::array;
}

/// Nothing for a u64 beyond int64.
std::optional<std::int64_t> integer_at(const GgufValue& value, std::uint64_t i) {
  switch (value.type) {
    case GgufType::u8: return at<std::uint8_t>(value.bytes, i);
    case GgufType::i8: return at<std::int8_t>(value.bytes, i);
    case GgufType::u16: return at<std::uint16_t>(value.bytes, i);
    case GgufType::i16: return at<std::int16_t>(value.bytes, i);
    case GgufType::u32: return at<std::uint32_t>(value.bytes, i);
    case GgufType::i32: return at<std::int32_t>(value.bytes, i);
    case GgufType::i64: return at<std::int64_t>(value.bytes, i);
    case GgufType::u64: {
      const auto number = at<std::uint64_t>(value.bytes, i);
      if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
      return static_cast<std::int64_t>(number);
    }
    default: return std::nullopt;
  }
}

std::optional<double> number_at(const GgufValue& value, std::uint64_t i) {
  if (value.type == GgufType::f32) return static_cast<double>(at<float>(value.bytes, i));
  if (value.type == GgufType::f64) return at<double>(value.bytes, i);
  const auto integer = integer_at(value, i);
  return integer ? std::optional(static_cast<double>(*integer)) : std::nullopt;
}

}  // namespace

struct GgufFile::State {
  explicit State(const std::filesystem::path& p)
      : path(p), mapping(p), header(parse_gguf(mapping.bytes(), p.string())) {
    for (std::size_t i = 0; i < header.values.size(); ++i) values[header.values[i].key] = i;
    for (std::size_t i = 0; i < header.tensors.size(); ++i) tensors[header.tensors[i].name] = i;
  }

  [[noreturn]] void fail(const GgufValue& value, const char* wanted) const {
    throw file_error(path.string() + ": the metadata " + in_quotes(value.key) + " is not " + wanted);
  }

  /// The items of a value, or the one scalar, each through `get`.
  template <class T, class Get>
  std::vector<T> list(const GgufValue& value, const char* wanted, Get get) const {
    std::vector<T> result;
    result.reserve(value.count);
    for (std::uint64_t i = 0; i < value.count; ++i) {
      const std::optional<T> item = get(value, i);
      if (!item) fail(value, wanted);
      result.push_back(*item);
    }
    return result;
  }

  std::filesystem::path path;
  MappedFile mapping;
  GgufHeader header;
  std::unordered_map<std::string_view, std::size_t> values, tensors;  // keys look into the header, which never changes
};

GgufFile::GgufFile(const std::filesystem::path& path) : state_(std::make_unique<State>(path)) {}
GgufFile::~GgufFile() = default;
GgufFile::GgufFile(GgufFile&&) noexcept = default;
GgufFile& GgufFile::operator=(GgufFile&&) noexcept = default;

const std::filesystem::path& GgufFile::path() const { return state_->path; }
std::uint32_t GgufFile::version() const { return state_->header.version; }
const std::vector<GgufValue>& GgufFile::values() const { return state_->header.values; }
const std::vector<GgufTensor>& GgufFile::tensors() const { return state_->header.tensors; }

const GgufValue* GgufFile::find(std::string_view key) const {
  const auto found = state_->values.find(key);
  return found == state_->values.end() ? nullptr : &state_->header.values[found->second];
}

std::optional<std::string_view> GgufFile::text(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_array || value->type != GgufType::string) state_->fail(*value, "a string");
  return std::string_view(reinterpret_cast<const char*>(value->bytes.data()), value->bytes.size());
}

std::optional<std::int64_t> GgufFile::integer(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_array) state_->fail(*value, "a whole number");
  const auto result = integer_at(*value, 0);
  if (!result) state_->fail(*value, "a whole number below 2^63");
  return result;
}

std::optional<double> GgufFile::number(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_array) state_->fail(*value, "a number");
  const auto result = number_at(*value, 0);
  if (!result || !std::isfinite(*result)) state_->fail(*value, "a finite number");
  return result;
}

std::optional<bool> GgufFile::flag(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->is_array || value->type != GgufType::boolean) state_->fail(*value, "true or false");
  return value->bytes[0] != std::byte{0};
}

std::optional<std::vector<std::string_view>> GgufFile::texts(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_array || value->type != GgufType::string) state_->fail(*value, "a list of strings");
  std::vector<std::string_view> result;
  result.reserve(value->count);
  std::uint64_t begin = 0;
  for (std::uint64_t i = 0; i < value->count; ++i) {
    std::uint64_t length = 0;
    std::memcpy(&length, value->bytes.data() + begin, sizeof(length));
    result.emplace_back(reinterpret_cast<const char*>(value->bytes.data()) + begin + 8, length);
    begin += 8 + length;
  }
  return result;
}

std::optional<std::vector<std::int64_t>> GgufFile::integers(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (!is_integer(value->type)) state_->fail(*value, "a list of whole numbers");
  return state_->list<std::int64_t>(*value, "a list of whole numbers below 2^63", integer_at);
}

std::optional<std::vector<double>> GgufFile::numbers(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->type == GgufType::string || value->type == GgufType::boolean) state_->fail(*value, "a list of numbers");
  return state_->list<double>(*value, "a list of numbers", number_at);
}

std::optional<std::vector<bool>> GgufFile::flags(std::string_view key) const {
  const GgufValue* value = find(key);
  if (value == nullptr) return std::nullopt;
  if (value->type != GgufType::boolean) state_->fail(*value, "a list of true and false");
  std::vector<bool> result;
  for (const auto byte : value->bytes) result.push_back(byte != std::byte{0});
  return result;
}

const GgufTensor* GgufFile::find_tensor(std::string_view name) const {
  const auto found = state_->tensors.find(name);
  return found == state_->tensors.end() ? nullptr : &state_->header.tensors[found->second];
}

std::span<const std::byte> GgufFile::data(const GgufTensor& tensor) const {
  return state_->mapping.bytes().subspan(tensor.begin, tensor.bytes());
}

bool is_gguf(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  std::array<char, 4> magic{};
  std::ifstream stream(path, std::ios::binary);
  return stream.read(magic.data(), magic.size()) && std::memcmp(magic.data(), "GGUF", 4) == 0;
}

}  // namespace variometer
