// SPDX-License-Identifier: GPL-3.0-or-later
// Files and folders as they are found in the wild: what opens, and what the one line says of the rest.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/base/python_json.h"
#include "core/checkpoint/gguf_model.h"
#include "core/checkpoint/hf_config.h"
#include "core/checkpoint/json_file.h"
#include "core/checkpoint/model_shard.h"
#include "core/checkpoint/safetensors.h"
#include "core/model/family.h"
#include "core/text/bos_eos.h"
#include "core/text/tokenizer_files.h"
#include "tests/checkpoint/gguf_bytes.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::GgufBytes;
using test::TemporaryFolder;

const fs::path kData = VARIOMETER_TEST_DATA;

template <class Act>
std::string refusal(Act act) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::file);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return error.what();
  }
  return "nothing was refused";
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(ForeignFile, AGitLfsPointerIsSaidToBeOneWhateverItStandsFor) {
  const TemporaryFolder folder;
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:" + std::string(64, '0') + "\nsize 123456\n";
  for (const char* name : {"model.safetensors", "m.gguf", "config.json", "tokenizer.json", "tokenizer.model"}) {
    write_text_file(folder / name, pointer);
  }
  EXPECT_TRUE(contains(refusal([&] { TensorStore(folder / "model.safetensors"); }), "Git LFS pointer"));
  EXPECT_TRUE(contains(refusal([&] { TensorStore(folder / "m.gguf"); }), "Git LFS pointer"));
  EXPECT_TRUE(contains(refusal([&] { read_hf_config(folder.path()); }), "config.json: a Git LFS pointer"));
  EXPECT_TRUE(contains(refusal([&] { load_tokenizer(folder / "tokenizer.json"); }), "Git LFS pointer"));
  EXPECT_TRUE(contains(refusal([&] { load_tokenizer(folder / "tokenizer.model"); }), "Git LFS pointer"));
}

TEST(ForeignFile, AFolderOfOneGgufFileIsThatModelAlsoBesideAConfig) {
  const TemporaryFolder folder;
  fs::copy_file(kData / "gguf" / "qwen2.gguf", folder / "model-f32.gguf");
  EXPECT_EQ(find_gguf(folder.path()), folder / "model-f32.gguf");
  write_text_file(folder / "config.json", R"({"model_type": "qwen2", "num_hidden_layers": 99})");
  EXPECT_EQ(find_gguf(folder.path()), folder / "model-f32.gguf");
  EXPECT_EQ(read_hf_config(folder.path()), read_hf_config(kData / "gguf" / "qwen2.gguf"));
  EXPECT_GT(TensorStore(folder.path()).items().size(), 0U);
  fs::copy_file(kData / "gguf" / "gpt2.gguf", folder / "other.gguf");
  const auto what = refusal([&] { read_hf_config(folder.path()); });
  EXPECT_TRUE(contains(what, "model-f32.gguf, other.gguf")) << what;
  // With the weights transformers would take, the folder is what it says it is.
  fs::copy_file(kData / "models" / "qwen2" / "model.safetensors", folder / "model.safetensors");
  EXPECT_EQ(find_gguf(folder.path()), fs::path());
}

TEST(ForeignFile, ALaterPartOfASplitGgufIsSaidToBeOne) {
  const TemporaryFolder folder;
  GgufBytes part;
  part.add("split.no", 2, GgufBytes::number<std::uint16_t>(1))
      .add("split.count", 2, GgufBytes::number<std::uint16_t>(3));
  part.add_tensor("blk.1.attn_q.weight", {32}, 0, std::string(128, '\0'));
  part.write(folder / "m-00002-of-00003.gguf");
  const auto what = refusal([&] { read_hf_config(folder / "m-00002-of-00003.gguf"); });
  EXPECT_TRUE(contains(what, "part 2 of 3 parts of a split model")) << what;
}

TEST(ForeignFile, AShardIsSaidToBeOneAndItsFolderNamed) {
  const auto folder = kData / "models" / "llama-sharded";
  std::size_t n_shard = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (!entry.path().filename().string().starts_with("model-0")) continue;
    ++n_shard;
    const auto what = refusal([&] { refuse_shard(entry.path()); });
    EXPECT_TRUE(contains(what, "give the folder, " + folder.string())) << what;
  }
  EXPECT_GT(n_shard, 1U);
  refuse_shard(kData / "models" / "llama2" / "model.safetensors");
}

TEST(PythonJson, KnowsTheNumbersPythonWritesAndWritesThemBack) {
  const std::string text = R"({"a": Infinity, "b": [-Infinity, NaN, 1.5], "c": "NaN \" Infinity", "d": {"e": -0.0}})";
  const auto read = parse_python_json(text, 8);
  EXPECT_EQ(read["a"].get<double>(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(read["b"][0].get<double>(), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(read["b"][1].get<double>()));
  EXPECT_EQ(read["c"], "NaN \" Infinity");
  EXPECT_EQ(python_json_text(read), R"({"a":Infinity,"b":[-Infinity,NaN,1.5],"c":"NaN \" Infinity","d":{"e":-0.0}})");
  EXPECT_EQ(python_json_text(json{{"x", "gr\u00fcn"}}), R"({"x":"gr\u00fcn"})");
  for (const char* bad : {"{\"a\": Infinit}", "NaNNaN", "{\"a\": nan}", "[1,]", "{\"a\" 1}", "", "{\"a\": \"b"}) {
    EXPECT_TRUE(contains(refusal([&] { parse_python_json(bad, 8); }), "not JSON")) << bad;
  }
  EXPECT_TRUE(contains(refusal([] { parse_python_json("[[[[[1]]]]]", 4); }), "nested too deeply"));
}

