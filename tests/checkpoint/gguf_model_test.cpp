// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/gguf_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/analysis/open_model.h"
#include "core/base/error.h"
#include "core/checkpoint/json_file.h"
#include "core/checkpoint/model_info.h"
#include "core/checkpoint/tensor_bytes.h"
#include "tests/checkpoint/caught_states.h"
#include "tests/checkpoint/gguf_bytes.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;
using test::difference;
using test::GgufBytes;

const fs::path kData = VARIOMETER_TEST_DATA;

class ConvertedModel : public testing::TestWithParam<const char*> {};

TEST_P(ConvertedModel, HasTheTensorsAndComputesTheLogitsOfTheModelItWasMadeOf) {
  const fs::path gguf = kData / "gguf" / (std::string(GetParam()) + ".gguf");
  std::string model = GetParam();
  model = model.substr(0, model.find("-fused"));  // the same weights, q, k and v in one tensor
  const fs::path folder = kData / "models" / model;
  const TensorStore converted(gguf), original(folder);
  const bool adds_one = std::string(GetParam()).starts_with("gemma");
  for (const auto& [name, item] : original.items()) {
    ASSERT_TRUE(converted.items().contains(name)) << name;
    const auto ours = tensor_from(converted.items().at(name)), theirs = tensor_from(item);
    ASSERT_EQ(ours.sizes(), theirs.sizes()) << name;
    if (adds_one) {
      EXPECT_LT((ours - theirs).abs().max().item<float>(), 2e-7F) << name;
    } else {
      EXPECT_TRUE(ours.equal(theirs)) << name;
    }
  }
  EXPECT_EQ(converted.items().size(), original.items().size());
  const at::NoGradGuard no_grad;
  // A GGUF file does not say query_pre_attn_scalar: it is the head's size, except in the 27 B models.
  const test::TemporaryFolder copy;
  fs::copy(folder, copy.path(), fs::copy_options::recursive);
  auto config = read_json_file(folder / "config.json");
  if (config.contains("query_pre_attn_scalar")) config["query_pre_attn_scalar"] = config["head_dim"];
  std::ofstream(copy / "config.json") << config;
  auto a = open_model(gguf, {}), b = open_model(copy.path(), {});
  const auto ids = at::arange(1, 24, at::kLong).unsqueeze(0);
  const auto difference_of_logits = difference(a.decoder.logits(ids), b.decoder.logits(ids));
  EXPECT_LT(difference_of_logits, 1e-5);
  EXPECT_TRUE(a.warnings.empty()) << a.warnings.front();
}

INSTANTIATE_TEST_SUITE_P(Architectures, ConvertedModel,
                         testing::Values("falcon-11b-like", "falcon-7b-like", "gemma", "gemma2", "gpt-neox", "gpt2",
                                         "llama-rope-llama3", "olmo", "olmo2-gqa", "phi", "phi-fused",
                                         "phi3-phi-4-like", "qwen2", "qwen3"),
                         [](const auto& set) {
                           std::string name = set.param;
                           std::erase(name, '-');
                           return name;
                         });

/// A LLaMA of one layer with zeros in it; `change` spoils it.
template <class Change>
fs::path write_llama(const test::TemporaryFolder& folder, Change change) {
  GgufBytes file;
  file.add_text("general.architecture", "llama").add_u32("llama.block_count", 1).add_u32("llama.embedding_length", 8);
  file.add_u32("llama.attention.head_count", 2).add_u32("llama.attention.head_count_kv", 1);
  file.add_u32("llama.context_length", 16).add_f32("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  const auto add = [&](const char* name, const std::vector<std::uint64_t>& dimensions) {
    std::uint64_t n = 4;
    for (const auto dimension : dimensions) n *= dimension;
    file.add_tensor(name, dimensions, 0, std::string(n, '\0'));
  };
  change(file);
  add("token_embd.weight", {8, 10});
  add("output_norm.weight", {8});
  add("blk.0.attn_norm.weight", {8});
  if (file.bytes().find("blk.0.attn_q.weight") == std::string::npos) add("blk.0.attn_q.weight", {8, 8});
  add("blk.0.attn_k.weight", {8, 4});
  add("blk.0.attn_v.weight", {8, 4});
  add("blk.0.attn_output.weight", {8, 8});
  add("blk.0.ffn_norm.weight", {8});
  add("blk.0.ffn_gate.weight", {8, 12});
  add("blk.0.ffn_up.weight", {8, 12});
  add("blk.0.ffn_down.weight", {12, 8});
  file.write(folder / "m.gguf");
  return folder / "m.gguf";
}

