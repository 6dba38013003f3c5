// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/checkpoint/hf_config.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "core/base/error.h"
#include "core/checkpoint/json_file.h"
#include "core/text/byte_tokenizer.h"

namespace variometer {
namespace {

using nlohmann::json;

/// Typed access with the class's default for absent and null keys; names file and key when a value cannot be.
class HfReader {
 public:
  HfReader(const json& config, std::string where) : config_(config), where_(std::move(where)) {}

  const json* find(const char* key) const {
    const auto found = config_.find(key);
    return found == config_.end() || found->is_null() ? nullptr : &*found;
  }

  /// The first of `keys` that is there.
  std::int64_t integer(std::initializer_list<const char*> keys, std::int64_t otherwise) const {
    for (const char* key : keys) {
      const json* value = find(key);
      if (value == nullptr) continue;
      if (!value->is_number_integer()) refuse(key, *value, "a whole number");
      return value->get<std::int64_t>();
    }
    return otherwise;
  }

  double number(const char* key, double otherwise) const {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_number()) refuse(key, *value, "a number");
    return value->get<double>();
  }

  bool flag(const char* key, bool otherwise) const {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_boolean()) refuse(key, *value, "true or false");
    return value->get<bool>();
  }

  std::string text(const char* key, const std::string& otherwise) const {
    const json* value = find(key);
    if (value == nullptr) return otherwise;
    if (!value->is_string()) refuse(key, *value, "a string");
    return value->get<std::string>();
  }

  /// An option the decoder has in one form only.
  void require(bool holds, const char* key) const {
    if (holds) return;
    const json* value = find(key);
    throw file_error(where_ + ": " + key + " = " + (value == nullptr ? "(default)" : shown(*value)) +
                     " is not supported yet");
  }

  HfReader inner(const char* key) const {
    const json* value = find(key);
    static const json kEmpty = json::object();
    if (value == nullptr) return {kEmpty, where_};
    if (!value->is_object()) refuse(key, *value, "an object");
    return {*value, where_};
  }

  const std::string& where() const { return where_; }

 private:
  static std::string shown(const json& value) {
    return value.dump(-1, ' ', true, json::error_handler_t::replace).substr(0, 80);
  }
  [[noreturn]] void refuse(const char* key, const json& value, const char* wanted) const {
    throw file_error(where_ + ": " + key + " = " + shown(value) + " is not " + wanted);
  }

  const json& config_;
  const std::string where_;
};

void read_llama(const HfReader& in, ModelConfig& m) {
  m.n_embd = in.integer({"hidden_size"}, 4096);
  m.n_inner = in.integer({"intermediate_size"}, 11008);
  m.n_layer = in.integer({"num_hidden_layers"}, 32);
  m.n_head = in.integer({"num_attention_heads"}, 32);
  m.n_kv_head = in.integer({"num_key_value_heads"}, 0);
  m.head_dim = in.integer({"head_dim"}, 0);
  m.block_size = in.integer({"max_position_embeddings"}, 2048);
  m.vocab_size = in.integer({"vocab_size"}, 32000);
  m.norm_eps = in.number("rms_norm_eps", 1e-6);
  m.tie_embeddings = in.flag("tie_word_embeddings", false);
  in.require(in.text("hidden_act", "silu") == "silu" || in.text("hidden_act", "silu") == "swish", "hidden_act");
  in.require(!in.flag("attention_bias", false), "attention_bias");
  in.require(!in.flag("mlp_bias", false), "mlp_bias");
  // 4.x: rope_theta and rope_scaling; 5.x: rope_parameters holds both.
  const auto scaling = in.inner("rope_scaling"), parameters = in.inner("rope_parameters");
  m.rope_theta = in.number("rope_theta", parameters.number("rope_theta", 10000.0));
  const auto plain = [](const HfReader& r) { return r.text("rope_type", r.text("type", "default")) == "default"; };
  in.require(plain(scaling), "rope_scaling");
  in.require(plain(parameters) && parameters.number("partial_rotary_factor", 1.0) == 1.0, "rope_parameters");
}

