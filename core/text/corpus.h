// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/config.h"

namespace variometer {

/// A text to train on, held in memory, split once into training and validation parts. Immutable; shared by threads.
struct Corpus {
  std::string name;  ///< path, or "built-in sentences"
  std::string text;  ///< UTF-8
  std::string sha256;
  std::size_t n_train = 0;  ///< bytes before the split

  std::string_view train() const { return std::string_view(text).substr(0, n_train); }
  /// Empty when the last part is shorter than one context.
  std::string_view validation() const { return std::string_view(text).substr(n_train); }
};

/// Reads config.corpus, or generates the built-in sentences where it is empty. Throws Error(file): missing, a folder,
/// unreadable, empty, not text (says the byte), shorter than `block_size`, or not the text config.sha256 names.
std::shared_ptr<const Corpus> load_corpus(const DataConfig& config, std::int64_t block_size);

/// What load_corpus would refuse without reading the text: missing, a folder, empty, shorter than `block_size`. Takes
/// no time. Throws Error(file).
void check_corpus(const DataConfig& config, std::int64_t block_size);

/// The same cuts and checks for a text already at hand.
std::shared_ptr<const Corpus> make_corpus(std::string name, std::string text, const DataConfig& config,
                                          std::int64_t block_size);

}  // namespace variometer
