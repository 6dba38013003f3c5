// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace variometer {

/// Which text, read by which tokenizer.
struct TokenCacheKey {
  std::string corpus_sha256, tokenizer_sha256;
};

/// Where the ids of that text are kept: <cache>/tokens/<SHA-256 of the two>.tokens. Empty where there is no cache.
std::filesystem::path token_cache_path(const TokenCacheKey& key);

/// The ids in such a file. Nothing where it is not there; where it is damaged, cut short or of another text, nothing
/// either, and `trouble` says so in one line. Ids come back only as they were written: their SHA-256 is checked.
std::optional<std::vector<std::int32_t>> read_token_cache(const std::filesystem::path& path, const TokenCacheKey& key,
                                                          std::string& trouble);

/// Writes it, whole or not at all; then prunes the folder to kTokenCacheBytes. Throws Error(file).
void write_token_cache(const std::filesystem::path& path, const TokenCacheKey& key,
                       const std::vector<std::int32_t>& ids);

inline constexpr std::uintmax_t kTokenCacheBytes = std::uintmax_t{4} << 30;

/// Removes what was not used for longest until the folder's files hold at most `most` bytes together, and what a run
/// that died left half written a day ago or earlier. `newest` stays. What cannot be removed is left.
void prune_token_cache(const std::filesystem::path& newest, std::uintmax_t most);

}  // namespace variometer
