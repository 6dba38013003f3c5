// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/model_info.h"

#include "core/base/error.h"
#include "core/checkpoint/byte_tokenizer_files.h"
#include "core/checkpoint/checkpoint_folders.h"
#include "core/checkpoint/gguf.h"
#include "core/checkpoint/gguf_model.h"
#include "core/checkpoint/hf_config.h"
#include "core/checkpoint/json_file.h"
#include "core/checkpoint/safetensors.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

std::string text_of(const nlohmann::json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string tokenizer_of(const fs::path& folder, std::int64_t vocab_size) {
  if (has_byte_tokenizer(folder, vocab_size)) return "bytes";
  if (!fs::exists(folder / "tokenizer.json")) {
    return fs::exists(folder / "tokenizer.model") ? "sentencepiece (tokenizer.model)" : "none";
  }
  const auto json = read_json_file(folder / "tokenizer.json");
  const auto model = json.find("model");
  const std::string type = model != json.end() && model->is_object() ? text_of(*model, "type") : "";
  return type.empty() ? "tokenizer.json" : type + " (tokenizer.json)";
}

void read_folder(const fs::path& folder, ModelInfo& info) {
  const auto path = folder / "config.json";
  const auto json = read_json_file(path);
  info.family = text_of(json, "model_type");
  try {
    info.config = model_config_from_hf(json, path.string());
  } catch (const Error& error) {
    info.unsupported = error.what();
  }
  info.tokenizer = tokenizer_of(folder, info.config ? info.config->vocab_size : 0);
  if (const auto ours = json.find("variometer"); ours != json.end() && ours->is_object()) {
    info.kv_bias = ours->value("kv_bias", false);
    info.dyt = ours->value("dyt", false);
  }
  info.is_checkpoint = is_checkpoint(folder);
  if (info.is_checkpoint) info.step = read_checkpoint_step(folder);
}

void read_gguf(const GgufFile& file, ModelInfo& info) {
  try {
    const auto json = hf_config_from_gguf(file);
    info.family = text_of(json, "model_type");
    info.config = model_config_from_hf(json, file.path().string());
  } catch (const Error& error) {
    info.unsupported = error.what();
  }
  const auto kind = file.text("tokenizer.ggml.model");
  info.tokenizer = kind ? std::string(*kind) + " (inside the file)" : "none";
}

}  // namespace

ModelInfo read_model_info(const fs::path& path) {
  if (!fs::exists(path)) throw file_error(path.string() + ": no such file or folder");
  ModelInfo info;
  fs::path folder = path;
  // A folder of checkpoints stands for its newest.
  if (fs::is_directory(path) && (is_checkpoint(path) || !fs::exists(path / "config.json")) && find_gguf(path).empty()) {
    try {
      folder = find_checkpoint(path);
    } catch (const Error&) {
      throw file_error(path.string() + ": no config.json in it; is it a model folder?");
    }
  }
  info.name = fs::weakly_canonical(folder).filename().string();
  if (fs::is_directory(folder) && find_gguf(folder).empty()) read_folder(folder, info);
  const TensorStore store(folder);
  if (store.gguf() != nullptr) read_gguf(*store.gguf(), info);
  for (const auto& [name, item] : store.items()) {
    if (is_ignored_hf_tensor(name, item.entry->shape.size())) continue;
    ++info.dtypes[item.entry->dtype];
    ++info.n_tensor;
    info.n_parameter += static_cast<std::int64_t>(item.entry->count());
  }
  info.n_file = static_cast<std::int64_t>(store.n_file());
  info.bytes = store.bytes();
  return info;
}

}  // namespace variometer
