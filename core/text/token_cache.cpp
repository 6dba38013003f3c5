// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/token_cache.h"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>

#include "core/base/cache_folder.h"
#include "core/base/error.h"
#include "core/text/sha256.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

// The file: head, ids as little-endian 32-bit numbers, SHA-256 of all that in hexadecimal digits.
static_assert(std::endian::native == std::endian::little);
constexpr std::size_t kDigest = 64;

std::string head_of(const TokenCacheKey& key) {
  return "variometer-tokens-1\n" + key.corpus_sha256 + "\n" + key.tokenizer_sha256 + "\n";
}

}  // namespace

fs::path token_cache_path(const TokenCacheKey& key) {
  const auto folder = cache_folder();
  if (folder.empty()) return {};
  return folder / "tokens" / (sha256(key.corpus_sha256 + key.tokenizer_sha256) + ".tokens");
}

std::optional<std::vector<std::int32_t>> read_token_cache(const fs::path& path, const TokenCacheKey& key,
                                                          std::string& trouble) {
  std::error_code error;
  if (path.empty() || !fs::exists(path, error)) return std::nullopt;
  const auto refuse = [&](const char* what) {
    trouble = path.string() + ": " + what + "; made again";
    return std::nullopt;
  };
  if (!fs::is_regular_file(path, error)) return refuse("not a file");
  const auto size = fs::file_size(path, error);
  std::ifstream file(path, std::ios::binary);
  if (error || !file) return refuse("cannot be read");
  std::string bytes(size, '\0');
  if (!file.read(bytes.data(), static_cast<std::streamsize>(size))) return refuse("cannot be read to its end");
  const std::string head = head_of(key);
  if (bytes.size() < head.size() + kDigest || (bytes.size() - head.size() - kDigest) % sizeof(std::int32_t) != 0) {
    return refuse("cut short");
  }
  if (!bytes.starts_with(head)) return refuse("not the tokens of this text");
  const std::string_view content = std::string_view(bytes).substr(0, bytes.size() - kDigest);
  if (sha256(content) != std::string_view(bytes).substr(content.size())) return refuse("damaged");
  std::vector<std::int32_t> ids((content.size() - head.size()) / sizeof(std::int32_t));
  if (!ids.empty()) std::memcpy(ids.data(), content.data() + head.size(), ids.size() * sizeof(std::int32_t));
  fs::last_write_time(path, fs::file_time_type::clock::now(), error);  // used now: the last to be pruned
  return ids;
}

void write_token_cache(const fs::path& path, const TokenCacheKey& key, const std::vector<std::int32_t>& ids) {
  std::string bytes = head_of(key);
  bytes.append(reinterpret_cast<const char*>(ids.data()), ids.size() * sizeof(std::int32_t));
  bytes += sha256(bytes);
  // Beside it first: another run that looks meanwhile sees the whole file or none.
  const fs::path temporary = path.string() + "." + std::to_string(::getpid());
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (!error) {
    std::ofstream file(temporary, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) error.assign(errno != 0 ? errno : EIO, std::generic_category());
  }
  if (!error) fs::rename(temporary, path, error);
  if (!error) return prune_token_cache(path, kTokenCacheBytes);
  const std::string why = error.message();
  fs::remove(temporary, error);
  throw file_error(path.string() + ": cannot be written (" + why + ")");
}

void prune_token_cache(const fs::path& newest, std::uintmax_t most) {
  struct Kept {
    fs::file_time_type used;
    std::uintmax_t bytes;
    fs::path path;
  };
  std::vector<Kept> kept;
  std::uintmax_t total = 0;
  std::error_code error;
  const auto yesterday = fs::file_time_type::clock::now() - std::chrono::hours(24);
  for (fs::directory_iterator at(newest.parent_path(), error), end; !error && at != end; at.increment(error)) {
    std::error_code gone;  // another run prunes as well
    Kept file{at->last_write_time(gone), 0, at->path()};
    if (!gone) file.bytes = at->file_size(gone);
    if (gone) continue;
    const bool whole = file.path.extension() == ".tokens";
    if (!whole && file.path.stem().extension() == ".tokens" && file.used < yesterday) fs::remove(file.path, gone);
    if (!whole) continue;
    total += file.bytes;
    if (file.path != newest) kept.push_back(std::move(file));
  }
  std::ranges::sort(kept, {}, &Kept::used);
  for (const Kept& file : kept) {
    if (total <= most) break;
    if (fs::remove(file.path, error)) total -= file.bytes;
  }
}

}  // namespace variometer
