// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace variometer {

/// Special tokens: those a post-processor adds to a text, and those that decoding would show.
enum class SpecialTokens { leave_out, keep };

/// Told now and then how much of a long text is tokenized, from 0 to 1; may throw to stop.
using EncodeProgress = std::function<void(double share)>;

/// Text to token ids and back. Immutable; all members may be called from any thread at once.
class Tokenizer {
 public:
  Tokenizer() = default;
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;
  virtual ~Tokenizer() = default;

  /// What it is: "bytes", "BPE (tokenizer.json)".
  virtual std::string kind() const = 0;
  /// Largest id + 1: what a model's vocabulary must hold.
  virtual std::int64_t vocab_size() const = 0;

  /// The ids of `text`; malformed UTF-8 in it counts as U+FFFD. Throws Error(file) where the tokenizer cannot take it.
  virtual std::vector<std::int32_t> encode(std::string_view text, SpecialTokens special) const = 0;
  /// The same without special tokens, for a text that takes its time.
  virtual std::vector<std::int32_t> encode_long(std::string_view text, const EncodeProgress& /*progress*/) const {
    return encode(text, SpecialTokens::leave_out);
  }
  /// The text of `ids`, well-formed UTF-8, without clean-up of spaces. Unknown ids are left out.
  virtual std::string decode(std::span<const std::int32_t> ids, SpecialTokens special) const = 0;

  /// What one token says by itself, for people: its decoded piece; "<17>" for an id that names no token.
  virtual std::string token_text(std::int32_t id) const = 0;
  std::vector<std::string> token_texts(std::span<const std::int32_t> ids) const {
    std::vector<std::string> texts;
    texts.reserve(ids.size());
    for (const auto id : ids) texts.push_back(token_text(id));
    return texts;
  }

  /// The tokens for beginning and end of a text, where the model's files name any.
  std::optional<std::int32_t> bos() const { return bos_; }
  std::optional<std::int32_t> eos() const { return eos_; }

  /// The ids of `text` for a model: BOS in front where wanted and there is one; where there is none, EOS stands in if
  /// that was asked for (the papers' rule).
  enum class Bos { none, where_there_is_one, always };
  std::vector<std::int32_t> encode_for_model(std::string_view text, Bos rule) const {
    auto ids = encode(text, SpecialTokens::leave_out);
    const auto first = bos_ || rule != Bos::always ? bos_ : eos_;
    if (rule != Bos::none && first) ids.insert(ids.begin(), *first);
    return ids;
  }

 protected:
  std::optional<std::int32_t> bos_, eos_;
};

using TokenizerPtr = std::shared_ptr<const Tokenizer>;

}  // namespace variometer
