// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_set>

#include "core/base/error.h"
#include "core/checkpoint/gguf_architecture.h"
#include "core/checkpoint/gguf_model.h"
#include "core/checkpoint/mapped_file.h"

namespace variometer {
namespace {

/// "blk.7.attn_q.weight" -> layer 7, "attn_q", ".weight"; layer -1 outside the blocks.
struct NameParts {
  int layer = -1;
  std::string_view base, suffix;
};

std::optional<NameParts> parts_of(std::string_view name) {
  NameParts parts;
  if (name.starts_with("blk.")) {
    name.remove_prefix(4);
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), parts.layer);
    if (error != std::errc() || parts.layer < 0 || end == name.data() + name.size() || *end != '.') return std::nullopt;
    name.remove_prefix(static_cast<std::size_t>(end - name.data()) + 1);
  }
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  parts.base = name.substr(0, dot);
  parts.suffix = name.substr(dot);
  return parts;
}

class WeightReader {
 public:
  explicit WeightReader(const GgufFile& file)
      : file_(file), architecture_(gguf_architecture(file)), sizes_(gguf_sizes(file)) {}

  std::vector<GgufWeight> read() {
    for (const auto& tensor : file_.tensors()) add(tensor);
    std::unordered_set<std::string_view> names;
    for (const auto& weight : weights_) {
      if (!names.insert(weight.name).second) {
        throw file_error(file_.path().string() + ": tensor " + in_quotes(weight.tensor->name) +
                         " is one the file has under another name too");
      }
    }
    return std::move(weights_);
  }

 private:
  void add(const GgufTensor& tensor) {
    if (is_rope_table(tensor.name)) return;  // read with the metadata
    GgufWeight weight;
    weight.name = tensor.name;
    weight.shape = tensor.shape;
    weight.tensor = &tensor;
    const auto parts = parts_of(tensor.name);
    const GgufName* known = parts ? find(parts->base, parts->layer >= 0) : nullptr;
    if (known == nullptr) {
      if (parts && architecture_.name == "phi2" && parts->base == "attn_qkv") return split(weight, *parts);
      weights_.push_back(std::move(weight));
      return;
    }
    weight.name = hf_name(*parts, known->hf);
    if (architecture_.name == "falcon" && parts->base == "attn_norm" && has_second_norm(parts->layer)) {
      weight.name = hf_name(*parts, "ln_mlp");
    }
    weight.minus_one = architecture_.norms_plus_one && parts->base.ends_with("norm") && parts->suffix == ".weight";
    if (known->transposed && weight.shape.size() == 2) {
      weight.transposed = true;
      std::swap(weight.shape[0], weight.shape[1]);
    }
    weight.rows = order_of(known->rows, tensor, parts->base);
    weights_.push_back(std::move(weight));
  }

  static bool is_rope_table(const std::string& name) {
    return name == "rope_freqs.weight" || name.starts_with("rope_factors_") || name.ends_with(".rope_freqs.weight");
  }

  const GgufName* find(std::string_view base, bool of_block) const {
    for (const auto& name : architecture_.names) {
      const bool is_global = name.file == "token_embd" || name.file == "position_embd" || name.file == "output_norm" ||
                             name.file == "output";
      if (!name.file.empty() && !name.hf.empty() && name.file == base && is_global != of_block) return &name;
    }
    return nullptr;
  }

  bool has_second_norm(int layer) const {
    return file_.find_tensor("blk." + std::to_string(layer) + ".attn_norm_2.weight") != nullptr;
  }

  std::string hf_name(const NameParts& parts, std::string_view module) const {
    std::string name;
    if (parts.layer >= 0) name = std::string(architecture_.layers) + std::to_string(parts.layer) + ".";
    return name.append(module).append(parts.suffix);
  }

  /// One tensor that holds queries, keys and values, as the three Hugging Face has.
  void split(const GgufWeight& whole, const NameParts& parts) {
    const auto q = sizes_.n_head * sizes_.head_dim, kv = sizes_.n_kv_head * sizes_.head_dim;
    require_rows(*whole.tensor, q + 2 * kv);
    if (whole.shape.size() == 1 && find_ggml_type(whole.tensor->type)->block > 1) {
      throw file_error(file_.path().string() + ": tensor " + in_quotes(whole.tensor->name) +
                       " is a quantised bias; its parts do not begin where its blocks do");
    }
    std::int64_t first = 0;
    for (const auto& [module, n] :
         {std::pair{"self_attn.q_proj", q}, {"self_attn.k_proj", kv}, {"self_attn.v_proj", kv}}) {
      auto weight = whole;
      weight.name = hf_name(parts, module);
      weight.shape.front() = n;
      weight.first_row = first;
      first += n;
      weights_.push_back(std::move(weight));
    }
  }

  void require_rows(const GgufTensor& tensor, std::int64_t n) const {
    const auto found = tensor.shape.empty() ? 0 : tensor.shape.front();
    if (found != n) {
      throw file_error(file_.path().string() + ": tensor " + in_quotes(tensor.name) + " has " + std::to_string(found) +
                       " rows, but its heads take " + std::to_string(n) + "; the file is damaged");
    }
  }

  std::vector<std::int64_t> order_of(GgufRows kind, const GgufTensor& tensor, std::string_view base) const {
    const auto n = sizes_.n_head, m = sizes_.n_kv_head, d = sizes_.head_dim;
    std::vector<std::int64_t> rows;
    if (kind == GgufRows::rotary_pairs) {
      const auto heads = base == "attn_q" ? n : m;
      require_rows(tensor, heads * d);
      if (d % 2 != 0) require_rows(tensor, -1);
      for (std::int64_t h = 0; h < heads; ++h) {
        for (std::int64_t half = 0; half < 2; ++half) {
          for (std::int64_t i = 0; i < d / 2; ++i) rows.push_back(h * d + 2 * i + half);
        }
      }
    } else if (kind != GgufRows::in_order) {
      const auto groups = kind == GgufRows::q_k_v_per_head ? n : m;
      require_rows(tensor, (n + 2 * groups) * d);
      if (n % groups != 0) require_rows(tensor, -1);
      const auto add_head = [&](std::int64_t first) {
        for (std::int64_t i = 0; i < d; ++i) rows.push_back(first + i);
      };
      for (std::int64_t g = 0; g < groups; ++g) {
        for (std::int64_t q = 0; q < n / groups; ++q) add_head((g * (n / groups) + q) * d);
        add_head((n + g) * d);
        add_head((n + groups + g) * d);
      }
    }
    return rows;
  }

  const GgufFile& file_;
  const GgufArchitecture& architecture_;
  const GgufSizes sizes_;
  std::vector<GgufWeight> weights_;
};

}  // namespace

std::vector<GgufWeight> gguf_weights(const GgufFile& file) { return WeightReader(file).read(); }

}  // namespace variometer
