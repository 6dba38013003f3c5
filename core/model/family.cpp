// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/model/family.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/base/python_json.h"
#include "core/model/family_table.h"

namespace variometer {

const std::vector<const Family*>& families() {
  static const std::vector<const Family*> kAll{&llama_family(), &gpt2_family(),   &mistral_family(), &qwen2_family(),
                                               &qwen3_family(), &phi3_family(),   &phi_family(),     &gpt_neox_family(),
                                               &opt_family(),   &falcon_family(), &olmo_family(),    &olmo2_family(),
                                               &gemma_family(), &gemma2_family(), &gemma3_family()};
  return kAll;
}

const Family* find_family(const std::string& model_type) {
  for (const Family* family : families()) {
    if (family->model_type == model_type) return family;
  }
  return nullptr;
}

std::string family_names() {
  std::string all;
  for (const Family* family : families()) all += (all.empty() ? "" : ", ") + family->model_type;
  return all;
}

nlohmann::json model_details(const ModelConfig& model) {
  if (model.details.empty()) return nlohmann::json::object();
  constexpr int kDeepest = 64;
  nlohmann::json json;
  try {
    json = parse_python_json(model.details, kDeepest);
  } catch (const Error& error) {
    throw usage_error(std::string("model.details: ") + error.what());
  }
  if (!json.is_object()) throw usage_error("model.details is not a JSON object");
  return json;
}

FamilyOptions family_options(const ModelConfig& model) {
  const Family* family = find_family(model.family);
  if (family == nullptr) {
    throw usage_error("model.family is '" + model.family.substr(0, 80) + "'; use one of " + family_names());
  }
  const auto details = model_details(model);
  return family->options(model, HfReader(details, "model.details"));
}

Activation activation_of(const HfReader& in, const std::string& key, const std::string& otherwise) {
  const auto name = in.text(key, otherwise);
  if (name == "silu" || name == "swish") return Activation::silu;
  if (name == "gelu" || name == "gelu_python") return Activation::gelu;
  if (name == "gelu_pytorch_tanh") return Activation::gelu_tanh;
  if (name == "gelu_new") return Activation::gelu_new;
  if (name == "gelu_fast") return Activation::gelu_fast;
  if (name == "quick_gelu") return Activation::quick_gelu;
  if (name == "relu") return Activation::relu;
  if (name == "relu2") return Activation::relu_squared;
  in.refuse(key, "is not supported");
}

std::vector<std::int64_t> windows_of(const HfReader& in, const ModelConfig& model, std::int64_t window,
                                     bool (*is_local)(std::int64_t, std::int64_t), std::int64_t n) {
  std::vector<std::int64_t> windows(static_cast<std::size_t>(model.n_layer), 0);
  if (window < 0) in.refuse("sliding_window", "is negative");
  const auto types = in.texts("layer_types");
  if (!types.empty() && types.size() < windows.size()) in.refuse("layer_types", "is shorter than the model");
  for (std::size_t layer = 0; layer < windows.size(); ++layer) {
    bool local = is_local(static_cast<std::int64_t>(layer), n);
    if (!types.empty()) {
      local = types[layer] == "sliding_attention";
      if (!local && types[layer] != "full_attention") in.refuse("layer_types", "names a kind that is not supported");
    }
    if (local) windows[layer] = window;
  }
  if (std::all_of(windows.begin(), windows.end(), [](auto each) { return each == 0; })) windows.clear();
  return windows;
}

void require_whole_heads(const ModelConfig& model, const HfReader& in) {
  if (model.head_dim * model.n_head == model.n_embd) return;
  throw file_error(in.where() + ": model.head_dim x model.n_head must equal model.n_embd for " + model.family);
}

void require_all_kv_heads(const ModelConfig& model, const HfReader& in) {
  if (model.n_kv_head == model.n_head) return;
  throw file_error(in.where() + ": model.n_kv_head must equal model.n_head for " + model.family);
}

void require_eps(const ModelConfig& model, double eps) {
  if (model.norm_eps != eps) throw usage_error("model.norm_eps must be 1e-5 for " + model.family);
}

}  // namespace variometer
