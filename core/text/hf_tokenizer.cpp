// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/hf_tokenizer.h"

#include <algorithm>
#include <utility>

#include "core/base/error.h"
#include "core/text/token_scratch.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

using nlohmann::json;

constexpr std::size_t kLongestText = 1U << 30U;  // places within a text are 32-bit numbers

json part_of(const TokenizerJson& description, const char* key) {
  const json* found = json_find(description.rest, key);
  return found == nullptr ? json(nullptr) : *found;
}

}  // namespace

HfTokenizer::HfTokenizer(TokenizerJson description, std::string source)
    : source_(std::move(source)),
      model_(make_token_model(description)),
      normalizer_(part_of(description, "normalizer")),
      pre_tokenizer_(part_of(description, "pre_tokenizer")),
      post_processor_(part_of(description, "post_processor")),
      decoder_(part_of(description, "decoder")) {
  warnings_ = added_.add(part_of(description, "added_tokens"), *model_, normalizer_);
}

std::int64_t HfTokenizer::vocab_size() const {
  return std::max<std::int64_t>(model_->vocabulary().largest_id(), added_.largest_id()) + 1;
}

std::optional<std::int32_t> HfTokenizer::find(std::string_view token) const {
  std::int32_t id = added_.id_of(token);
  if (id < 0) id = model_->vocabulary().find(token);
  return id < 0 ? std::nullopt : std::optional(id);
}

void HfTokenizer::set_bos_eos(std::optional<std::int32_t> bos, std::optional<std::int32_t> eos,
                              std::vector<std::int32_t> ends) {
  bos_ = bos;
  eos_ = eos;
  ends_ = std::move(ends);
  if (ends_.empty() && eos) ends_ = {*eos};
}

std::vector<std::int32_t> ends_of(const Tokenizer& tokenizer) {
  const auto* known = dynamic_cast<const HfTokenizer*>(&tokenizer);
  return known == nullptr ? std::vector<std::int32_t>() : known->ends();
}

void HfTokenizer::encode_part(std::string_view text, bool at_start, TokenScratch& scratch,
                              std::vector<std::int32_t>& ids) const {
  NormalizedText normalized;
  normalized.at_start = at_start;
  std::string_view view = text;
  if (!normalizer_.empty()) {
    normalized.text = text;
    normalizer_.apply(normalized);
    view = normalized.text;
  }
  for (const auto& part : added_.find(view, /*normalized=*/true)) {
    if (part.id >= 0) {
      ids.push_back(part.id);
      continue;
    }
    const TextPiece piece{part.text, normalized.at_start && part.text.data() == view.data()};
    pre_tokenizer_.cut(piece, [&](const TextPiece& cut) {
      model_->encode(cut.text, scratch, ids);
      scratch.advance(cut.text.size());
    });
  }
}

std::vector<std::int32_t> HfTokenizer::encode(std::string_view text, SpecialTokens special) const {
  auto ids = encode_text(text, {});
  return special == SpecialTokens::keep ? post_processor_.apply(std::move(ids)) : ids;
}

std::vector<std::int32_t> HfTokenizer::encode_long(std::string_view text, const EncodeProgress& progress) const {
  return encode_text(text, progress);
}

std::vector<std::int32_t> HfTokenizer::encode_text(std::string_view text, const EncodeProgress& progress) const {
  std::string repaired;
  if (first_malformed(text) != std::string_view::npos) {
    repaired = printable_utf8(text);
    text = repaired;
  }
  if (text.size() > kLongestText) throw file_error("a text of over a gigabyte cannot be tokenized in one piece");
  TokenScratch scratch(text.size());
  scratch.progress = progress ? &progress : nullptr;
  std::vector<std::int32_t> ids;
  ids.reserve(text.size() / 4);
  for (const auto& part : added_.find(text, /*normalized=*/false)) {
    if (part.id >= 0) {
      ids.push_back(part.id);
    } else if (!part.text.empty()) {
      encode_part(part.text, part.text.data() == text.data(), scratch, ids);
    }
  }
  return ids;
}

const std::string* HfTokenizer::token(std::int32_t id) const {
  const std::string* text = added_.text_of(id);
  return text != nullptr ? text : model_->vocabulary().token(id);
}

std::string HfTokenizer::decode(std::span<const std::int32_t> ids, SpecialTokens special) const {
  std::vector<std::string> tokens;
  tokens.reserve(ids.size());
  for (const auto id : ids) {
    const std::string* text = token(id);
    if (text == nullptr || (special == SpecialTokens::leave_out && added_.is_special(*text))) continue;
    tokens.push_back(*text);
  }
  return decoder_.decode(std::move(tokens));
}

std::string HfTokenizer::token_text(std::int32_t id) const {
  if (token(id) == nullptr) return "<" + std::to_string(id) + ">";
  return decode(std::span(&id, 1), SpecialTokens::keep);
}

}  // namespace variometer
