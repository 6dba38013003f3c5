// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <span>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/record/record_check.h"
#include "tests/fuzz/scratch_file.h"

/// HDF5's own: exported by the library, in none of its headers.
extern "C" std::uint32_t H5_checksum_metadata(const void* data, std::size_t length, std::uint32_t start);

// `variometer check` on a damaged record: a report, or one Error. A file of half a megabyte changed at random is
// refused at its first checksum, so an input is not a file but a list of changes to a whole record, and with a flag the
// checksums are made right again, as somebody who means harm would. Where HDF5 itself falls, that is HDF5's.
namespace {

constexpr std::size_t kLargestBlock = 4096;
constexpr std::array<std::string_view, 8> kSigned{"OHDR", "OCHK", "EAHD", "EAIB", "BTHD", "BTLF", "FRHP", "FSHD"};
constexpr std::size_t kSuperblock = 44;

struct Block {
  std::size_t begin, size;  ///< the checksum follows
};

struct Seed {
  std::vector<std::uint8_t> bytes;
  std::vector<Block> blocks;
};

std::uint32_t checksum_at(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

Seed read_seed() {
  Seed seed;
  std::ifstream in(VARIOMETER_SEED_RECORD, std::ios::binary);
  seed.bytes.assign(std::istreambuf_iterator<char>(in), {});
  const auto& bytes = seed.bytes;
  if (bytes.size() < kLargestBlock) std::abort();
  seed.blocks.push_back({0, kSuperblock});
  for (std::size_t at = kSuperblock; at + 8 < bytes.size(); ++at) {
    const std::string_view word(reinterpret_cast<const char*>(bytes.data()) + at, 4);
    if (std::ranges::find(kSigned, word) == kSigned.end()) continue;
    for (std::size_t size = 8; size < kLargestBlock && at + size + 4 <= bytes.size(); ++size) {
      if (H5_checksum_metadata(bytes.data() + at, size, 0) != checksum_at(bytes, at + size)) continue;
      seed.blocks.push_back({at, size});
      break;
    }
  }
  if (seed.blocks.size() < 100) std::abort();  // nothing would be tested
  return seed;
}

/// Takes numbers off the front of an input; zeros behind its end.
class Reader {
 public:
  explicit Reader(std::span<const std::uint8_t> data) : data_(data) {}
  bool done() const { return data_.empty(); }
  std::size_t take(int n_byte) {
    std::size_t value = 0;
    for (int i = 0; i < n_byte && !data_.empty(); ++i, data_ = data_.subspan(1))
      value |= std::size_t{data_[0]} << 8 * i;
    return value;
  }

 private:
  std::span<const std::uint8_t> data_;
};

std::vector<std::uint8_t> damaged(const Seed& seed, Reader input) {
  auto bytes = seed.bytes;
  const auto flags = input.take(1);
  const bool right_checksums = (flags & 1) != 0;
  const std::size_t length = (flags & 2) != 0 ? input.take(3) % (bytes.size() + 1) : bytes.size();
  while (!input.done()) {
    const auto head = input.take(1);
    const auto first = input.take(2), second = input.take(2);
    std::size_t at = (first << 16 | second) % bytes.size();
    if ((head & 8) == 0) {
      const auto& block = seed.blocks[first % seed.blocks.size()];
      at = block.begin + second % block.size;
    }
    for (std::size_t i = 0; i <= (head & 7); ++i, ++at) {
      const auto value = static_cast<std::uint8_t>(input.take(1));
      if (at < bytes.size()) bytes[at] = value;
    }
  }
  if (right_checksums) {
    for (const auto& [begin, size] : seed.blocks) {
      const auto value = H5_checksum_metadata(bytes.data() + begin, size, 0);
      std::memcpy(bytes.data() + begin + size, &value, sizeof value);
    }
  }
  bytes.resize(length);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Seed seed = read_seed();
  static const variometer::ScratchFile file("run.h5");
  const auto bytes = damaged(seed, Reader({data, size}));
  file.write(bytes.data(), bytes.size());
  try {
    variometer::check_record(file.path());
  } catch (const variometer::Error&) {
  }
  return 0;
}
