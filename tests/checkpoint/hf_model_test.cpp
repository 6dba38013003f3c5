// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/hf_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/flip.h>
#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "core/base/error.h"
#include "core/checkpoint/json_file.h"
#include "core/checkpoint/tensor_bytes.h"
#include "core/model/family.h"
#include "core/model/init.h"
#include "tests/checkpoint/caught_states.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;
using test::Catch;
using test::difference;

fs::path model(const std::string& name) { return fs::path(VARIOMETER_TEST_DATA) / "models" / name; }

Decoder load(const fs::path& folder) {
  Decoder decoder(read_hf_config(folder), at::kCPU, at::kFloat);
  EXPECT_TRUE(load_hf_weights(folder, decoder).empty());
  return decoder;
}

class HuggingFaceFixture : public testing::TestWithParam<const char*> {};

TEST_P(HuggingFaceFixture, GivesTheStatesAndLogitsOfTransformers) {
  auto decoder = load(model(GetParam()));
  const SafetensorsFile expected(model(GetParam()) / "expected_f32.safetensors");
  const auto value = [&](const std::string& name) { return tensor_from(expected, *expected.find(name)); };
  const at::NoGradGuard no_grad;
  Catch tap;
  const auto logits = decoder.logits(value("input_ids"), &tap);
  EXPECT_LT(difference(logits, value("logits")), 1e-5);
  EXPECT_LT(difference(decoder.hidden(value("input_ids")), value("hidden_states.3")), 1e-5);
  ASSERT_EQ(tap.caught.size(), 12u);
  for (const auto& [name, ours] : tap.caught) EXPECT_LT(difference(ours, value(name)), 1e-5) << name;
}

TEST_P(HuggingFaceFixture, ComesBackBitForBitAfterSaving) {
  const auto decoder = load(model(GetParam()));
  const test::TemporaryFolder folder;
  save_hf_folder(folder / "saved", decoder, /*overwrite=*/false);
  const auto again = load(folder / "saved");
  EXPECT_EQ(again.config(), decoder.config());
  for (std::size_t i = 0; i < decoder.parameters().size(); ++i) {
    if (decoder.parameters()[i].extra) continue;
    EXPECT_TRUE(at::equal(again.parameters()[i].value, decoder.parameters()[i].value));
  }
  // The file holds the tensors transformers wrote, under the same names and in the same layout.
  const TensorStore theirs(model(GetParam())), ours(folder / "saved");
  ASSERT_EQ(ours.items().size(), theirs.items().size());
  for (const auto& [name, item] : theirs.items()) {
    ASSERT_TRUE(ours.items().contains(name)) << name;
    EXPECT_EQ(ours.items().at(name).entry->shape, item.entry->shape) << name;
    EXPECT_TRUE(std::ranges::equal(ours.items().at(name).data(), item.data())) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, HuggingFaceFixture, testing::Values("llama2", "llama-sharded", "gpt2"),
                         [](const auto& each) {
                           std::string name = each.param;
                           std::erase(name, '-');
                           return name;
                         });

TEST(HuggingFaceFolder, SaysWhichTensorIsMissingOrOfAnotherShapeOrType) {
  const test::TemporaryFolder folder;
  fs::copy(model("llama2") / "config.json", folder / "config.json");
  const auto whole = load(model("llama2"));
  for (const auto* what : {"missing", "shape", "type"}) {
    std::vector<TensorSource> tensors;
    for (const auto& p : whole.parameters()) {
      if (p.extra) continue;
      const bool chosen = p.info.name == "model.layers.1.mlp.up_proj.weight";
      if (chosen && std::string(what) == "missing") continue;
      auto value = p.value.detach();
      if (chosen && std::string(what) == "shape") value = value.t();
      if (chosen && std::string(what) == "type") value = value.to(at::kLong);
      tensors.push_back(source_of(p.info.name, value));
    }
    write_safetensors(folder / "model.safetensors", std::move(tensors), {});
    Decoder decoder(read_hf_config(folder.path()), at::kCPU, at::kFloat);
    try {
      load_hf_weights(folder.path(), decoder);
      ADD_FAILURE() << what;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::file);
      EXPECT_NE(std::string(error.what()).find("model.layers.1.mlp.up_proj.weight"), std::string::npos) << error.what();
    }
  }
}

