// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/generate.h"

#include <utility>

#include "core/analysis/model_tokenizer.h"
#include "core/analysis/open_model.h"
#include "core/base/error.h"
#include "core/base/utf8.h"
#include "core/text/random.h"
#include "core/train/sample.h"

namespace variometer {
namespace {

/// What a tokenizer makes of ids that come one by one: text is handed on when its last character is whole.
class TextStream {
 public:
  explicit TextStream(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  /// What can be shown after one more id.
  std::string add(std::int32_t id) {
    ids_.push_back(id);
    constexpr std::size_t kMostHeld = 16;  // no character takes more tokens: what is malformed now stays so
    const auto text = tokenizer_.decode(ids_, SpecialTokens::leave_out);
    if (text.ends_with("\xEF\xBF\xBD") && ids_.size() - n_whole_ < kMostHeld) return {};
    return take(text);
  }
  std::string flush() { return take(tokenizer_.decode(ids_, SpecialTokens::leave_out)); }

 private:
  std::string take(const std::string& text) {
    std::string fresh = text.size() > shown_ ? text.substr(shown_) : "";
    shown_ = text.size();
    n_whole_ = ids_.size();
    // Decoding all again for every token would be slow in long texts; what lies far behind changes nothing any more.
    constexpr std::size_t kMostKept = 64, kKept = 16;
    if (ids_.size() > kMostKept) {
      ids_.erase(ids_.begin(), ids_.end() - kKept);
      n_whole_ = ids_.size();
      shown_ = tokenizer_.decode(ids_, SpecialTokens::leave_out).size();
    }
    return fresh;
  }

  const Tokenizer& tokenizer_;
  std::vector<std::int32_t> ids_;
  std::size_t n_whole_ = 0, shown_ = 0;
};

}  // namespace

std::vector<std::string> generate(const GenerateOptions& options,
                                  const std::function<bool(const std::string&)>& piece) {
  if (options.n_token < 1) throw usage_error("--tokens must be at least 1");
  if (!(options.temperature >= 0)) throw usage_error("--temperature must not be negative");
  if (options.top_k < 0) throw usage_error("--top-k must not be negative (0: all)");
  auto model = open_model(options.model, {.device = options.device, .threads = options.threads, .many_passes = true});
  const Tokenizer* tokenizer = model.tokenizer.get();
  if (tokenizer == nullptr) throw file_error(options.model.string() + ": it has no tokenizer that can be used");
  auto start = sample_start(*tokenizer, options.prompt, model.decoder.config().vocab_size);
  for (auto& warning : text_warnings(*tokenizer, options.prompt, start.ids, Tokenizer::Bos::where_there_is_one)) {
    model.warnings.push_back(std::move(warning));
  }
  Random random(options.seed);
  TextStream stream(*tokenizer);
  bool stopped = false;
  sample_ids(model.decoder, std::move(start.ids), start.keeps_first, start.n_choice,
             {.n_token = options.n_token, .temperature = options.temperature, .top_k = options.top_k}, random,
             [&](std::int32_t token) {
               if (start.ends_with(token)) return false;
               const auto text = stream.add(token);
               stopped = !text.empty() && !piece(text);
               return !stopped;
             });
  if (const auto rest = stream.flush(); !stopped && !rest.empty()) piece(rest);
  return model.warnings;
}

}  // namespace variometer
