// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/generate.h"

#include "core/analysis/open_model.h"
#include "core/base/error.h"
#include "core/text/random.h"
#include "core/text/byte_tokenizer.h"
#include "core/text/utf8.h"
#include "core/train/sample.h"

namespace variometer {
namespace {

/// Collects bytes until they are whole characters.
class Utf8Stream {
 public:
  /// What can be shown after one more byte.
  std::string add(char byte) {
    held_.push_back(byte);
    if (wanted() > held_.size()) return {};
    return flush();
  }
  std::string flush() {
    std::string text = printable_utf8(held_);
    held_.clear();
    return text;
  }

 private:
  std::size_t wanted() const {
    const auto first = static_cast<unsigned char>(held_.front());
    // A byte that cannot continue what is held ends it, malformed as it is.
    for (std::size_t i = 1; i < held_.size(); ++i) {
      if ((static_cast<unsigned char>(held_[i]) & 0xC0) != 0x80) return 0;
    }
    return first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1;
  }
  std::string held_;
};

}  // namespace

std::vector<std::string> generate(const GenerateOptions& options,
                                  const std::function<bool(const std::string&)>& piece) {
  if (options.n_token < 1) throw usage_error("--tokens must be at least 1");
  if (!(options.temperature >= 0)) throw usage_error("--temperature must not be negative");
  if (options.top_k < 0) throw usage_error("--top-k must not be negative (0: all)");
  auto model = open_model(options.model, options.device, "", options.threads);
  if (!model.byte_tokenizer) {
    throw file_error(options.model.string() + ": its tokenizer is not supported yet; models made here use bytes");
  }
  Random random(options.seed);
  Utf8Stream stream;
  bool stopped = false;
  sample_text(model.decoder, options.prompt,
              {.n_token = options.n_token, .temperature = options.temperature, .top_k = options.top_k}, random,
              [&](std::int32_t token) {
                const auto text = token < 256 ? stream.add(static_cast<char>(token)) : stream.flush();
                stopped = !text.empty() && !piece(text);
                return !stopped;
              });
  if (const auto rest = stream.flush(); !stopped && !rest.empty()) piece(rest);
  return model.warnings;
}

}  // namespace variometer
