// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/config.h"
#include "core/text/token_span.h"
#include "core/text/tokenizer.h"

namespace variometer {

/// A text to train on, held in memory as the tokens a model reads, split once into training and validation parts.
/// Immutable; shared by threads.
struct Corpus {
  std::string name;  ///< path, or "built-in sentences"
  std::string sha256;
  TokenizerPtr tokenizer;        ///< what reads it
  std::string tokenizer_sha256;  ///< empty: bytes
  std::string text;              ///< UTF-8; empty where `ids` stand for it
  std::vector<std::int32_t> ids;
  std::size_t n_train = 0;  ///< tokens before the split

  TokenSpan train() const {
    return ids.empty() ? TokenSpan(std::string_view(text).substr(0, n_train))
                       : TokenSpan(std::span(ids).first(n_train));
  }
  /// Empty when the last part is shorter than one context.
  TokenSpan validation() const {
    return ids.empty() ? TokenSpan(std::string_view(text).substr(n_train)) : TokenSpan(std::span(ids).subspan(n_train));
  }
};

/// What reads a text in place of bytes.
struct CorpusReader {
  TokenizerPtr tokenizer;
  std::string sha256;           ///< names it, in the cache too
  std::int64_t vocab_size = 0;  ///< of the model: ids must lie below
  /// Told how far the reading is, on the calling thread; may throw to stop.
  EncodeProgress progress;
};

/// Reads config.corpus, or generates the built-in sentences where it is empty, byte by byte. Throws Error(file):
/// missing, a folder, unreadable, empty, not text (says the byte), shorter than `block_size`, or not the text
/// config.sha256 names.
std::shared_ptr<const Corpus> load_corpus(const DataConfig& config, std::int64_t block_size);

/// The same with a tokenizer, or with its ids kept from last time (token_cache.h). Text is tokenized whole and then
/// split. Throws Error(file) as above, lengths in tokens, and for an id the model's vocabulary does not have. Adds to
/// `warnings`: a kept file that could not be used or written.
std::shared_ptr<const Corpus> load_corpus(const DataConfig& config, std::int64_t block_size, const CorpusReader& reader,
                                          std::vector<std::string>& warnings);

/// What load_corpus would refuse without reading the text: missing, a folder, empty, shorter than `n_least` bytes.
/// Takes no time. Throws Error(file).
void check_corpus(const DataConfig& config, std::int64_t n_least);

}  // namespace variometer
