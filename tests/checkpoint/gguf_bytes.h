// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace variometer::test {

/// The bytes of a GGUF file, right or wrong in every field.
class GgufBytes {
 public:
  template <class T>
  static std::string number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    std::string bytes(sizeof(T), '\0');
    std::memcpy(bytes.data(), &value, sizeof(T));
    return bytes;
  }
  static std::string text(const std::string& value) { return number<std::uint64_t>(value.size()) + value; }
  static std::string list(std::uint32_t type, std::uint64_t count, const std::string& items) {
    return number(type) + number(count) + items;
  }

  /// `value` holds the bytes behind the type.
  GgufBytes& add(const std::string& key, std::uint32_t type, const std::string& value) {
    values_ += text(key) + number(type) + value;
    ++n_value;
    return *this;
  }
  GgufBytes& add_text(const std::string& key, const std::string& value) { return add(key, 8, text(value)); }
  GgufBytes& add_u32(const std::string& key, std::uint32_t value) { return add(key, 4, number(value)); }
  GgufBytes& add_f32(const std::string& key, float value) { return add(key, 6, number(value)); }
  GgufBytes& add_flag(const std::string& key, bool value) { return add(key, 7, std::string(1, value ? '\1' : '\0')); }
  GgufBytes& add_texts(const std::string& key, const std::vector<std::string>& values) {
    std::string items;
    for (const auto& value : values) items += text(value);
    return add(key, 9, list(8, values.size(), items));
  }

  /// `dimensions` in the file's order, fastest first. The data follow those of the tensor before, padded.
  GgufBytes& add_tensor(const std::string& name, const std::vector<std::uint64_t>& dimensions, std::uint32_t type,
                        const std::string& data) {
    return add_tensor_at(name, dimensions, type, data_.size(), data);
  }
  GgufBytes& add_tensor_at(const std::string& name, const std::vector<std::uint64_t>& dimensions, std::uint32_t type,
                           std::uint64_t offset, const std::string& data) {
    infos_ += text(name) + number(static_cast<std::uint32_t>(dimensions.size()));
    for (const auto dimension : dimensions) infos_ += number(dimension);
    infos_ += number(type) + number(offset);
    data_ += data;
    pad(data_);
    ++n_tensor;
    return *this;
  }

  std::string bytes() const {
    std::string all = magic + number(version) + number(n_tensor) + number(n_value) + values_ + infos_;
    if (n_tensor > 0) pad(all);
    return all + data_;
  }
  void write(const std::filesystem::path& path) const { std::ofstream(path, std::ios::binary) << bytes(); }

  std::string magic = "GGUF";
  std::uint32_t version = 3;
  std::uint64_t n_tensor = 0, n_value = 0;
  std::size_t alignment = 32;

 private:
  void pad(std::string& bytes) const { bytes.resize((bytes.size() + alignment - 1) / alignment * alignment); }

  std::string values_, infos_, data_;
};

}  // namespace variometer::test
