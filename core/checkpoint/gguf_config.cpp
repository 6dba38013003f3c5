// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <numbers>
#include <optional>

#include "core/base/error.h"
#include "core/checkpoint/gguf_architecture.h"
#include "core/checkpoint/gguf_model.h"
#include "core/checkpoint/mapped_file.h"

namespace variometer {
namespace {

using nlohmann::json;

class ConfigReader {
 public:
  explicit ConfigReader(const GgufFile& file)
      : file_(file),
        architecture_(gguf_architecture(file)),
        type_(architecture_.model_type),
        prefix_(std::string(architecture_.name) + "."),
        sizes_(gguf_sizes(file)) {}

  json read() {
    refuse_what_there_is_no_decoder_for();
    out_["model_type"] = type_;
    if (type_ == "gpt2") {
      read_gpt2();
    } else {
      read_common();
      if (type_ == "falcon") read_falcon();
      if (type_ == "gpt_neox") read_gpt_neox();
      if (type_.starts_with("gemma")) read_gemma();
      read_rope();
    }
    for (const char* id : {"bos_token_id", "eos_token_id"}) {
      if (const auto value = file_.integer(std::string("tokenizer.ggml.") + id)) out_[id] = *value;
    }
    return out_;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw file_error(file_.path().string() + ": " + what); }
  std::string key(const char* name) const { return prefix_ + name; }
  bool has(const std::string& tensor) const { return file_.find_tensor(tensor) != nullptr; }

  void refuse_what_there_is_no_decoder_for() const {
    if (const auto n = file_.integer(key("expert_count")); n && *n > 0) {
      fail("a mixture of " + std::to_string(*n) + " experts, which is not supported");
    }
    if (const auto width = file_.integer(key("attention.value_length")); width && *width != sizes_.head_dim) {
      fail("values of another width than keys are not supported");
    }
  }

  /// The embedding; a file of a tied model may hold the matrix under the head's name alone.
  std::int64_t vocabulary() const {
    const bool under_head = has("output.weight") && !has("token_embd.weight");
    return rows_of(under_head ? "output.weight" : "token_embd.weight");
  }
  /// Or under both names.
  bool is_tied() const {
    const auto* head = file_.find_tensor("output.weight");
    const auto* embedding = file_.find_tensor("token_embd.weight");
    if (head == nullptr || embedding == nullptr) return true;
    return head->type == embedding->type && head->shape == embedding->shape &&
           std::ranges::equal(file_.data(*head), file_.data(*embedding));
  }

  /// Rows of a tensor that must be there.
  std::int64_t rows_of(const std::string& name) const {
    const GgufTensor* tensor = file_.find_tensor(name);
    if (tensor == nullptr || tensor->shape.empty()) fail("tensor " + name + " is missing; the file is damaged");
    return tensor->shape.front();
  }

  std::int64_t context() const { return file_.integer(key("context_length")).value_or(2048); }

  double epsilon() const {
    for (const char* name : {"attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon"}) {
      if (const auto value = file_.number(key(name))) return decimal(static_cast<float>(*value));
    }
    return type_ == "gemma" || type_ == "llama" ? 1e-6 : 1e-5;
  }

  /// The shortest decimal number that gives this float32: 1e-05, not 9.99999974e-06.
  static double decimal(float value) {
    std::array<char, 64> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    double result = 0;
    std::from_chars(text.data(), end, result);
    return result;
  }

  void read_gpt2() {
    out_.update({{"n_embd", sizes_.n_embd},
                 {"n_layer", sizes_.n_layer},
                 {"n_head", sizes_.n_head},
                 {"n_inner", rows_of("blk.0.ffn_up.weight")},
                 {"n_positions", rows_of("position_embd.weight")},
                 {"vocab_size", vocabulary()},
                 {"activation_function", "gelu_new"},
                 {"layer_norm_epsilon", epsilon()},
                 {"tie_word_embeddings", is_tied()}});
  }

  void read_common() {
    const auto inner = rows_of("blk.0.ffn_up.weight");
    out_.update({{"hidden_size", sizes_.n_embd},
                 {"num_hidden_layers", sizes_.n_layer},
                 {"num_attention_heads", sizes_.n_head},
                 {"intermediate_size", type_ == "phi3" ? inner / 2 : inner},
                 {"max_position_embeddings", context()},
                 {"vocab_size", vocabulary()},
                 {"tie_word_embeddings", is_tied()}});
    if (type_ != "falcon" && type_ != "gpt_neox") out_["num_key_value_heads"] = sizes_.n_kv_head;
    if (type_ != "falcon" && type_ != "gpt_neox" && type_ != "phi" && type_ != "phi3")
      out_["head_dim"] = sizes_.head_dim;
    if (sizes_.head_dim * sizes_.n_head != sizes_.n_embd && !out_.contains("head_dim")) {
      fail("heads of " + std::to_string(sizes_.head_dim) + " values do not make up the width of this architecture");
    }
    const bool layer_norm = type_ == "falcon" || type_ == "gpt_neox" || type_ == "phi";
    if (type_ == "falcon") {
      out_["layer_norm_epsilon"] = epsilon();
    } else if (type_ != "olmo") {
      out_[layer_norm ? "layer_norm_eps" : "rms_norm_eps"] = epsilon();
    }
    if (const auto clip = file_.number(key("attention.clamp_kqv")); clip && *clip > 0) out_["clip_qkv"] = *clip;
    if (type_ == "phi") {
      out_["hidden_act"] = "gelu_new";
    } else if (!layer_norm && !type_.starts_with("gemma")) {
      out_["hidden_act"] = "silu";
    }
    if (type_ == "llama" || type_ == "olmo" || type_ == "olmo2" || type_ == "qwen3" || type_.starts_with("gemma")) {
      out_["attention_bias"] = has("blk.0.attn_q.bias");
    }
    if (type_ == "llama") out_["mlp_bias"] = has("blk.0.ffn_up.bias");
    read_window();
  }

