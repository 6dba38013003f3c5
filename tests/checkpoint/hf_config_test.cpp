// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/hf_config.h"

#include <gtest/gtest.h>

#include "core/base/error.h"
#include "core/checkpoint/byte_tokenizer_files.h"
#include "core/checkpoint/json_file.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

using nlohmann::json;

TEST(HfConfig, AbsentKeysMeanWhatHuggingFacesClassesMean) {
  const auto llama = model_config_from_hf({{"model_type", "llama"}}, "config.json");
  EXPECT_EQ(llama.n_embd, 4096);
  EXPECT_EQ(llama.n_inner, 11008);
  EXPECT_EQ(llama.n_layer, 32);
  EXPECT_EQ(llama.n_head, 32);
  EXPECT_EQ(llama.n_kv_head, 32);
  EXPECT_EQ(llama.head_dim, 128);
  EXPECT_EQ(llama.block_size, 2048);
  EXPECT_EQ(llama.vocab_size, 32000);
  EXPECT_EQ(llama.norm_eps, 1e-6);
  EXPECT_EQ(llama.rope_theta, 10000.0);
  EXPECT_FALSE(llama.tie_embeddings);
  const auto gpt2 = model_config_from_hf({{"model_type", "gpt2"}, {"n_inner", nullptr}}, "config.json");
  EXPECT_EQ(gpt2.n_embd, 768);
  EXPECT_EQ(gpt2.n_inner, 3072);
  EXPECT_EQ(gpt2.block_size, 1024);
  EXPECT_EQ(gpt2.norm_eps, 1e-5);
  EXPECT_TRUE(gpt2.tie_embeddings);
}

TEST(HfConfig, ReadsBothSpellingsOfRotaryPositions) {
  EXPECT_EQ(model_config_from_hf({{"model_type", "llama"}, {"rope_theta", 5e5}}, "c").rope_theta, 5e5);
  EXPECT_EQ(model_config_from_hf(
                {{"model_type", "llama"}, {"rope_parameters", {{"rope_type", "default"}, {"rope_theta", 2e4}}}}, "c")
                .rope_theta,
            2e4);
}

TEST(HfConfig, ReadsTheOldNamesOfGpt2) {
  const auto m = model_config_from_hf(
      {{"model_type", "gpt2"}, {"hidden_size", 48}, {"num_attention_heads", 4}, {"n_ctx", 64}}, "c");
  EXPECT_EQ(m.n_embd, 48);
  EXPECT_EQ(m.block_size, 64);
}

TEST(HfConfig, RefusesWhatItWouldComputeWrongly) {
  const std::vector<std::pair<json, std::string>> cases{
      {{{"model_type", "mamba"}}, "model_type 'mamba'"},
      {json::object(), "no model_type"},
      {{{"model_type", "llama"}, {"attention_bias", 1}}, "attention_bias = 1"},
      {{{"model_type", "llama"}, {"hidden_act", "mish"}}, "hidden_act"},
      {{{"model_type", "llama"}, {"rope_scaling", {{"type", "spiral"}, {"factor", 2.0}}}}, "rope_scaling"},
      {{{"model_type", "llama"}, {"rope_scaling", {{"type", "linear"}, {"factor", -2.0}}}}, "rope_scaling"},
      {{{"model_type", "phi3"}, {"rope_scaling", {{"type", "longrope"}}}}, "long_factor"},
      {{{"model_type", "llama"}, {"rope_parameters", {{"rope_type", 3}}}}, "rope_type"},
      {{{"model_type", "llama"}, {"quantization_config", {{"bits", 4}}}}, "quantization_config"},
      {{{"model_type", "gemma3_text"}, {"use_bidirectional_attention", true}}, "use_bidirectional_attention"},
      {{{"model_type", "gemma2"}, {"layer_types", {"full_attention"}}}, "layer_types"},
      {{{"model_type", "falcon"}, {"num_attention_heads", 70}}, "n_head"},
      {{{"model_type", "gpt_neox"}, {"rotary_pct", 1.5}}, "partial_rotary_factor"},
      {{{"model_type", "llama"}, {"hidden_size", "big"}}, "hidden_size"},
      {{{"model_type", "llama"}, {"hidden_size", 0}}, "n_embd"},
      {{{"model_type", "llama"}, {"hidden_size", -8}}, "n_embd"},
      {{{"model_type", "llama"}, {"num_key_value_heads", 5}}, "n_kv_head"},
      {{{"model_type", "llama"}, {"vocab_size", 1e18}}, "vocab_size"},
      {{{"model_type", "llama"}, {"num_hidden_layers", 9223372036854775807LL}}, "n_layer"},
      {{{"model_type", "gpt2"}, {"activation_function", "relu6"}}, "activation_function"},
      {{{"model_type", "gpt2"}, {"add_cross_attention", true}}, "add_cross_attention"},
      {{{"model_type", 7}}, "model_type"}};
  for (const auto& [config, part] : cases) {
    try {
      model_config_from_hf(config, "config.json");
      ADD_FAILURE() << config << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::file);
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
  }
}