void read_gpt2(const HfReader& in, ModelConfig& m) {
  m.n_embd = in.integer({"n_embd", "hidden_size"}, 768);
  m.n_layer = in.integer({"n_layer", "num_hidden_layers"}, 12);
  m.n_head = in.integer({"n_head", "num_attention_heads"}, 12);
  m.n_inner = in.integer({"n_inner"}, 0);
  m.block_size = in.integer({"n_positions", "max_position_embeddings", "n_ctx"}, 1024);
  m.vocab_size = in.integer({"vocab_size"}, 50257);
  m.norm_eps = in.number("layer_norm_epsilon", 1e-5);
  m.tie_embeddings = in.flag("tie_word_embeddings", true);
  in.require(in.text("activation_function", "gelu_new") == "gelu_new", "activation_function");
  in.require(in.flag("scale_attn_weights", true), "scale_attn_weights");
  in.require(!in.flag("scale_attn_by_inverse_layer_idx", false), "scale_attn_by_inverse_layer_idx");
  in.require(!in.flag("add_cross_attention", false), "add_cross_attention");
}

}  // namespace

ModelConfig model_config_from_hf(const json& config, const std::string& where) {
  const HfReader in(config, where);
  ModelConfig m;
  m.family = in.text("model_type", "");
  if (m.family == "llama") {
    read_llama(in, m);
  } else if (m.family == "gpt2") {
    read_gpt2(in, m);
  } else if (m.family.empty()) {
    throw file_error(where + ": no model_type; is this a Hugging Face model folder?");
  } else {
    throw file_error(where + ": model_type '" + m.family.substr(0, 80) + "' is not supported yet (llama and gpt2 are)");
  }
  try {
    RunConfig whole;
    whole.model = m;
    return resolved(whole).model;
  } catch (const Error& error) {
    throw file_error(where + ": " + error.what());
  }
}

ModelConfig read_hf_config(const std::filesystem::path& folder) {
  if (!std::filesystem::exists(folder)) throw file_error(folder.string() + ": no such folder");
  if (!std::filesystem::is_directory(folder)) throw file_error(folder.string() + ": not a model folder");
  const auto path = folder / "config.json";
  return model_config_from_hf(read_json_file(path), path.string());
}

json hf_config_from_model(const ModelConfig& m) {
  json out{{"model_type", m.family},
           {"vocab_size", m.vocab_size},
           {"tie_word_embeddings", m.tie_embeddings},
           {"torch_dtype", "float32"},
           {"use_cache", true}};
  // Only a vocabulary at least as large as ours can have our tokens in it.
  if (m.vocab_size >= kByteVocabulary) {
    out["bos_token_id"] = kBosToken;
    out["eos_token_id"] = nullptr;
  }
  if (m.family == "gpt2") {
    out["architectures"] = {"GPT2LMHeadModel"};
    out.update({{"n_embd", m.n_embd},
                {"n_layer", m.n_layer},
                {"n_head", m.n_head},
                {"n_inner", m.n_inner},
                {"n_positions", m.block_size},
                {"activation_function", "gelu_new"},
                {"layer_norm_epsilon", m.norm_eps},
                {"attn_pdrop", 0.0},
                {"embd_pdrop", 0.0},
                {"resid_pdrop", 0.0}});
  } else {
    out["architectures"] = {"LlamaForCausalLM"};
    out.update({{"hidden_size", m.n_embd},
                {"intermediate_size", m.n_inner},
                {"num_hidden_layers", m.n_layer},
                {"num_attention_heads", m.n_head},
                {"num_key_value_heads", m.n_kv_head},
                {"head_dim", m.head_dim},
                {"max_position_embeddings", m.block_size},
                {"rms_norm_eps", m.norm_eps},
                {"rope_theta", m.rope_theta},
                {"hidden_act", "silu"},
                {"attention_bias", false},
                {"attention_dropout", 0.0},
                {"mlp_bias", false}});
  }
  return out;
}

}  // namespace variometer
