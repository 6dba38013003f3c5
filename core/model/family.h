// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/base/config.h"
#include "core/model/hf_reader.h"
#include "core/model/options.h"

// The families there are. No LibTorch in sight: reading a config.json needs none.
namespace variometer {

/// One size in config.json: its names there, the first being the one we write (empty: never written), and what Hugging
/// Face's class means by its absence.
struct SizeKey {
  std::vector<std::string> names;
  std::int64_t otherwise = 0;   ///< 0: derived, as in ModelConfig
  std::int64_t when_null = -1;  ///< the key is there and null; -1: as if it were absent
};

/// One family: a table of keys and a function that turns the rest of config.json into options.
struct Family {
  std::string model_type;
  std::string architecture;  ///< class in transformers
  SizeKey n_embd, n_layer, n_head, n_kv_head, head_dim, n_inner, block_size, vocab_size;
  std::string eps_key;  ///< empty: fixed
  double eps = 1e-5;
  std::string theta_key;  ///< old spelling of rope_theta; empty: no rotary positions
  double theta = 10000;
  bool tie = false;        ///< tie_word_embeddings where absent
  nlohmann::json written;  ///< keys we write that have no field of ours; the values are the class's defaults
  /// Sizes that follow from others. May be null.
  void (*adjust)(const HfReader& in, ModelConfig& model) = nullptr;
  /// `in`: config.json, or ModelConfig::details. Throws Error(file) for what the decoder does not have.
  FamilyOptions (*options)(const ModelConfig& model, const HfReader& in) = nullptr;
};

/// All of them, in the order people read them.
const std::vector<const Family*>& families();

/// Null when there is none of that model_type.
const Family* find_family(const std::string& model_type);

/// "llama, gpt2, ..." for messages.
std::string family_names();

/// ModelConfig::details as JSON. Throws Error(usage).
nlohmann::json model_details(const ModelConfig& model);

/// Throws Error(usage) for a family that is not built in, Error(file) for an option the decoder does not have.
FamilyOptions family_options(const ModelConfig& model);

// Shared by the family files.

/// An activation by its Hugging Face name; refuses others, naming `key`.
Activation activation_of(const HfReader& in, const std::string& key, const std::string& otherwise);

/// Rotary options over `partial` of a head, both spellings: rope_theta + rope_scaling (transformers 4), rope_parameters
/// (5; `kind` picks the inner object where it is split by layer type). theta comes from `model`.
RopeOptions rope_of(const HfReader& in, const ModelConfig& model, double partial = 1, const std::string& kind = "");

/// theta as config.json gives it.
double rope_theta_of(const HfReader& in, const std::string& key, double otherwise);

/// By layer: `layer_types` where it is there, else `window` where is_local(layer), 0 elsewhere.
std::vector<std::int64_t> windows_of(const HfReader& in, const ModelConfig& model, std::int64_t window,
                                     bool (*is_local)(std::int64_t layer, std::int64_t n), std::int64_t n = 0);

/// The names LLaMA made common: model.layers.N.self_attn.q_proj, mlp.gate_proj, ...
FamilyNames llama_names();

/// Options of a LLaMA-shaped model: RMSNorm, rotary positions, gated MLP.
FamilyOptions llama_options(const ModelConfig& model, const HfReader& in);

/// LLaMA's keys with the defaults of LlamaConfig, to be changed where a family differs.
Family llama_shaped(std::string model_type, std::string architecture);

/// For families whose heads share out n_embd exactly, or whose keys and values have as many heads as the queries.
void require_whole_heads(const ModelConfig& model, const HfReader& in);
void require_all_kv_heads(const ModelConfig& model, const HfReader& in);
/// For families whose epsilon is no option.
void require_eps(const ModelConfig& model, double eps);

}  // namespace variometer
