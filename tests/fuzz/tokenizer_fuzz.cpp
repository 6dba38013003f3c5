// SPDX-License-Identifier: GPL-3.0-or-later
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/text/tokenizer_files.h"

// A tokenizer.json that is accepted also encodes and decodes: plain words, hostile bytes, and a piece of itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using variometer::SpecialTokens;
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  try {
    const auto tokenizer = variometer::tokenizer_from_json(json);
    const auto tail = json.substr(size - size / 8);
    for (const auto text : {std::string_view("Summer is warm.  Winter\n\tis cold."),
                            std::string_view("\xff\xc3\x28 \xf0\x9f\x98\x80 e\xcc\x81 <s></s>"), tail}) {
      for (const auto special : {SpecialTokens::keep, SpecialTokens::leave_out}) {
        try {
          const auto ids = tokenizer->encode(text, special);
          tokenizer->decode(ids, special);
          tokenizer->token_texts(ids);
        } catch (const variometer::Error&) {
        }
      }
    }
    tokenizer->token_text(-1);
    tokenizer->token_text(tokenizer->vocab_size() == 0 ? 0 : static_cast<std::int32_t>(tokenizer->vocab_size() - 1));
  } catch (const variometer::Error&) {
  }
  return 0;
}
