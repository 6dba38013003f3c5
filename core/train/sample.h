// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/model/decoder.h"
#include "core/text/random.h"
#include "core/text/tokenizer.h"

namespace variometer {

/// How text is drawn. temperature 0: always the likeliest token; top_k 0: from all.
struct SampleOptions {
  std::int64_t n_token = 120;
  double temperature = 0.8;
  std::int64_t top_k = 0;
};

/// Ids a model writes after `ids` (at least one), drawn from the first `n_choice` of its vocabulary. `keeps_first`: the
/// first id (BOS) stands before the window also when the context slides. Draws from `random` only, so that the same
/// state gives the same ids on every machine with the same logits. `on_token`, where given, hears of every id as it is
/// drawn; false ends there. Throws Error(run) where the logits are not finite: such a model writes nothing.
std::vector<std::int32_t> sample_ids(Decoder& decoder, std::vector<std::int32_t> ids, bool keeps_first,
                                     std::int64_t n_choice, const SampleOptions& options, Random& random,
                                     const std::function<bool(std::int32_t)>& on_token = {});

/// How a model that reads with `tokenizer` goes on from `prompt`.
struct SampleStart {
  std::vector<std::int32_t> ids;    ///< at least one: BOS where there is one, the prompt; without both, EOS
  bool keeps_first = false;         ///< the first is BOS
  std::int64_t n_choice = 0;        ///< ids that may be drawn: a model of bytes never writes BOS
  std::vector<std::int32_t> ends;   ///< the text ends where one of these is drawn
  bool ends_with(std::int32_t id) const { return std::find(ends.begin(), ends.end(), id) != ends.end(); }
};

/// Throws Error(usage): nothing to begin with; Error(file): an id of the prompt is outside the vocabulary.
SampleStart sample_start(const Tokenizer& tokenizer, const std::string& prompt, std::int64_t vocab_size);

/// The text a model writes after `prompt`, without the prompt and the token that ends it. Throws as sample_start and
/// sample_ids; `on_token` as there.
std::string sample_text(Decoder& decoder, const Tokenizer& tokenizer, const std::string& prompt,
                        const SampleOptions& options, Random& random,
                        const std::function<bool(std::int32_t)>& on_token = {});

}  // namespace variometer
