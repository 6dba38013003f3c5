// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/gguf_tokenizer.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/text/sentencepiece_model.h"

namespace variometer {
namespace {

using Ids = std::vector<std::int32_t>;

GgufTokenizer byte_level() {
  GgufTokenizer parts;
  parts.model = "gpt2";
  parts.pre = "smollm";
  parts.tokens = {"<|endoftext|>",
                  "a",
                  "b",
                  "ab",
                  "\xC4\xA0",
                  "\xC4\xA0"
                  "a",
                  "1"};
  parts.types = {3, 1, 1, 1, 1, 1, 1};
  parts.merges = {"a b", "\xC4\xA0 a"};
  parts.bos = 0;
  parts.eos = 0;
  return parts;
}

std::string refusal(GgufTokenizer parts) {
  try {
    tokenizer_from_gguf(std::move(parts));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::file);
    return error.what();
  }
  return "accepted";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(GgufTokenizer, ByteLevelTokensAreCutAsTheFileNames) {
  const auto tokenizer = tokenizer_from_gguf(byte_level());
  EXPECT_EQ(tokenizer->encode("ab a11", SpecialTokens::keep), (Ids{3, 5, 6, 6}));
  EXPECT_EQ(tokenizer->encode("<|endoftext|>b", SpecialTokens::keep), (Ids{0, 2}));
  EXPECT_EQ(tokenizer->decode(Ids{0, 3, 5}, SpecialTokens::leave_out), "ab a");
  EXPECT_EQ(tokenizer->bos(), 0);
  EXPECT_EQ(tokenizer->encode_for_model("a", Tokenizer::Bos::where_there_is_one), (Ids{0, 1}));
}

TEST(GgufTokenizer, PiecesAreJoinedByTheirScores) {
  GgufTokenizer parts;
  parts.model = "llama";
  parts.tokens = {"<unk>",
                  "<s>",
                  "</s>",
                  "<0x41>",
                  "\xE2\x96\x81",
                  "a",
                  "b",
                  "ab",
                  "\xE2\x96\x81"
                  "ab"};
  parts.types = {2, 3, 3, 6, 1, 1, 1, 1, 1};
  parts.scores = {0, 0, 0, 0, -5, -6, -7, -1, -2};
  parts.bos = 1;
  parts.eos = 2;
  parts.unknown = 0;
  const auto tokenizer = tokenizer_from_gguf(parts);
  EXPECT_EQ(tokenizer->encode("ab", SpecialTokens::keep), (Ids{1, 8}));
  EXPECT_EQ(tokenizer->encode("aAz", SpecialTokens::leave_out), (Ids{4, 5, 3, 0}));
  EXPECT_EQ(tokenizer->decode(Ids{1, 8, 4, 5}, SpecialTokens::leave_out), "ab a");
}

TEST(GgufTokenizer, AsATokenizerJsonSaysTheSame) {
  GgufTokenizer bytes = byte_level();
  bytes.add_bos = true;
  GgufTokenizer pieces;
  pieces.model = "llama";
  pieces.tokens = {"<unk>", "<s>", "</s>", "<0x41>", "\xE2\x96\x81", "a", "b", "ab", "<mask>"};
  pieces.types = {2, 3, 3, 6, 1, 1, 1, 1, 4};
  pieces.scores = {0, 0, 0, 0, -5, -6, -7, -1, 0};
  pieces.bos = 1;
  pieces.eos = 2;
  pieces.unknown = 0;
  GgufTokenizer unigram = pieces;
  unigram.model = "t5";
  for (const auto& parts : {bytes, pieces, unigram}) {
    const auto tokenizer = tokenizer_from_gguf(parts);
    const std::string text = tokenizer_json_text(describe_gguf_tokenizer(parts));
    const HfTokenizer again(parse_tokenizer_json(text), "tokenizer.json");
    EXPECT_EQ(again.vocab_size(), tokenizer->vocab_size());
    for (const char* sample : {"ab a11", "<|endoftext|>b", "aA<mask> abb", "  a", ""}) {
      for (const auto special : {SpecialTokens::keep, SpecialTokens::leave_out}) {
        const auto ids = tokenizer->encode(sample, special);
        EXPECT_EQ(again.encode(sample, special), ids) << parts.model << sample;
        EXPECT_EQ(again.decode(ids, special), tokenizer->decode(ids, special)) << parts.model << sample;
      }
    }
    const auto json = nlohmann::json::parse(text);
    for (const auto& token : json["added_tokens"]) {  // `tokenizers` wants every member there
      for (const char* key : {"id", "content", "single_word", "lstrip", "rstrip", "normalized", "special"}) {
        EXPECT_TRUE(token.contains(key)) << key;
      }
      EXPECT_EQ(again.find(token["content"].get<std::string>()), token["id"].get<std::int32_t>());
    }
  }
}

// Where the file does not say whether BOS is added, the programs it was made for go by the name of the cutting.
TEST(GgufTokenizer, AddsBosWhereTheFileSaysSoElseWhereItsProgramsDo) {
  const auto begins_with_bos = [](const GgufTokenizer& parts) {
    const auto ids = tokenizer_from_gguf(parts)->encode("ab", SpecialTokens::keep);
    return !ids.empty() && ids.front() == *parts.bos;
  };
  for (const auto& [pre, unasked] : {std::pair{"gpt-2", false},
                                     {"smollm", false},
                                     {"qwen2", false},
                                     {"llama-bpe", true},
                                     {"llama3", true},
                                     {"default", false}}) {
    auto parts = byte_level();
    parts.pre = pre;
    parts.bos = 6;
    EXPECT_EQ(begins_with_bos(parts), unasked) << pre;
    for (const bool says : {false, true}) {
      parts.add_bos = says;
      EXPECT_EQ(begins_with_bos(parts), says) << pre;
    }
  }
}

// Converters put the model's bos_token_id into every file, also of tokenizers that have no BOS.
TEST(GgufTokenizer, HasABosWhereTheFolderItWasMadeOfHasOne) {
  auto parts = byte_level();
  parts.bos = 6;
  for (const auto& [pre, has] :
       {std::pair{"gpt-2", true}, {"smollm", true}, {"llama-bpe", true}, {"qwen2", false}, {"falcon", false}}) {
    parts.pre = pre;
    parts.add_bos.reset();
    EXPECT_EQ(tokenizer_from_gguf(parts)->bos().has_value(), has) << pre;
    parts.add_bos = false;
    EXPECT_EQ(tokenizer_from_gguf(parts)->bos().has_value(), has) << pre;
    parts.add_bos = true;
    EXPECT_EQ(tokenizer_from_gguf(parts)->bos(), 6) << pre;
  }
}

TEST(GgufTokenizer, ATextEndsAtEosAndAtWhatEndsATurnOrAMessage) {
  auto parts = byte_level();
  parts.eos = 6;
  EXPECT_EQ(tokenizer_from_gguf(parts)->ends(), (Ids{6}));
  parts.end_of_turn = 5;
  parts.end_of_message = 6;
  EXPECT_EQ(tokenizer_from_gguf(parts)->ends(), (Ids{6, 5}));
  parts.end_of_turn = 7;
  EXPECT_TRUE(contains(refusal(parts), "special token 7 is outside the 7 tokens"));
}

TEST(GgufTokenizer, RefusesWhatDoesNotFitTogether) {
  GgufTokenizer parts = byte_level();
  parts.pre = "unheard-of";
  EXPECT_TRUE(contains(refusal(parts), "not known here"));
  parts = byte_level();
  parts.types.pop_back();
  EXPECT_TRUE(contains(refusal(parts), "different lengths"));
  parts = byte_level();
  parts.bos = 7;
  EXPECT_TRUE(contains(refusal(parts), "special token 7 is outside the 7 tokens"));
  parts = byte_level();
  parts.merges.emplace_back("a zz");
  EXPECT_TRUE(contains(refusal(parts), "\"zz\" is not in the vocabulary"));
  parts = byte_level();
  parts.tokens[1] = "\xFF";
  EXPECT_TRUE(contains(refusal(parts), "not UTF-8"));
  parts = byte_level();
  parts.model = "llama";
  EXPECT_TRUE(contains(refusal(parts), "scores and tokens are lists of different lengths"));
  EXPECT_TRUE(contains(refusal({}), "no tokenizer in it"));
}

TEST(SentencepieceModel, DamagedFilesEndInOneLine) {
  const auto refused = [](const std::string& bytes) {
    try {
      parse_sentencepiece(bytes);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_TRUE(contains(refused(""), "no pieces"));
  EXPECT_TRUE(contains(refused("\x0A\x7F"), "ends within a field"));
  EXPECT_TRUE(contains(refused(std::string(11, '\xFF')), "a number without end"));
  EXPECT_TRUE(contains(refused(std::string("\x0A\x03\x0A\x01\xFF", 5)), "piece 0 is not UTF-8"));
  EXPECT_TRUE(contains(refused(std::string("\x0A\x02\x18\x09", 4)), "of no known kind"));
  const std::string one_piece(
      "\x0A\x03\x0A\x01"
      "a",
      5);
  EXPECT_EQ(refused(one_piece + std::string("\x12\x02\x18\x02", 4)), "accepted");
  EXPECT_TRUE(contains(refused(one_piece + std::string("\x12\x03\xC8\x02\x05", 5)), "special token 5 is no piece"));
}

}  // namespace
}  // namespace variometer
