// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/corpus.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "core/base/error.h"
#include "core/base/text_check.h"
#include "core/text/batcher.h"
#include "core/text/byte_tokenizer.h"
#include "core/text/sentences.h"
#include "core/text/sha256.h"
#include "core/text/token_cache.h"

namespace variometer {
namespace {

constexpr const char* kIsEmpty = " is empty; training needs text";

Error too_short(const std::string& name, std::uintmax_t n, const char* unit, std::int64_t block_size) {
  return file_error(name + " has " + std::to_string(n) + " " + unit + " to train on, fewer than model.block_size = " +
                    std::to_string(block_size) + "; give a longer text or a shorter context");
}

constexpr std::size_t kSentenceBytes = 4U << 20U;
constexpr std::uint64_t kSentenceSeed = 1;  // the same text for every run, so that runs can be compared

std::filesystem::file_status require_text_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    throw file_error(path + ": no such corpus; check the path, or leave data.corpus empty for the built-in sentences");
  }
  if (std::filesystem::is_directory(status)) throw file_error(path + " is a folder; data.corpus takes one text file");
  return status;
}

std::string read_text(const std::string& path) {
  std::error_code error;
  const auto status = require_text_file(path);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw file_error(path + " cannot be read: " + std::strerror(errno));
  std::string text;
  if (std::filesystem::is_regular_file(status)) text.reserve(std::filesystem::file_size(path, error));
  std::string block(1U << 20U, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())), file.gcount() > 0) {
    text.append(block, 0, static_cast<std::size_t>(file.gcount()));
    // No text, as will be said; what is read need not end (/dev/zero).
    if (std::memchr(block.data(), '\0', static_cast<std::size_t>(file.gcount())) != nullptr) break;
  }
  if (file.bad()) throw file_error(path + " cannot be read to its end: " + std::strerror(errno));
  return text;
}

void require_text(const std::string& name, const std::string& why_not) {
  if (!why_not.empty()) throw file_error(name + ' ' + why_not + "; give a UTF-8 text file");
}

/// Name, text and checksum, all but the cut.
Corpus read_corpus(const DataConfig& config) {
  Corpus corpus;
  const bool built_in = config.corpus.empty();
  corpus.name = built_in ? "built-in sentences" : config.corpus;
  corpus.text = built_in ? make_sentences(kSentenceSeed, kSentenceBytes) : read_text(config.corpus);
  if (corpus.text.empty()) throw file_error(corpus.name + kIsEmpty);
  require_text(corpus.name, why_no_text(corpus.text, /*whole=*/true));
  corpus.sha256 = sha256(corpus.text);
  if (!config.sha256.empty() && config.sha256 != corpus.sha256) {
    throw file_error(corpus.name + " is not the text this run was trained on (SHA-256 " + corpus.sha256.substr(0, 12) +
                     "..., expected " + config.sha256.substr(0, 12) + "...); give the original file");
  }
  return corpus;
}

/// Training part and validation part of `n` tokens.
void cut(Corpus& corpus, std::size_t n, const DataConfig& config, std::int64_t block_size) {
  const std::size_t n_window = tokens_in_window(block_size, corpus.tokenizer->bos().has_value());
  corpus.n_train = n - static_cast<std::size_t>(static_cast<double>(n) * config.validation_fraction);
  // A last part that holds no whole window validates nothing: it is trained on instead.
  if (n - corpus.n_train < n_window) corpus.n_train = n;
  if (corpus.n_train < n_window) {
    const bool bytes = corpus.tokenizer_sha256.empty();
    throw too_short(corpus.name, corpus.n_train, bytes ? "bytes" : "tokens", block_size);
  }
}

void require_ids(const Corpus& corpus, const CorpusReader& reader) {
  for (const auto id : corpus.ids) {
    if (id >= 0 && id < reader.vocab_size) continue;
    throw file_error(corpus.name + ": the tokenizer reads \"" + reader.tokenizer->token_text(id) + "\" as id " +
                     std::to_string(id) + ", the model's vocabulary has " + std::to_string(reader.vocab_size) +
                     "; does the tokenizer belong to this model?");
  }
}

}  // namespace

void check_corpus(const DataConfig& config, std::int64_t n_least) {
  if (config.corpus.empty()) return;
  std::error_code error;
  if (!std::filesystem::is_regular_file(require_text_file(config.corpus))) return;  // a pipe: its end is not known
  const auto n_byte = std::filesystem::file_size(config.corpus, error);
  if (error) return;
  if (n_byte == 0) throw file_error(config.corpus + kIsEmpty);
  require_text(config.corpus, why_no_text(std::filesystem::path(config.corpus)));
  if (n_byte < static_cast<std::uintmax_t>(n_least)) throw too_short(config.corpus, n_byte, "bytes", n_least);
}

std::shared_ptr<const Corpus> load_corpus(const DataConfig& config, std::int64_t block_size) {
  auto corpus = std::make_shared<Corpus>(read_corpus(config));
  corpus->tokenizer = std::make_shared<ByteTokenizer>();
  cut(*corpus, corpus->text.size(), config, block_size);
  return corpus;
}

std::shared_ptr<const Corpus> load_corpus(const DataConfig& config, std::int64_t block_size, const CorpusReader& reader,
                                          std::vector<std::string>& warnings) {
  auto corpus = std::make_shared<Corpus>(read_corpus(config));
  corpus->tokenizer = reader.tokenizer;
  corpus->tokenizer_sha256 = reader.sha256;
  const TokenCacheKey key{corpus->sha256, reader.sha256};
  const auto path = token_cache_path(key);
  std::string trouble;
  auto kept = read_token_cache(path, key, trouble);
  if (!trouble.empty()) warnings.push_back(std::move(trouble));
  if (kept) {
    corpus->ids = std::move(*kept);
  } else {
    corpus->ids = reader.tokenizer->encode_long(corpus->text, reader.progress);
    try {
      if (!path.empty()) write_token_cache(path, key, corpus->ids);
    } catch (const Error& error) {
      warnings.emplace_back(error.what());  // only the next run is slower for it
    }
  }
  require_ids(*corpus, reader);
  std::string().swap(corpus->text);
  cut(*corpus, corpus->ids.size(), config, block_size);
  return corpus;
}

}  // namespace variometer