  void read_window() {
    const auto window = file_.integer(key("attention.sliding_window"));
    if (type_ == "phi3") {
      // Converters wrote the key for models without a window too, as the length of the context.
      out_["sliding_window"] = window && *window > 0 && *window < context() ? json(*window) : json(nullptr);
    } else if (type_ == "gemma2" || type_ == "gemma3_text") {
      out_["sliding_window"] = window.value_or(type_ == "gemma2" ? 4096 : 1024);
    } else if (window && *window > 0 && *window < context()) {
      fail("a sliding window of " + std::to_string(*window) + " is not supported for this architecture");
    }
  }

  void read_falcon() {
    const bool two_norms = has("blk.0.attn_norm_2.weight");
    const bool grouped = two_norms || (sizes_.n_kv_head > 1 && sizes_.n_kv_head < sizes_.n_head);
    out_.update({{"new_decoder_architecture", grouped},
                 {"multi_query", sizes_.n_kv_head == 1},
                 {"parallel_attn", true},
                 {"alibi", false},
                 {"bias", has("blk.0.attn_qkv.bias")},
                 {"num_kv_heads", sizes_.n_kv_head},
                 {"ffn_hidden_size", rows_of("blk.0.ffn_up.weight")},
                 {"activation", "gelu"}});
    if (grouped) out_["num_ln_in_parallel_attn"] = two_norms ? 2 : 1;
  }

  void read_gpt_neox() {
    out_["use_parallel_residual"] = file_.flag(key("use_parallel_residual")).value_or(true);
    out_["attention_bias"] = has("blk.0.attn_qkv.bias");
    out_["hidden_act"] = "gelu";
  }

  void read_gemma() {
    // The programs that run these files use the tanh form whatever config.json said.
    out_["hidden_act"] = out_["hidden_activation"] = "gelu_pytorch_tanh";
    if (type_ == "gemma") return;
    const bool is_27b = type_ == "gemma2" ? sizes_.n_layer == 46 : sizes_.n_layer == 62;
    out_["query_pre_attn_scalar"] = is_27b ? sizes_.n_embd / sizes_.n_head : sizes_.head_dim;
    if (type_ == "gemma2") {
      out_["attn_logit_softcapping"] = file_.number(key("attn_logit_softcapping")).value_or(50.0);
      out_["final_logit_softcapping"] = file_.number(key("final_logit_softcapping")).value_or(30.0);
    } else {
      out_["sliding_window_pattern"] = file_.integer(key("attention.sliding_window_pattern")).value_or(6);
      out_["rope_local_base_freq"] = file_.number(key("rope.freq_base_swa")).value_or(10000.0);
    }
  }

  void read_rope() {
    const double theta = file_.number(key("rope.freq_base")).value_or(type_ == "gemma3_text" ? 1e6 : 1e4);
    out_[type_ == "gpt_neox" ? "rotary_emb_base" : "rope_theta"] = theta;
    const auto dim = file_.integer(key("rope.dimension_count")).value_or(sizes_.head_dim);
    if (dim < 2 || dim > sizes_.head_dim || dim % 2 != 0) {
      fail("rope.dimension_count = " + std::to_string(dim) + " does not fit heads of " +
           std::to_string(sizes_.head_dim));
    }
    const double part = static_cast<double>(dim) / static_cast<double>(sizes_.head_dim);
    if (type_ == "gpt_neox") {
      out_["rotary_pct"] = part;
    } else if (type_ == "phi" || type_ == "phi3") {
      out_["partial_rotary_factor"] = part;
    } else if (dim != sizes_.head_dim) {
      fail("rotary positions on " + std::to_string(dim) + " of " + std::to_string(sizes_.head_dim) +
           " dimensions are not supported for this architecture");
    }
    read_scaling(theta, dim);
  }

