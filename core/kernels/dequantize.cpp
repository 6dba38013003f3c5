// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/kernels/dequantize.h"

#include <array>
#include <bit>
#include <cstring>

#include "core/kernels/simd.h"

// Block layouts: design, families 5. All are little-endian bytes of fixed places, so each reader takes a pointer to one
// block. Loops have constant lengths for the compiler to turn into vectors.
namespace variometer {
namespace {

using Byte = std::uint8_t;

VARIOMETER_INLINE float half_at(const Byte* p) {
  std::uint16_t h;
  std::memcpy(&h, p, sizeof h);
  const std::uint32_t sign = static_cast<std::uint32_t>(h & 0x8000) << 16;
  const std::uint32_t exponent = (h >> 10) & 31, mantissa = h & 1023;
  if (exponent == 0) {
    const float value = static_cast<float>(mantissa) * 0x1p-24F;
    return sign != 0 ? -value : value;
  }
  const std::uint32_t wide = exponent == 31 ? 0x7f800000 : (exponent + 112) << 23;
  return std::bit_cast<float>(sign | wide | mantissa << 13);
}

VARIOMETER_INLINE std::uint32_t word_at(const Byte* p) {
  std::uint32_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

struct Q4_0 {
  static constexpr int kValues = 32, kBytes = 18;
  VARIOMETER_INLINE static void read(const Byte* p, float* y) {
    const float d = half_at(p);
    for (int j = 0; j < 16; ++j) y[j] = static_cast<float>((p[2 + j] & 15) - 8) * d;
    for (int j = 0; j < 16; ++j) y[16 + j] = static_cast<float>((p[2 + j] >> 4) - 8) * d;
  }
};

struct Q4_1 {
  static constexpr int kValues = 32, kBytes = 20;
  VARIOMETER_INLINE static void read(const Byte* p, float* y) {
    const float d = half_at(p), m = half_at(p + 2);
    for (int j = 0; j < 16; ++j) y[j] = static_cast<float>(p[4 + j] & 15) * d + m;
    for (int j = 0; j < 16; ++j) y[16 + j] = static_cast<float>(p[4 + j] >> 4) * d + m;
  }
};

struct Q5_0 {
  static constexpr int kValues = 32, kBytes = 22;
  VARIOMETER_INLINE static void read(const Byte* p, float* y) {
    const float d = half_at(p);
    const std::uint32_t high = word_at(p + 2);
    for (int j = 0; j < 16; ++j) {
      const int q = (p[6 + j] & 15) | static_cast<int>((high >> j & 1) << 4);
      y[j] = static_cast<float>(q - 16) * d;
    }
    for (int j = 0; j < 16; ++j) {
      const int q = (p[6 + j] >> 4) | static_cast<int>((high >> (j + 16) & 1) << 4);
      y[16 + j] = static_cast<float>(q - 16) * d;
    }
  }
};

struct Q5_1 {
  static constexpr int kValues = 32, kBytes = 24;
  VARIOMETER_INLINE static void read(const Byte* p, float* y) {
    const float d = half_at(p), m = half_at(p + 2);
    const std::uint32_t high = word_at(p + 4);
    for (int j = 0; j < 16; ++j) {
      const int q = (p[8 + j] & 15) | static_cast<int>((high >> j & 1) << 4);
      y[j] = static_cast<float>(q) * d + m;
    }
    for (int j = 0; j < 16; ++j) {
      const int q = (p[8 + j] >> 4) | static_cast<int>((high >> (j + 16) & 1) << 4);
      y[16 + j] = static_cast<float>(q) * d + m;
    }
  }
};

struct Q8_0 {
  static constexpr int kValues = 32, kBytes = 34;
  VARIOMETER_INLINE static void read(const Byte* p, float* y) {
    const float d = half_at(p);
    for (int j = 0; j < 32; ++j) y[j] = static_cast<float>(static_cast<std::int8_t>(p[2 + j])) * d;
  }
};

/// The 6-bit scale and minimum of sub-block s, packed eight of each into 12 bytes.
struct SubScale {
  int scale, minimum;
};
VARIOMETER_INLINE SubScale sub_scale(const Byte* scales, int s) {
  if (s < 4) return {scales[s] & 63, scales[s + 4] & 63};
  return {(scales[s + 4] & 15) | (scales[s - 4] >> 6) << 4, (scales[s + 4] >> 4) | (scales[s] >> 6) << 4};
}

/// Q4_K, and Q5_K with a fifth bit of every value.
template <bool kFifthBit>
struct Q45_K {
  static constexpr int kValues = 256, kBytes = kFifthBit ? 176 : 144;
  VARIOMETER_INLINE static void read(const Byte* p, float* y) {
    const float d = half_at(p), dmin = half_at(p + 2);
    const Byte* scales = p + 4;
    const Byte* high = p + 16;
    const Byte* low = p + (kFifthBit ? 48 : 16);
    for (int s = 0; s < 8; ++s) {
      const SubScale sub = sub_scale(scales, s);
      const float scale = d * static_cast<float>(sub.scale), minimum = dmin * static_cast<float>(sub.minimum);
      const Byte* q = low + 32 * (s / 2);
      const int shift = 4 * (s % 2);
      for (int l = 0; l < 32; ++l) {
        int value = q[l] >> shift & 15;
        if constexpr (kFifthBit) value |= (high[l] >> s & 1) << 4;
        y[32 * s + l] = scale * static_cast<float>(value) - minimum;
      }
    }
  }
};

struct Q6_K {
  static constexpr int kValues = 256, kBytes = 210;
  VARIOMETER_INLINE static void read(const Byte* p, float* y) {
    const float d = half_at(p + 208);
    for (int h = 0; h < 2; ++h) {
      const Byte* low = p + 64 * h;
      const Byte* high = p + 128 + 32 * h;
      const Byte* scales = p + 192 + 8 * h;
      for (int quarter = 0; quarter < 4; ++quarter) {
        const Byte* nibbles = low + 32 * (quarter % 2);
        const int shift = 4 * (quarter / 2);
        for (int i = 0; i < 2; ++i) {
          const float scale = d * static_cast<float>(static_cast<std::int8_t>(scales[i + 2 * quarter]));
          for (int l = 16 * i; l < 16 * (i + 1); ++l) {
            const int q = (nibbles[l] >> shift & 15) | (high[l] >> 2 * quarter & 3) << 4;
            y[128 * h + 32 * quarter + l] = scale * static_cast<float>(q - 32);
          }
        }
      }
    }
  }
};

template <class Block>
VARIOMETER_INLINE void read_blocks(const Byte* from, std::int64_t n, float* to) {
  for (std::int64_t i = 0; i < n / Block::kValues; ++i) Block::read(from + i * Block::kBytes, to + i * Block::kValues);
}

template <class Block>
void read_generic(const Byte* from, std::int64_t n, float* to) {
  read_blocks<Block>(from, n, to);
}

template <class Block>
VARIOMETER_TARGET_AVX2 void read_avx2(const Byte* from, std::int64_t n, float* to) {
  read_blocks<Block>(from, n, to);
}

struct Reader {
  std::uint32_t type;
  void (*generic)(const Byte*, std::int64_t, float*);
  void (*avx2)(const Byte*, std::int64_t, float*);
};

template <class Block>
constexpr Reader reader(std::uint32_t type) {
  return {type, read_generic<Block>, read_avx2<Block>};
}

constexpr std::array<Reader, 8> kReaders{reader<Q4_0>(2),         reader<Q4_1>(3), reader<Q5_0>(6),
                                         reader<Q5_1>(7),         reader<Q8_0>(8), reader<Q45_K<false>>(12),
                                         reader<Q45_K<true>>(13), reader<Q6_K>(14)};

const Reader* find_reader(std::uint32_t type) {
  for (const auto& reader : kReaders) {
    if (reader.type == type) return &reader;
  }
  return nullptr;
}

}  // namespace

bool can_dequantize(std::uint32_t ggml_type) { return find_reader(ggml_type) != nullptr; }

void dequantize(std::uint32_t ggml_type, const std::byte* from, std::int64_t n, float* to) {
  const Reader* reader = find_reader(ggml_type);
  if (reader == nullptr) return;
  const auto* bytes = reinterpret_cast<const Byte*>(from);
  (simd::use_avx2() ? reader->avx2 : reader->generic)(bytes, n, to);
}

}  // namespace variometer