TEST(HuggingFaceFolder, AFolderWhereAFileShouldBeIsSaidToBeOne) {
  for (const char* name :
       {"config.json", "model.safetensors", "model.safetensors.index.json", "model-00003-of-00007.safetensors"}) {
    const test::TemporaryFolder folder;
    for (const auto& entry : fs::directory_iterator(model("llama-sharded"))) {
      if (entry.path().filename() != name) fs::copy_file(entry.path(), folder / entry.path().filename().string());
    }
    fs::create_directory(folder / name);
    try {
      const Decoder decoder(read_hf_config(folder.path()), at::kCPU, at::kFloat);
      const TensorStore store(folder.path());
      ADD_FAILURE() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::file);
      const std::string what = error.what();
      EXPECT_NE(what.find((folder / name).string()), std::string::npos) << what;
      EXPECT_NE(what.find("folder"), std::string::npos) << what;
      EXPECT_EQ(what.find('\n'), std::string::npos) << what;
    }
  }
}

/// The tensors of a fixture, some under other names, in one file or two shards.
void write_tensors(const fs::path& folder, const std::map<std::string, at::Tensor>& tensors, bool shards) {
  const auto write = [&](const std::string& name, auto begin, auto end) {
    std::vector<TensorSource> sources;
    for (auto at = begin; at != end; ++at) sources.push_back(source_of(at->first, at->second));
    write_safetensors(folder / name, std::move(sources), {{"format", "pt"}});
  };
  if (!shards) return write("model.safetensors", tensors.begin(), tensors.end());
  const auto middle = std::next(tensors.begin(), static_cast<std::ptrdiff_t>(tensors.size() / 2));
  write("model-00001-of-00002.safetensors", tensors.begin(), middle);
  write("model-00002-of-00002.safetensors", middle, tensors.end());
  nlohmann::json map = nlohmann::json::object();
  for (auto at = tensors.begin(); at != middle; ++at) map[at->first] = "model-00001-of-00002.safetensors";
  for (auto at = middle; at != tensors.end(); ++at) map[at->first] = "model-00002-of-00002.safetensors";
  write_text_file(folder / "model.safetensors.index.json",
                  nlohmann::json{{"metadata", nlohmann::json::object()}, {"weight_map", map}}.dump());
}

std::map<std::string, at::Tensor> tensors_of(const std::string& name) {
  std::map<std::string, at::Tensor> tensors;
  const TensorStore store(model(name));
  for (const auto& [full, item] : store.items()) tensors[full] = tensor_from(item).clone();
  return tensors;
}

class TiedModel : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    config = read_json_file(model(GetParam()) / "config.json");
    config["tie_word_embeddings"] = true;
    tensors = tensors_of(GetParam());
    const auto names = family_options(read_hf_config(model(GetParam()))).names;
    embedding = names.embedding;
    head = names.head + ".weight";
    tensors.erase(head);
    ASSERT_TRUE(tensors.contains(embedding));
  }
  Decoder opened(const fs::path& folder, std::vector<std::string>* warnings = nullptr) const {
    Decoder decoder(read_hf_config(folder), at::kCPU, at::kFloat);
    auto found = load_hf_weights(folder, decoder);
    if (warnings != nullptr) *warnings = std::move(found);
    return decoder;
  }
  at::Tensor logits(Decoder decoder) const {
    const at::NoGradGuard no_grad;
    return decoder.logits(at::arange(1, 13, at::kLong).unsqueeze(0));
  }
  nlohmann::json config;
  std::map<std::string, at::Tensor> tensors;
  std::string embedding, head;
};

// `safetensors.torch.save_model` keeps the one matrix under the name that comes first: the head's.
TEST_P(TiedModel, IsTheSameWhicheverNameItsMatrixIsStoredUnder) {
  const test::TemporaryFolder plain;
  write_text_file(plain / "config.json", config.dump());
  write_tensors(plain.path(), tensors, /*shards=*/false);
  const auto expected = logits(opened(plain.path()));
  auto renamed = tensors;
  renamed[head] = renamed.at(embedding);
  for (const bool both : {false, true}) {
    if (!both) renamed.erase(embedding);
    if (both) renamed = tensors, renamed[head] = tensors.at(embedding);
    for (const bool shards : {false, true}) {
      const test::TemporaryFolder folder;
      write_text_file(folder / "config.json", config.dump());
      write_tensors(folder.path(), renamed, shards);
      std::vector<std::string> warnings;
      auto decoder = opened(folder.path(), &warnings);
      EXPECT_TRUE(warnings.empty()) << warnings.front();
      EXPECT_TRUE(decoder.config().tie_embeddings);
      EXPECT_TRUE(at::equal(logits(std::move(decoder)), expected)) << both << shards;
    }
  }
}

