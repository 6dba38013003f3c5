// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/batcher.h"

#include "core/base/error.h"
#include "core/text/byte_tokenizer.h"

namespace variometer {

Batcher::Batcher(std::string_view text, std::int64_t n_sequence, std::int64_t n_token, std::uint64_t seed)
    : text_(text), n_sequence_(n_sequence), n_token_(n_token), random_(seed) {
  if (text_.size() < static_cast<std::size_t>(n_token)) {
    throw file_error("the text is shorter than one context of " + std::to_string(n_token) + " tokens");
  }
}

Batch Batcher::next() {
  Batch batch{n_sequence_, n_token_, {}, {}};
  const auto n = static_cast<std::size_t>(n_sequence_ * n_token_);
  batch.ids.reserve(n);
  batch.targets.reserve(n);
  const auto n_token = static_cast<std::size_t>(n_token_);
  for (std::int64_t b = 0; b < n_sequence_; ++b) {
    const std::string_view window = text_.substr(random_.below(text_.size() - n_token + 1), n_token);
    batch.ids.push_back(kBosToken);
    for (const char c : window) {
      batch.ids.push_back(static_cast<unsigned char>(c));
      batch.targets.push_back(static_cast<unsigned char>(c));
    }
    batch.ids.pop_back();
  }
  return batch;
}

}  // namespace variometer
