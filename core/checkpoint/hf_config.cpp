// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/hf_config.h"

#include <limits>

#include "core/base/error.h"
#include "core/base/python_json.h"
#include "core/checkpoint/another_head.h"
#include "core/checkpoint/gguf.h"
#include "core/checkpoint/gguf_model.h"
#include "core/checkpoint/json_file.h"
#include "core/checkpoint/safetensors.h"
#include "core/model/family.h"
#include "core/text/byte_tokenizer.h"

namespace variometer {
namespace {

using nlohmann::json;

std::int64_t size_of(const HfReader& in, const SizeKey& key) {
  constexpr std::int64_t kAbsentHere = std::numeric_limits<std::int64_t>::min();
  const auto found = in.integer(key.names, kAbsentHere);
  if (found != kAbsentHere) return found;
  const bool null = !key.names.empty() && in.names(key.names.front());
  return null && key.when_null >= 0 ? key.when_null : key.otherwise;
}

/// What makes a model another one than its config.json's options say, whatever the family.
void refuse_foreign(const HfReader& in) {
  for (const char* key : {"quantization_config", "compression_config"}) in.require(!in.has(key), key);
  for (const char* key : {"is_encoder_decoder", "add_cross_attention"}) in.require(!in.flag(key, false), key);
}

/// Files of before the family was called so, and of text models inside multimodal ones: the same under its name of
/// today.
json normalised(const json& config, const std::string& where) {
  const HfReader in(config, where);
  const auto type = in.text("model_type", "");
  json out = config;
  if (type == "gemma3") {
    in.inner("text_config");  // an object, or refused
    out = in.has("text_config") ? config["text_config"] : json::object();
    out["model_type"] = "gemma3_text";
  } else if (type == "RefinedWeb" || type == "RefinedWebModel") {  // Falcon 40B; 7B and rw
    out["model_type"] = "falcon";
    if (type == "RefinedWeb") out["new_decoder_architecture"] = true;
  }
  return out;
}

ModelConfig sizes_of(const Family& family, const HfReader& in) {
  ModelConfig m;
  m.family = family.model_type;
  m.n_embd = size_of(in, family.n_embd);
  m.n_layer = size_of(in, family.n_layer);
  m.n_head = size_of(in, family.n_head);
  m.n_kv_head = size_of(in, family.n_kv_head);
  m.head_dim = size_of(in, family.head_dim);
  m.n_inner = size_of(in, family.n_inner);
  m.block_size = size_of(in, family.block_size);
  m.vocab_size = size_of(in, family.vocab_size);
  m.norm_eps = family.eps_key.empty() ? family.eps : in.number({family.eps_key}, family.eps);
  m.tie_embeddings = in.flag("tie_word_embeddings", family.tie);
  if (!family.theta_key.empty()) m.rope_theta = rope_theta_of(in, family.theta_key, family.theta);
  if (family.adjust != nullptr) family.adjust(in, m);
  return m;
}

json written_sizes(const Family& family, const ModelConfig& m) {
  json out = json::object();
  const auto write = [&](const SizeKey& key, std::int64_t value) {
    if (!key.names.empty()) out[key.names.front()] = value;
  };
  write(family.n_embd, m.n_embd);
  write(family.n_layer, m.n_layer);
  write(family.n_head, m.n_head);
  write(family.n_kv_head, m.n_kv_head);
  write(family.head_dim, m.head_dim);
  write(family.n_inner, m.n_inner);
  write(family.block_size, m.block_size);
  write(family.vocab_size, m.vocab_size);
  if (!family.eps_key.empty()) out[family.eps_key] = m.norm_eps;
  if (!family.theta_key.empty()) out[family.theta_key] = m.rope_theta;
  return out;
}

/// config.json of a model that is ours from the start.
json plain_config(const Family& family, const ModelConfig& m) {
  json out = family.written;
  out.update(written_sizes(family, m));
  out.update({{"model_type", m.family},
              {"architectures", {family.architecture}},
              {"tie_word_embeddings", m.tie_embeddings},
              {"torch_dtype", "float32"},
              {"use_cache", true}});
  // Only a vocabulary at least as large as ours can have our tokens in it.
  if (m.vocab_size >= kByteVocabulary) {
    out["bos_token_id"] = kBosToken;
    out["eos_token_id"] = nullptr;
  }
  return out;
}

/// What we would not write ourselves, to be given back on saving and asked for the family's options.
std::string details_of(const Family& family, const ModelConfig& m, const json& config) {
  const auto ours = plain_config(family, m);
  json details = json::object();
  for (const auto& [key, value] : config.items()) {
    // The type is that of the file we write; code and switches belong to other files.
    if (key == "torch_dtype" || key == "dtype" || key == "auto_map" || key == "variometer") continue;
    const auto same = ours.find(key);
    if (same == ours.end() || *same != value) details[key] = value;
  }
  // Scaled positions are reckoned from the model's own length, with however short a context it is trained on.
  const auto scaled = [&](const char* key) { return config.contains(key) && !config[key].is_null(); };
  if ((scaled("rope_scaling") || scaled("rope_parameters")) && config.contains("max_position_embeddings")) {
    details["max_position_embeddings"] = config["max_position_embeddings"];
  }
  if (details.empty()) return "";
  for (const char* key : {"bos_token_id", "eos_token_id"}) {
    if (config.contains(key)) details[key] = config[key];
  }
  return python_json_text(details);
}

}  // namespace

ModelConfig model_config_from_hf(const json& file, const std::string& where) {
  const auto config = normalised(file, where);
  const HfReader in(config, where);
  const auto type = in.text("model_type", "");
  if (type.empty()) throw file_error(where + ": no model_type; is this a Hugging Face model folder?");
  const Family* family = find_family(type);
  if (family == nullptr) {
    throw file_error(where + ": model_type '" + type.substr(0, 80) + "' is not supported (" + family_names() +
                     ", gemma3 are)");
  }
  refuse_foreign(in);
  RunConfig whole;
  whole.model = sizes_of(*family, in);
  try {
    auto m = resolved(whole).model;
    family->options(m, in);
    m.details = details_of(*family, m, config);
    return m;
  } catch (const Error& error) {
    if (error.kind() == Error::Kind::file) throw;
    throw file_error(where + ": " + error.what());
  }
}

namespace {

json untied(json config) {
  config["tie_word_embeddings"] = false;
  if (const auto text = config.find("text_config"); text != config.end() && text->is_object()) {
    (*text)["tie_word_embeddings"] = false;
  }
  return config;
}

}  // namespace

ModelConfig read_hf_config(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder)) throw file_error(folder.string() + ": no such folder");
  if (const auto gguf = find_gguf(folder); !gguf.empty()) {
    return model_config_from_hf(hf_config_from_gguf(GgufFile(gguf)), gguf.string());
  }
  if (!std::filesystem::is_directory(folder)) throw file_error(folder.string() + ": not a model folder");
  const auto path = folder / "config.json";
  const auto config = read_json_file(path);
  auto m = model_config_from_hf(config, path.string());
  return holds_another_head(folder, m) ? model_config_from_hf(untied(config), path.string()) : m;
}

json hf_config_from_model(const ModelConfig& m) {
  const Family* family = find_family(m.family);
  if (family == nullptr) throw usage_error("model.family is '" + m.family + "'; use one of " + family_names());
  auto out = plain_config(*family, m);
  const auto details = model_details(m);
  if (details.empty()) return out;
  // A model that came from elsewhere has token ids of its own, or names none.
  for (const char* key : {"bos_token_id", "eos_token_id", "pad_token_id"}) out.erase(key);
  if (details.contains("rope_parameters")) out.erase(family->theta_key);
  out.update(details);
  return out;
}

}  // namespace variometer
