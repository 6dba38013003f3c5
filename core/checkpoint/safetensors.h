// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace variometer {

/// What the header says about one tensor. Row-major, little-endian.
struct TensorEntry {
  std::string name;
  std::string dtype;                ///< "F32", "BF16", ...
  std::vector<std::int64_t> shape;  ///< [] for a scalar; dimensions may be 0
  std::uint64_t begin = 0;          ///< bytes from the start of the data buffer
  std::uint64_t end = 0;

  std::uint64_t bytes() const { return end - begin; }
  std::uint64_t count() const;
};

struct SafetensorsHeader {
  std::vector<TensorEntry> entries;  ///< in the order of their data
  std::map<std::string, std::string> metadata;
  std::uint64_t data_offset = 0;  ///< of the buffer, from the start of the file
};

/// Reads and checks a header: `start` holds at least the header's bytes (or the whole file), `file_size` the file's
/// length. Ranges must tile the buffer exactly, sizes must fit dtype and shape, names must be unique. Throws
/// Error(file) that begins with `where`.
SafetensorsHeader parse_safetensors_header(std::span<const std::byte> start, std::uint64_t file_size,
                                           const std::string& where);

/// Bits of one element. Throws Error(file) for a dtype the format does not have.
int dtype_bits(std::string_view dtype);

/// A .safetensors file, mapped into memory: opening costs the header only. Immutable; any thread may read. Data may sit
/// at any alignment. Throws Error(file).
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);
  ~SafetensorsFile();
  SafetensorsFile(SafetensorsFile&&) noexcept;
  SafetensorsFile& operator=(SafetensorsFile&&) noexcept;

  const std::filesystem::path& path() const;
  const std::vector<TensorEntry>& entries() const;
  const std::map<std::string, std::string>& metadata() const;
  /// Null when there is none of that name.
  const TensorEntry* find(const std::string& name) const;
  std::span<const std::byte> data(const TensorEntry& entry) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

class GgufFile;
struct GgufWeight;

/// The weights of a model: of a Hugging Face folder (model.safetensors, or the shards model.safetensors.index.json
/// names), of one .safetensors file, or of one .gguf file. Names and shapes are Hugging Face's whatever the file.
/// Throws Error(file): a shard is missing, leaves the folder, or holds another set of tensors than the index says.
class TensorStore {
 public:
  struct Item {
    const SafetensorsFile* file = nullptr;  ///< null for GGUF
    const TensorEntry* entry = nullptr;     ///< GGUF: dtype is ggml's name ("Q4_1"), bytes() those in the file
    const GgufFile* gguf = nullptr;
    const GgufWeight* weight = nullptr;  ///< how a GGUF tensor becomes the one of `entry`

    const std::filesystem::path& path() const;
    /// The bytes as they lie in the file.
    std::span<const std::byte> data() const;
  };

  explicit TensorStore(const std::filesystem::path& folder_or_file);
  ~TensorStore();
  TensorStore(TensorStore&&) noexcept;
  TensorStore& operator=(TensorStore&&) noexcept;

  const std::map<std::string, Item>& items() const { return items_; }
  std::uint64_t bytes() const;
  std::size_t n_file() const { return files_.size() + (gguf_ ? 1 : 0); }
  /// Null unless the weights come from a GGUF file.
  const GgufFile* gguf() const { return gguf_.get(); }

 private:
  void add(const std::filesystem::path& path);
  void add_shards(const std::filesystem::path& index);
  void add_gguf(const std::filesystem::path& path);

  std::vector<std::unique_ptr<SafetensorsFile>> files_;
  std::unique_ptr<GgufFile> gguf_;
  std::vector<GgufWeight> weights_;
  std::vector<TensorEntry> entries_;  ///< of weights_
  std::map<std::string, Item> items_;
};

/// Is this model one GGUF file: a .gguf file, or a folder that holds one and neither safetensors nor pytorch_model.bin
/// with a config.json? Empty path: no. Throws Error(file), naming them, for a folder that holds several.
std::filesystem::path find_gguf(const std::filesystem::path& folder_or_file);

/// SHA-256 of the file the weights of that model are in; of several shards that of the list of their names and sums.
/// Reads them whole. Throws Error(file) as TensorStore does.
std::string weights_sha256(const std::filesystem::path& folder_or_file);

/// One tensor to write. `data` is asked once, when its turn comes, so that tensors can be fetched from a device one by
/// one; what it returns must stay valid until the next call.
struct TensorSource {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
  std::function<std::span<const std::byte>()> data;
};

/// Writes the file (wide dtypes first, then by name; data from a multiple of 8) and syncs it. Throws Error(file).
void write_safetensors(const std::filesystem::path& path, std::vector<TensorSource> tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace variometer
