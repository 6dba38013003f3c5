// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/stored_weights.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <random>

#include "core/analysis/inspect.h"
#include "core/analysis/open_model.h"
#include "core/base/error.h"
#include "core/checkpoint/tensor_bytes.h"
#include "tests/checkpoint/gguf_bytes.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;
const fs::path kData = VARIOMETER_TEST_DATA;

/// The model's folder again with its weights in another type.
void copy_as(const fs::path& from, const fs::path& to, at::ScalarType type) {
  fs::create_directories(to);
  fs::copy_file(from / "config.json", to / "config.json");
  const TensorStore store(from);
  std::vector<TensorSource> tensors;
  for (const auto& [name, item] : store.items()) tensors.push_back(source_of(name, tensor_from(item).to(type)));
  write_safetensors(to / "model.safetensors", std::move(tensors), {});
}

/// Moves all data of a file by `shift` bytes: the header grows by as many spaces.
void misalign(const fs::path& file, std::size_t shift) {
  std::ifstream in(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  bytes.insert(8 + length, shift, ' ');
  length += shift;
  std::memcpy(bytes.data(), &length, 8);
  std::ofstream(file, std::ios::binary) << bytes;
}

/// Every tensor of a dump, by name.
std::map<std::string, std::string> dump_of(const fs::path& model, bool stream, const std::string& dtype,
                                           const fs::path& to) {
  InspectOptions options;
  options.model = model;
  options.ids = {{1, 5, 9, 2, 7, 3, 11}, {4, 4, 8, 15, 16, 23, 42}};
  options.stream = stream;
  options.dtype = dtype;
  options.dump = to;
  EXPECT_EQ(inspect(options).streamed, stream);
  const SafetensorsFile file(to);
  std::map<std::string, std::string> tensors;
  for (const auto& entry : file.entries()) {
    const auto data = file.data(entry);
    tensors[entry.name] = std::string(reinterpret_cast<const char*>(data.data()), data.size());
  }
  return tensors;
}

TEST(StreamedModel, GivesEveryBitOfTheResidentOne) {
  test::TemporaryFolder folder;
  copy_as(kData / "models/llama2", folder / "bf16", at::kBFloat16);
  copy_as(kData / "models/llama2", folder / "f16", at::kHalf);
  copy_as(kData / "models/gpt2", folder / "misaligned", at::kFloat);
  misalign(folder / "misaligned/model.safetensors", 3);
  for (const fs::path& model :
       {kData / "models/llama2", kData / "models/gpt2", kData / "models/llama-sharded", kData / "gguf/gpt2.gguf",
        kData / "gguf/qwen3.gguf", folder / "bf16", folder / "f16", folder / "misaligned"}) {
    for (const char* dtype : {"float32", "bfloat16"}) {
      const auto resident = dump_of(model, false, dtype, folder / "resident.safetensors");
      const auto streamed = dump_of(model, true, dtype, folder / "streamed.safetensors");
      EXPECT_GT(resident.size(), 8u);
      EXPECT_EQ(resident, streamed) << model << ' ' << dtype;
      EXPECT_EQ(resident.at("logits").find_first_not_of('\0') == std::string::npos, false);
      fs::remove(folder / "resident.safetensors");
      fs::remove(folder / "streamed.safetensors");
    }
  }
}

TEST(StreamedModel, TheSameWeightsAtAnyAlignmentGiveTheSameNumbers) {
  test::TemporaryFolder folder;
  copy_as(kData / "models/llama2", folder / "plain", at::kFloat);
  copy_as(kData / "models/llama2", folder / "odd", at::kFloat);
  misalign(folder / "odd/model.safetensors", 1);
  EXPECT_EQ(dump_of(folder / "plain", false, "", folder / "a"), dump_of(folder / "odd", true, "", folder / "b"));
}

TEST(StreamedModel, TellsOfEveryWeightOnceAndHoldsOneLayer) {
  const at::NoGradGuard no_grad;
  std::map<std::string, int> told;
  std::size_t last = 0, total = 0;
  OpenOptions how{.stream = true};
  how.loaded = [&](const Parameter& parameter, std::size_t n_done, std::size_t n_total) {
    ++told[parameter.info.name];
    EXPECT_TRUE(parameter.value.defined());
    EXPECT_EQ(n_done, last + 1);
    last = n_done;
    total = n_total;
  };
  auto model = open_model(kData / "models/llama2", how);
  EXPECT_TRUE(model.streaming);
  EXPECT_TRUE(told.empty()) << "nothing is read before it is needed";
  const auto ids = at::arange(1, 9, at::kLong).unsqueeze(0);
  model.decoder.logits(ids);
  model.decoder.logits(ids);
  EXPECT_EQ(told.size(), total);
  EXPECT_EQ(last, total);
  for (const auto& [name, n] : told) EXPECT_EQ(n, 1) << name;
  for (const auto& parameter : model.decoder.parameters()) EXPECT_FALSE(parameter.value.defined());
}

TEST(StreamedModel, StopsWhereItIsTold) {
  struct Stop {};
  OpenOptions how;
  how.loaded = [](const Parameter&, std::size_t n_done, std::size_t) {
    if (n_done == 3) throw Stop{};
  };
  EXPECT_THROW(open_model(kData / "models/llama2", how), Stop);
}

TEST(StoredWeights, AMappedModelIsNotCopiedAndTheFileNeverChanges) {
  test::TemporaryFolder folder;
  copy_as(kData / "models/llama2", folder / "m", at::kFloat);
  const auto file = folder / "m/model.safetensors";
  const auto read = [&] {
    std::ifstream in(file, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), {});
  };
  const auto before = read();
  const auto store = std::make_shared<const TensorStore>(folder / "m");
  const auto& item = store->items().at("model.layers.0.mlp.down_proj.weight");
  auto view = tensor_view(store, item);
  EXPECT_EQ(view.const_data_ptr(), static_cast<const void*>(item.data().data()));
  EXPECT_TRUE(view.equal(tensor_from(item)));
  view.fill_(7);
  EXPECT_EQ(read(), before);
}

