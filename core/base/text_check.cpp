// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/text_check.h"

#include <array>
#include <fstream>

#include "core/base/utf8.h"

namespace variometer {
namespace {

using namespace std::string_view_literals;

struct Kind {
  std::size_t at;
  std::string_view bytes;
  std::string_view name;
};

constexpr std::array kKinds = {Kind{0, "\x89PNG"sv, "a PNG picture"},
                               Kind{0, "\xFF\xD8\xFF"sv, "a JPEG picture"},
                               Kind{0, "GIF8"sv, "a GIF picture"},
                               Kind{8, "WEBP"sv, "a WebP picture"},
                               Kind{0, "BM"sv, "a BMP picture"},
                               Kind{0, "II*\0"sv, "a TIFF picture"},
                               Kind{0, "MM\0*"sv, "a TIFF picture"},
                               Kind{0, "%PDF-"sv, "a PDF document"},
                               Kind{0, "PK\x03\x04"sv, "a ZIP archive or an office document"},
                               Kind{0, "\xD0\xCF\x11\xE0"sv, "an office document"},
                               Kind{0, "\x1F\x8B"sv, "a gzip archive"},
                               Kind{0,
                                    "\xFD"
                                    "7zXZ"sv,
                                    "an xz archive"},
                               Kind{0, "\x28\xB5\x2F\xFD"sv, "a zstd archive"},
                               Kind{0, "BZh"sv, "a bzip2 archive"},
                               Kind{0, "7z\xBC\xAF"sv, "a 7z archive"},
                               Kind{0,
                                    "\x7F"
                                    "ELF"sv,
                                    "a program"},
                               Kind{0, "MZ"sv, "a program"},
                               Kind{0, "\x89HDF"sv, "an HDF5 file"},
                               Kind{0, "GGUF"sv, "a GGUF model"},
                               Kind{8, "{\""sv, "a safetensors file"},
                               Kind{0, "SQLite format 3"sv, "an SQLite database"},
                               Kind{0, "PAR1"sv, "a Parquet file"},
                               Kind{0, "ID3"sv, "a sound file"},
                               Kind{0, "OggS"sv, "a sound file"},
                               Kind{4, "ftyp"sv, "a video or picture"},
                               Kind{0, "RIFF"sv, "a sound or video file"},
                               Kind{0, "\xFF\xFE"sv, "UTF-16"},
                               Kind{0, "\xFE\xFF"sv, "UTF-16"}};

std::string_view kind_of(std::string_view bytes) {
  for (const Kind& kind : kKinds) {
    if (bytes.size() >= kind.at && bytes.substr(kind.at).starts_with(kind.bytes)) return kind.name;
  }
  return {};
}

}  // namespace

std::string why_no_text(std::string_view bytes, bool whole) {
  std::string_view looked_at = bytes;
  if (!whole) looked_at.remove_suffix(n_unfinished_byte(bytes));
  const std::size_t at = first_non_text(looked_at);
  // A PDF's beginning may be plain letters; what one sees on its pages is not in them.
  if (at == std::string::npos && !bytes.starts_with("%PDF-"sv)) return {};
  const auto kind = kind_of(bytes);
  if (kind == "UTF-16") return "is not UTF-8 text but UTF-16";
  if (!kind.empty()) return "is " + std::string(kind) + ", not text";
  return std::string("is not text: ") + (bytes[at] == '\0' ? "a NUL" : "no valid UTF-8") + " at byte " +
         std::to_string(at);
}

std::string why_no_text(const std::filesystem::path& path) {
  std::error_code none;
  if (!std::filesystem::is_regular_file(path, none)) return {};  // a pipe must not be read twice
  std::ifstream file(path, std::ios::binary);
  std::string head(std::size_t{64} << 10U, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  const bool whole = file.eof();
  head.resize(static_cast<std::size_t>(file.gcount()));
  return why_no_text(head, whole);
}

}  // namespace variometer
