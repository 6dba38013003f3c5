// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/model/decoder.h"
#include "core/text/random.h"

namespace variometer {

/// How text is drawn. temperature 0: always the likeliest token; top_k 0: from all.
struct SampleOptions {
  std::int64_t n_token = 120;
  double temperature = 0.8;
  std::int64_t top_k = 0;
};

/// Text a byte model writes after `prompt` (BOS comes first, also when the context slides), without the prompt. Draws
/// from `random` only, so that the same state gives the same text on every machine with the same logits. `on_token`, where
/// given, hears of every token as it is drawn; false ends the text there.
std::string sample_text(Decoder& decoder, const std::string& prompt, const SampleOptions& options, Random& random,
                        const std::function<bool(std::int32_t)>& on_token = {});

}  // namespace variometer