TEST(HfConfig, OursComesBackAsItWent) {
  for (const char* family : {"llama", "gpt2", "mistral", "qwen2", "qwen3", "phi3", "phi", "gpt_neox", "opt", "falcon",
                             "olmo", "olmo2", "gemma", "gemma2", "gemma3_text"}) {
    RunConfig config;
    config.model.family = family;
    config.model.n_kv_head = std::string(family) == "llama" ? 1 : 0;
    config.model.tie_embeddings = std::string(family) == "gpt2";
    config = resolved(config);
    EXPECT_EQ(model_config_from_hf(hf_config_from_model(config.model), "config.json"), config.model) << family;
  }
}

TEST(HfNames, StripsThePrefixesThatComeAndGo) {
  EXPECT_EQ(without_hf_prefix("transformer.h.0.ln_1.weight"), "h.0.ln_1.weight");
  EXPECT_EQ(without_hf_prefix("h.0.ln_1.weight"), "h.0.ln_1.weight");
  EXPECT_EQ(without_hf_prefix("model.language_model.norm.weight"), "norm.weight");
  EXPECT_EQ(without_hf_prefix("lm_head.weight"), "lm_head.weight");
  EXPECT_TRUE(is_ignored_hf_tensor("h.0.attn.bias", 4));
  EXPECT_FALSE(is_ignored_hf_tensor("h.0.attn.c_attn.bias", 1));
}

TEST(JsonFile, RefusesNestingThatOnlyAnAttackerWouldWrite) {
  const test::TemporaryFolder folder;
  write_text_file(folder / "deep.json", R"({"a":)" + std::string(200, '[') + std::string(200, ']') + "}");
  EXPECT_THROW(read_json_file(folder / "deep.json"), Error);
  EXPECT_THROW(read_json_file(folder / "none.json"), Error);
  EXPECT_THROW(read_json_file(folder.path()), Error);
}

TEST(ByteTokenizer, HasEveryByteOnceAndKnowsItselfAgain) {
  const auto tokenizer = byte_tokenizer_json();
  const auto& vocabulary = tokenizer["model"]["vocab"];
  ASSERT_EQ(vocabulary.size(), 256u);
  EXPECT_EQ(vocabulary["A"], 65);
  EXPECT_EQ(vocabulary["\u0120"], 32);  // a space, as GPT-2 writes it
  EXPECT_EQ(vocabulary["\u010a"], 10);
  const test::TemporaryFolder folder;
  write_byte_tokenizer(folder.path(), 32);
  EXPECT_TRUE(has_byte_tokenizer(folder.path(), 257));
  write_text_file(folder / "tokenizer.json", "{}");
  EXPECT_FALSE(has_byte_tokenizer(folder.path(), 257));
}

}  // namespace
}  // namespace variometer
