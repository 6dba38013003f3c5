// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "core/base/error.h"
#include "core/checkpoint/hf_config.h"
#include "core/checkpoint/safetensors.h"
#include "core/text/random.h"

// Files nobody vouches for, made by damaging good ones: whatever the bytes are, they are read or refused with an Error.
// Under the sanitizers this also shows that nothing outside the file is touched.
namespace variometer {
namespace {

std::string good_file(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(std::string(VARIOMETER_TEST_DATA) + "/models/" + name, std::ios::binary).rdbuf();
  return text.str();
}

/// One to eight random changes: a byte set, a bit flipped, a digit replaced, a piece cut out, doubled or moved.
std::string damaged(std::string bytes, Random& random) {
  const auto n_change = 1 + random.below(8);
  for (std::uint64_t i = 0; i < n_change && !bytes.empty(); ++i) {
    const std::size_t at = random.below(bytes.size());
    const std::size_t length = std::min<std::size_t>(1 + random.below(16), bytes.size() - at);
    switch (random.below(6)) {
      case 0: bytes[at] = static_cast<char>(random.below(256)); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8))); break;
      case 2: bytes[at] = static_cast<char>('0' + random.below(10)); break;
      case 3: bytes.erase(at, length); break;
      case 4: bytes.insert(at, bytes.substr(at, length)); break;
      default: bytes.resize(at); break;
    }
  }
  return bytes;
}

TEST(DamagedFiles, SafetensorsAreReadOrRefused) {
  // Damage mostly strikes the header: the data may hold any bytes.
  const std::string whole = good_file("llama2/model.safetensors");
  const std::string start = whole.substr(0, 3000);
  Random random(11);
  int n_read = 0, n_refused = 0;
  for (int i = 0; i < 20000; ++i) {
    const bool keep_size = i % 2 == 0;
    std::string bytes = damaged(start, random);
    if (keep_size) bytes.resize(start.size(), ' ');
    const std::uint64_t file_size = bytes.size() + (whole.size() - start.size());
    bytes += whole.substr(start.size());
    try {
      const auto header = parse_safetensors_header(std::as_bytes(std::span(bytes)), file_size, "t");
      ++n_read;
      for (const auto& entry : header.entries) {
        ASSERT_LE(header.data_offset + entry.end, file_size);
        ASSERT_LE(entry.begin, entry.end);
        ASSERT_EQ(entry.bytes() * 8, entry.count() * static_cast<std::uint64_t>(dtype_bits(entry.dtype)));
      }
    } catch (const Error& error) {
      ++n_refused;
      ASSERT_EQ(error.kind(), Error::Kind::file);
    }
  }
  EXPECT_GT(n_read, 100);
  EXPECT_GT(n_refused, 1000);
}

TEST(DamagedFiles, ConfigsAreReadOrRefused) {
  Random random(12);
  int n_read = 0, n_refused = 0;
  for (const char* name : {"llama2/config.json", "gpt2/config.json"}) {
    const std::string whole = good_file(name);
    for (int i = 0; i < 5000; ++i) {
      const auto json = nlohmann::json::parse(damaged(whole, random), nullptr, /*allow_exceptions=*/false);
      if (!json.is_object()) continue;
      try {
        const auto config = model_config_from_hf(json, "config.json");
        ++n_read;
        ASSERT_GE(config.n_layer, 1);
        ASSERT_GE(config.head_dim, 1);
        ASSERT_EQ(config.n_head % config.n_kv_head, 0);
      } catch (const Error& error) {
        ++n_refused;
        ASSERT_EQ(error.kind(), Error::Kind::file);
      }
    }
  }
  EXPECT_GT(n_read, 100);
  EXPECT_GT(n_refused, 20);
}

}  // namespace
}  // namespace variometer