/// A LLaMA of one layer, 20,000 tokens and random weights; embedding (and head, which is the same) in Q8_0.
fs::path write_quantised_llama(const fs::path& path) {
  test::GgufBytes file;
  file.add_text("general.architecture", "llama").add_u32("llama.block_count", 1).add_u32("llama.embedding_length", 32);
  file.add_u32("llama.attention.head_count", 2).add_u32("llama.attention.head_count_kv", 2);
  file.add_u32("llama.context_length", 64).add_f32("llama.attention.layer_norm_rms_epsilon", 1e-5F);
  std::mt19937 random(1);
  const auto add = [&](const char* name, const std::vector<std::uint64_t>& dimensions) {
    std::string data;
    const auto n = dimensions[0] * (dimensions.size() > 1 ? dimensions[1] : 1);
    for (std::uint64_t i = 0; i < n; ++i) {
      data += test::GgufBytes::number(static_cast<float>(random() % 2001) / 1000.0F - 1.0F);
    }
    file.add_tensor(name, dimensions, 0 /* F32 */, data);
  };
  std::string rows;
  for (int row = 0; row < 20000; ++row) {
    rows += test::GgufBytes::number(std::uint16_t{0x2000});  // the scale of the 32 values: 2^-7
    for (int i = 0; i < 32; ++i) rows += static_cast<char>(random());
  }
  file.add_tensor("token_embd.weight", {32, 20000}, 8 /* Q8_0 */, rows);
  add("output_norm.weight", {32});
  add("blk.0.attn_norm.weight", {32});
  for (const char* name : {"q", "k", "v", "output"}) {
    add(("blk.0.attn_" + std::string(name) + ".weight").c_str(), {32, 32});
  }
  add("blk.0.ffn_norm.weight", {32});
  add("blk.0.ffn_gate.weight", {32, 48});
  add("blk.0.ffn_up.weight", {32, 48});
  add("blk.0.ffn_down.weight", {48, 32});
  file.write(path);
  return path;
}

TEST(StoredWeights, AQuantisedTableIsWidenedInPartsAndGivesTheSameBits) {
  const at::NoGradGuard no_grad;
  const test::TemporaryFolder folder;
  const auto path = write_quantised_llama(folder / "m.gguf");
  const auto ids = at::tensor({3, 19999, 3, 0, 16384, 7}, at::kLong).reshape({2, 3});
  const auto same_bits = [](const at::Tensor& a, const at::Tensor& b) {
    return a.sizes() == b.sizes() && std::memcmp(a.const_data_ptr(), b.const_data_ptr(), a.nbytes()) == 0;
  };
  for (const char* dtype : {"float32", "bfloat16"}) {
    auto whole = open_model(path, {.dtype = dtype, .many_passes = true});
    const auto expected = whole.decoder.logits(ids);
    EXPECT_GT(expected.abs().max().item<double>(), 0.1);
    for (const bool stream : {false, true}) {
      std::map<std::string, int> told;
      OpenOptions how{.dtype = dtype, .stream = stream, .whole_values = false};
      how.loaded = [&](const Parameter& parameter, std::size_t, std::size_t) {
        ++told[parameter.info.name];
        EXPECT_EQ(parameter.value.defined(), parameter.info.role != "embedding");
      };
      auto model = open_model(path, how);
      EXPECT_TRUE(same_bits(model.decoder.logits(ids), expected)) << dtype << ' ' << stream;
      EXPECT_TRUE(same_bits(model.decoder.logits(ids), expected)) << "once more";
      EXPECT_FALSE(model.decoder.parameters().front().value.defined()) << "never there as a whole";
      EXPECT_EQ(told.size(), 11u);
      for (const auto& [name, n] : told) EXPECT_EQ(n, 1) << name;
    }
  }
}

TEST(StoredWeights, RowsThatAreNotThereAreRefused) {
  const test::TemporaryFolder folder;
  const TensorStore store(write_quantised_llama(folder / "m.gguf"));
  for (const auto& [name, item] : store.items()) {
    if (!has_quantised_rows(item)) continue;
    EXPECT_EQ(quantised_rows(item, 19999, 1).size(0), 1);
    EXPECT_EQ(quantised_rows(item, 20000, 0).size(0), 0);
    for (const auto& [first, n] : std::vector<std::pair<std::int64_t, std::int64_t>>{
             {-1, 1}, {20000, 1}, {0, 20001}, {0, -1}, {std::numeric_limits<std::int64_t>::max(), 1}}) {
      EXPECT_THROW(quantised_rows(item, first, n), Error) << first << ' ' << n;
    }
    return;
  }
  FAIL() << "no table";
}

}  // namespace
}  // namespace variometer
