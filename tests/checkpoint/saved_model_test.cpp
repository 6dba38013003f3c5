// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "core/checkpoint/hf_model.h"
#include "core/checkpoint/json_file.h"
#include "core/checkpoint/tensor_bytes.h"
#include "tests/temporary_folder.h"

// Folders that Variometer saved, with what transformers computed from them (make_saved_goldens.py).
namespace variometer {
namespace {

namespace fs = std::filesystem;

class SavedModel : public testing::TestWithParam<const char*> {
 protected:
  fs::path folder() const { return fs::path(VARIOMETER_TEST_DATA) / "saved" / GetParam(); }
  Decoder load() const {
    Decoder decoder(read_hf_config(folder()), at::kCPU, at::kFloat);
    load_hf_weights(folder(), decoder);
    return decoder;
  }
};

std::string bytes_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

TEST_P(SavedModel, GivesTransformersTheLogitsItGivesUs) {
  auto decoder = load();
  const SafetensorsFile golden(folder() / "transformers.safetensors");
  const auto theirs = tensor_from(golden, *golden.find("logits"));
  const at::NoGradGuard no_grad;
  const auto ours = decoder.logits(tensor_from(golden, *golden.find("input_ids")));
  ASSERT_EQ(ours.sizes(), theirs.sizes());
  EXPECT_LT(((ours - theirs).abs().max() / theirs.abs().max()).item().toDouble(), 1e-5);
}

TEST_P(SavedModel, IsStillSavedAsTransformersReadIt) {
  const test::TemporaryFolder target;
  save_hf_folder(target / "again", load(), /*overwrite=*/false);
  EXPECT_EQ(bytes_of(target / "again/model.safetensors"), bytes_of(folder() / "model.safetensors"));
  for (const char* name : {"config.json", "tokenizer.json", "tokenizer_config.json"}) {
    EXPECT_EQ(read_json_file(target / "again" / name), read_json_file(folder() / name)) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Families, SavedModel, testing::Values("llama", "gpt2"),
                         [](const auto& each) { return std::string(each.param); });

}  // namespace
}  // namespace variometer