  void read_scaling(double theta, std::int64_t dim) {
    const auto original = file_.integer(key("rope.scaling.original_context_length"));
    const auto long_factors = factors("rope_factors_long.weight", dim);
    const auto short_factors = factors("rope_factors_short.weight", dim);
    if (long_factors || short_factors) {
      if (!long_factors || !short_factors) fail("only one of rope_factors_long and rope_factors_short is there");
      json scaling{{"rope_type", "longrope"}, {"short_factor", *short_factors}, {"long_factor", *long_factors}};
      if (type_ == "phi3") scaling["type"] = "longrope";
      if (const auto a = file_.number(key("rope.scaling.attn_factor"))) scaling["attention_factor"] = *a;
      out_["rope_scaling"] = scaling;
      out_["original_max_position_embeddings"] = original.value_or(context());
      return;
    }
    if (const auto divisors = factors("rope_freqs.weight", dim)) {
      out_["rope_scaling"] = llama3(*divisors, theta, dim);
      return;
    }
    const auto kind = std::string(file_.text(key("rope.scaling.type")).value_or("linear"));
    auto factor = file_.number(key("rope.scaling.factor"));
    if (!factor) factor = file_.number(key("rope.scale_linear"));  // its name in old files
    if (kind == "none" || (kind == "linear" && factor.value_or(0) == 0)) return;
    if (kind == "linear") {
      if (*factor != 1) out_["rope_scaling"] = {{"rope_type", "linear"}, {"factor", *factor}};
    } else if (kind == "yarn") {
      out_["rope_scaling"] = yarn(factor.value_or(1), original.value_or(context()));
    } else {
      fail("the rope scaling " + in_quotes(kind) + " is not supported");
    }
  }

  /// Converters take these numbers over from config.json as they are.
  json yarn(double factor, std::int64_t original) const {
    json scaling{{"rope_type", "yarn"}, {"factor", factor}, {"original_max_position_embeddings", original}};
    const auto take = [&](const char* name, const char* hf_name) {
      if (const auto value = file_.number(key(name))) scaling[hf_name] = decimal(static_cast<float>(*value));
    };
    take("rope.scaling.attn_factor", "attention_factor");
    take("rope.scaling.yarn_attn_factor", "attention_factor");
    take("rope.scaling.yarn_beta_fast", "beta_fast");
    take("rope.scaling.yarn_beta_slow", "beta_slow");
    // Other programs mix the two kinds of frequencies in any proportion; here, as in transformers, it is 1.
    if (const auto mix = file_.number(key("rope.scaling.yarn_ext_factor")); mix && *mix >= 0 && *mix != 1) {
      fail("rope.scaling.yarn_ext_factor other than 1 is not supported");
    }
    return scaling;
  }

  /// A table of dim / 2 float32 divisors.
  std::optional<std::vector<double>> factors(const char* name, std::int64_t dim) const {
    const GgufTensor* tensor = file_.find_tensor(name);
    if (tensor == nullptr) return std::nullopt;
    if (tensor->type != 0 || tensor->count() != static_cast<std::uint64_t>(dim / 2)) {
      fail(std::string("tensor ") + name + " is not " + std::to_string(dim / 2) + " values of F32");
    }
    std::vector<double> result;
    for (std::uint64_t i = 0; i < tensor->count(); ++i) {
      float value = 0;
      std::memcpy(&value, file_.data(*tensor).data() + 4 * i, 4);
      if (!std::isfinite(value) || value <= 0) fail(std::string("tensor ") + name + " has a value that is no divisor");
      result.push_back(decimal(value));
    }
    return result;
  }

  /// The file holds what LLaMA 3's scaling came to. Where its usual constants give that, the config says so; else the
  /// divisors themselves, as the one scaling that takes a table.
  json llama3(const std::vector<double>& divisors, double theta, std::int64_t dim) const {
    const double factor = std::ranges::max(divisors);
    constexpr double kLow = 1, kHigh = 4, kOld = 8192;
    bool usual = true;
    for (std::int64_t i = 0; i < dim / 2; ++i) {
      const double inverse = std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(dim));
      const double wavelength = 2 * std::numbers::pi / inverse;
      double wanted = factor;
      if (wavelength < kOld / kHigh) {
        wanted = 1;
      } else if (wavelength <= kOld / kLow) {
        const double s = (kOld / wavelength - kLow) / (kHigh - kLow);
        wanted = 1 / ((1 - s) / factor + s);
      }
      usual = usual && std::abs(divisors[static_cast<std::size_t>(i)] / wanted - 1) < 1e-5;
    }
    if (usual) {
      return {{"rope_type", "llama3"},
              {"factor", factor},
              {"low_freq_factor", kLow},
              {"high_freq_factor", kHigh},
              {"original_max_position_embeddings", static_cast<std::int64_t>(kOld)}};
    }
    return {{"rope_type", "longrope"},
            {"short_factor", divisors},
            {"long_factor", divisors},
            {"attention_factor", 1.0},
            {"original_max_position_embeddings", context()}};
  }

  const GgufFile& file_;
  const GgufArchitecture& architecture_;
  const std::string type_;
  const std::string prefix_;
  const GgufSizes sizes_;
  json out_ = json::object();
};

}  // namespace

json hf_config_from_gguf(const GgufFile& file) { return ConfigReader(file).read(); }

}  // namespace variometer
