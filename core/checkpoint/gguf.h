// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace variometer {

/// Types of metadata values, numbered as in the file.
enum class GgufType : std::uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, string, array, u64, i64, f64 };

/// One metadata entry. `bytes` looks into the mapping: a scalar's bytes, a string's without its length, an array's
/// items one after another. Checked when the file was opened.
struct GgufValue {
  std::string key;
  GgufType type = GgufType::u8;  ///< of the value; of the items where it is an array
  bool is_array = false;
  std::uint64_t count = 1;  ///< items of an array
  std::span<const std::byte> bytes;
};

/// What the header says about one tensor.
struct GgufTensor {
  std::string name;
  std::uint32_t type = 0;            ///< ggml's number: 0 F32, 1 F16, 2 Q4_0, ...
  std::vector<std::int64_t> shape;   ///< slowest axis first, as everywhere here (the file has it the other way round)
  std::uint64_t begin = 0, end = 0;  ///< bytes from the start of the file

  std::uint64_t bytes() const { return end - begin; }
  std::uint64_t count() const;
};

/// What is known of a ggml tensor type. Rows are whole blocks.
struct GgmlType {
  std::uint32_t id;
  const char* name;
  std::uint32_t block;        ///< values a block
  std::uint32_t block_bytes;  ///< bytes a block
};
/// Null for a number that names no type.
const GgmlType* find_ggml_type(std::uint32_t id);

struct GgufHeader {
  std::uint32_t version = 0;
  std::uint64_t data_offset = 0;  ///< from the start of the file
  std::vector<GgufValue> values;
  std::vector<GgufTensor> tensors;
};

/// Reads and checks a whole file's head. Counts, lengths and offsets must fit into `file`, names must be unique,
/// tensors must follow each other without gap or overlap. Allocates no more than the file has bytes for. Throws
/// Error(file) that begins with `where`.
GgufHeader parse_gguf(std::span<const std::byte> file, const std::string& where);

/// A .gguf file (version 2 or 3), mapped into memory: opening costs the head only. Immutable; any thread may read.
/// Typed getters return nothing for an absent key and throw Error(file) for one of another type. Views live as long as
/// the object.
class GgufFile {
 public:
  explicit GgufFile(const std::filesystem::path& path);
  ~GgufFile();
  GgufFile(GgufFile&&) noexcept;
  GgufFile& operator=(GgufFile&&) noexcept;

  const std::filesystem::path& path() const;
  std::uint32_t version() const;

  const std::vector<GgufValue>& values() const;
  const GgufValue* find(std::string_view key) const;
  std::optional<std::string_view> text(std::string_view key) const;
  std::optional<std::int64_t> integer(std::string_view key) const;  ///< any integer type
  std::optional<double> number(std::string_view key) const;         ///< any integer or floating type
  std::optional<bool> flag(std::string_view key) const;
  std::optional<std::vector<std::string_view>> texts(std::string_view key) const;
  std::optional<std::vector<std::int64_t>> integers(std::string_view key) const;  ///< a scalar counts as a list of one
  std::optional<std::vector<double>> numbers(std::string_view key) const;         ///< likewise
  std::optional<std::vector<bool>> flags(std::string_view key) const;             ///< likewise

  const std::vector<GgufTensor>& tensors() const;
  const GgufTensor* find_tensor(std::string_view name) const;
  std::span<const std::byte> data(const GgufTensor& tensor) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Does the file begin as a GGUF file does? False when it cannot be read.
bool is_gguf(const std::filesystem::path& path);

}  // namespace variometer