template <class Change>
std::string refusal(Change change) {
  const test::TemporaryFolder folder;
  const auto path = write_llama(folder, change);
  try {
    open_model(path, {});
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Error::Kind::file);
    EXPECT_EQ(std::string(error.what()).find(path.string()), 0u) << error.what();
    return error.what();
  }
  return "accepted";
}

TEST(GgufModel, OneThatIsWholeOpensAndSaysWhatItIs) {
  const test::TemporaryFolder folder;
  const auto path = write_llama(folder, [](GgufBytes&) {});
  auto model = open_model(path, {});
  EXPECT_EQ(model.decoder.config().n_kv_head, 1);
  EXPECT_TRUE(model.decoder.config().tie_embeddings) << "there is no output.weight";
  EXPECT_EQ(model.tokenizer, nullptr);
  const auto info = read_model_info(path);
  EXPECT_EQ(info.family, "llama");
  EXPECT_EQ(info.n_tensor, 11);
  EXPECT_EQ(info.config->norm_eps, 1e-5) << "the decimal number the float32 was made from";
  EXPECT_EQ(read_model_info(folder.path()).family, "llama") << "a folder with one .gguf file";
  GgufBytes().write(folder / "other.gguf");
  EXPECT_THROW(read_model_info(folder.path()), Error) << "two";
}

TEST(GgufModel, WhatCannotBeRunIsRefusedByName) {
  const auto says = [](const std::string& message, const char* part) {
    return message.find(part) != std::string::npos ? testing::AssertionSuccess()
                                                   : testing::AssertionFailure() << message;
  };
  EXPECT_TRUE(says(refusal([](GgufBytes& f) { f.add_u32("llama.expert_count", 8); }), "8 experts"));
  EXPECT_TRUE(says(refusal([](GgufBytes& f) { f.add("split.count", 2, GgufBytes::number(std::uint16_t{3})); }),
                   "3 parts of a split model"));
  EXPECT_TRUE(says(refusal([](GgufBytes& f) { f.add_text("llama.rope.scaling.type", "spiral"); }), "\"spiral\""));
  EXPECT_TRUE(
      says(refusal([](GgufBytes& f) { f.add_u32("llama.attention.key_length", 1 << 30); }), "no size of a model"));
  EXPECT_TRUE(says(refusal([](GgufBytes& f) { f.add_u32("llama.attention.key_length", 6); }), "has 8 rows"));
  EXPECT_TRUE(says(refusal([](GgufBytes& f) {
                     f.add_tensor("blk.0.attn_q.weight", {32, 4}, 10 /* Q2_K */, "");
                   }),
                   "rows of 32 values"));
  EXPECT_TRUE(says(refusal([](GgufBytes& f) {
                     f.add_tensor("blk.0.attn_q.weight", {256, 8}, 10 /* Q2_K */, std::string(8 * 84, 'x'));
                   }),
                   "expected (8, 8), found (8, 256)"));
  EXPECT_TRUE(says(refusal([](GgufBytes& f) {
                     f.add_tensor("blk.0.attn_q.weight", {8, 8}, 24 /* I8 */, std::string(64, 'x'));
                   }),
                   "is I8; weights can be"));
  EXPECT_TRUE(says(refusal([](GgufBytes& f) { f.add_tensor("rope_freqs.weight", {2}, 0, std::string(8, '\0')); }),
                   "no divisor"));
  EXPECT_TRUE(says(refusal([](GgufBytes& f) { f.add_tensor("rope_freqs.weight", {3}, 0, std::string(12, '\0')); }),
                   "not 2 values"));
}

}  // namespace
}  // namespace variometer
