// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/batcher.h"

#include "core/base/error.h"
#include "core/text/byte_tokenizer.h"

namespace variometer {

Batcher::Batcher(TokenSpan text, std::optional<std::int32_t> bos, std::int64_t n_sequence, std::int64_t n_token,
                 std::uint64_t seed)
    : text_(text), bos_(bos), n_sequence_(n_sequence), n_token_(n_token), random_(seed) {
  if (text_.size() < tokens_in_window(n_token, bos.has_value())) {
    throw file_error("the text is shorter than one context of " + std::to_string(n_token) + " tokens");
  }
}

Batcher::Batcher(std::string_view text, std::int64_t n_sequence, std::int64_t n_token, std::uint64_t seed)
    : Batcher(TokenSpan(text), kBosToken, n_sequence, n_token, seed) {}

Batch Batcher::next() {
  Batch batch{n_sequence_, n_token_, {}, {}};
  const auto n = static_cast<std::size_t>(n_sequence_ * n_token_);
  batch.ids.reserve(n);
  batch.targets.reserve(n);
  const auto n_token = static_cast<std::size_t>(n_token_);
  const std::size_t n_window = tokens_in_window(n_token_, bos_.has_value());
  for (std::int64_t b = 0; b < n_sequence_; ++b) {
    const auto first = static_cast<std::size_t>(random_.below(text_.size() - n_window + 1));
    const std::size_t n_before = n_window - n_token;  // the token that stands where BOS would
    batch.ids.push_back(bos_ ? *bos_ : text_[first]);
    for (std::size_t t = 0; t < n_token; ++t) {
      const std::int64_t token = text_[first + n_before + t];
      batch.targets.push_back(token);
      if (t + 1 < n_token) batch.ids.push_back(token);
    }
  }
  return batch;
}

}  // namespace variometer