TEST(PythonJson, IsWhatConfigsAreReadAndSavedAs) {
  const TemporaryFolder folder;
  auto config = read_json_file(kData / "models" / "llama2" / "config.json");
  config["note"] = std::numeric_limits<double>::infinity();
  config["others"] = {std::numeric_limits<double>::quiet_NaN(), 1};
  write_text_file(folder / "config.json", python_json_text(config, 1));
  const auto model = read_hf_config(folder.path());
  const auto saved = hf_config_from_model(model);
  EXPECT_EQ(saved["note"].get<double>(), std::numeric_limits<double>::infinity());
  EXPECT_TRUE(contains(python_json_text(saved, 2), "\"note\": Infinity"));
  EXPECT_TRUE(std::isnan(saved["others"][0].get<double>()));
  config["rms_norm_eps"] = std::numeric_limits<double>::infinity();  // one that counts is no number to compute with
  EXPECT_TRUE(contains(refusal([&] { model_config_from_hf(config, "config.json"); }), "norm_eps"));
  write_text_file(folder / "tokenizer_config.json", R"({"model_max_length": Infinity, "bos_token": "<s>"})");
  EXPECT_EQ(read_tokenizer_config(folder.path()).special_token("bos_token"), "<s>");
}

/// A LLaMA of no weights to speak of, with rotary keys.
RopeOptions rope_of_gguf(GgufBytes& bytes) {
  const TemporaryFolder folder;
  bytes.add_text("general.architecture", "llama")
      .add_u32("llama.block_count", 1)
      .add_u32("llama.context_length", 64)
      .add_u32("llama.embedding_length", 64)
      .add_u32("llama.attention.head_count", 4)
      .add_f32("llama.attention.layer_norm_rms_epsilon", 1e-5F)
      .add_f32("llama.rope.freq_base", 10000.0F);
  const auto zeros = [](std::size_t n) { return std::string(4 * n, '\0'); };
  bytes.add_tensor("token_embd.weight", {64, 32}, 0, zeros(64 * 32))
      .add_tensor("blk.0.ffn_up.weight", {64, 32}, 0, zeros(64 * 32));
  bytes.write(folder / "m.gguf");
  return family_options(read_hf_config(folder / "m.gguf")).rope;
}

// What a converter writes of a config.json is read as that config.json is.
TEST(GgufRope, SaysAsMuchAsTheConfigItWasMadeOf) {
  const json sizes{{"model_type", "llama"},        {"hidden_size", 64},       {"num_hidden_layers", 1},
                   {"num_attention_heads", 4},     {"intermediate_size", 32}, {"vocab_size", 32},
                   {"max_position_embeddings", 64}};
  const auto of_config = [&](const json& scaling) {
    auto config = sizes;
    config["rope_scaling"] = scaling;
    return family_options(model_config_from_hf(config, "config.json")).rope;
  };
  const auto same = [](const RopeOptions& a, const RopeOptions& b) {
    EXPECT_EQ(a.type, b.type);
    EXPECT_EQ(a.factor, b.factor);
    EXPECT_EQ(a.original_positions, b.original_positions);
    EXPECT_EQ(a.beta_fast, b.beta_fast);
    EXPECT_EQ(a.beta_slow, b.beta_slow);
    EXPECT_NEAR(a.attention_factor, b.attention_factor, 1e-12);
  };
  {
    SCOPED_TRACE("the factor is what the file says, not the ratio of lengths");
    GgufBytes yarn;
    yarn.add_text("llama.rope.scaling.type", "yarn").add_f32("llama.rope.scaling.factor", 8.0F);
    yarn.add_u32("llama.rope.scaling.original_context_length", 16);
    same(rope_of_gguf(yarn),
         of_config({{"rope_type", "yarn"}, {"factor", 8.0}, {"original_max_position_embeddings", 16}}));
  }
  {
    SCOPED_TRACE("every key");
    GgufBytes yarn;
    yarn.add_text("llama.rope.scaling.type", "yarn").add_f32("llama.rope.scaling.factor", 4.0F);
    yarn.add_f32("llama.rope.scaling.yarn_beta_fast", 4.0F).add_f32("llama.rope.scaling.yarn_beta_slow", 0.25F);
    yarn.add_f32("llama.rope.scaling.yarn_attn_factor", 1.3F);
    same(rope_of_gguf(yarn), of_config({{"rope_type", "yarn"},
                                        {"factor", 4.0},
                                        {"beta_fast", 4.0},
                                        {"beta_slow", 0.25},
                                        {"attention_factor", 1.3}}));
  }
  {
    SCOPED_TRACE("attn_factor");
    GgufBytes yarn;
    yarn.add_text("llama.rope.scaling.type", "yarn").add_f32("llama.rope.scaling.factor", 4.0F);
    yarn.add_f32("llama.rope.scaling.attn_factor", 1.2F).add_u32("llama.rope.scaling.original_context_length", 64);
    same(rope_of_gguf(yarn), of_config({{"rope_type", "yarn"},
                                        {"factor", 4.0},
                                        {"attention_factor", 1.2},
                                        {"original_max_position_embeddings", 64}}));
  }
  for (const char* key : {"llama.rope.scaling.factor", "llama.rope.scale_linear"}) {
    SCOPED_TRACE("a factor without a type is linear");
    GgufBytes linear;
    linear.add_f32(key, 4.0F);
    same(rope_of_gguf(linear), of_config({{"rope_type", "linear"}, {"factor", 4.0}}));
  }
  GgufBytes mixed;
  mixed.add_text("llama.rope.scaling.type", "yarn").add_f32("llama.rope.scaling.yarn_ext_factor", 0.5F);
  EXPECT_TRUE(contains(refusal([&] { rope_of_gguf(mixed); }), "yarn_ext_factor"));
}

}  // namespace
}  // namespace variometer