TEST_P(TiedModel, WithAnotherHeadKeepsItAsTransformers5DoesAndSaysSoOnce) {
  const test::TemporaryFolder folder, untied, again;
  tensors[head] = tensors.at(embedding).flip(0).contiguous();
  write_text_file(folder / "config.json", config.dump());
  write_tensors(folder.path(), tensors, /*shards=*/false);
  auto says_so = config;
  says_so["tie_word_embeddings"] = false;
  write_text_file(untied / "config.json", says_so.dump());
  write_tensors(untied.path(), tensors, /*shards=*/false);
  std::vector<std::string> warnings, none;
  auto decoder = opened(folder.path(), &warnings);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("another"), std::string::npos) << warnings[0];
  EXPECT_FALSE(decoder.config().tie_embeddings);
  const auto expected = logits(opened(untied.path(), &none));
  EXPECT_TRUE(none.empty());
  save_hf_folder(again / "saved", decoder, /*overwrite=*/false);
  EXPECT_TRUE(at::equal(logits(std::move(decoder)), expected));
  EXPECT_EQ(read_json_file(again / "saved" / "config.json")["tie_word_embeddings"], false);
  EXPECT_TRUE(at::equal(logits(opened(again / "saved", &none)), expected));
  EXPECT_TRUE(none.empty());
}

INSTANTIATE_TEST_SUITE_P(Families, TiedModel,
                         testing::Values("falcon-7b-like", "gemma", "gemma2", "gemma3-text", "gpt-neox", "gpt2",
                                         "llama2", "mistral-window-7", "olmo", "olmo2-gqa", "opt", "phi",
                                         "phi3-phi-4-like", "qwen2", "qwen3"),
                         [](const auto& each) {
                           std::string name = each.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(HuggingFaceFolder, TellsOfTensorsNobodyUsesInOneLine) {
  const test::TemporaryFolder folder;
  fs::copy(model("llama2") / "config.json", folder / "config.json");
  auto tensors = tensors_of("llama2");
  for (const char* name : {"model.layers.90.mlp.up_proj.weight", "model.layers.90.mlp.down_proj.weight", "a", "b"}) {
    tensors[name] = at::ones({3});
  }
  write_tensors(folder.path(), tensors, /*shards=*/false);
  Decoder decoder(read_hf_config(folder.path()), at::kCPU, at::kFloat);
  const auto warnings = load_hf_weights(folder.path(), decoder);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_NE(warnings[0].find("4 tensors"), std::string::npos) << warnings[0];
  EXPECT_NE(warnings[0].find("and 1 more"), std::string::npos) << warnings[0];
  EXPECT_EQ(warnings[0].find('\n'), std::string::npos);
}

TEST(HuggingFaceFolder, LoadsFilesWithoutTheirPrefixAndIgnoresOldBuffers) {
  const test::TemporaryFolder folder;
  fs::copy(model("gpt2") / "config.json", folder / "config.json");
  const TensorStore store(model("gpt2"));
  std::vector<TensorSource> tensors;
  for (const auto& [name, item] : store.items()) {
    tensors.push_back(source_of(without_hf_prefix(name), tensor_from(item)));
  }
  tensors.push_back(source_of("h.0.attn.bias", at::ones({1, 1, 64, 64})));
  tensors.push_back(source_of("h.0.attn.masked_bias", at::ones({1})));
  write_safetensors(folder / "model.safetensors", std::move(tensors), {});
  const auto decoder = load(folder.path());
  EXPECT_TRUE(at::equal(decoder.parameters()[0].value, load(model("gpt2")).parameters()[0].value));
}

TEST(HuggingFaceFolder, SaysThatSwitchesAreOnAndRefusesToReplaceSomethingElse) {
  auto decoder = load(model("llama2"));
  decoder.switches.kv_bias = true;
  const test::TemporaryFolder folder;
  save_hf_folder(folder / "m", decoder, false);
  EXPECT_EQ(read_json_file(folder / "m/config.json")["variometer"]["kv_bias"], true);
  EXPECT_THROW(save_hf_folder(folder / "m", decoder, false), Error);
  save_hf_folder(folder / "m", decoder, true);
  fs::create_directory(folder / "notes");
  write_text_file(folder / "notes/a.txt", "mine");
  EXPECT_THROW(save_hf_folder(folder / "notes", decoder, true), Error);
  EXPECT_TRUE(fs::exists(folder / "notes/a.txt"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 2) << "temporary folders are left behind";
}

}  // namespace
}  // namespace variometer
