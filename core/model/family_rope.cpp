// SPDX-License-Identifier: GPL-3.0-or-later
#include <cmath>

#include "core/model/family.h"

namespace variometer {
namespace {

double mscale(double factor, double m = 1) { return factor <= 1 ? 1 : 0.1 * m * std::log(factor) + 1; }

double yarn_attention_factor(const HfReader& scaling, double factor) {
  const double m = scaling.number({"mscale"}, 0), all = scaling.number({"mscale_all_dim"}, 0);
  if (scaling.has("attention_factor")) return scaling.number({"attention_factor"}, 1);
  return m != 0 && all != 0 ? mscale(factor, m) / mscale(factor, all) : mscale(factor);
}

double longrope_attention_factor(const HfReader& scaling, double factor, double original) {
  if (scaling.has("attention_factor")) return scaling.number({"attention_factor"}, 1);
  return factor <= 1 ? 1 : std::sqrt(1 + std::log(factor) / std::log(original));
}

bool is_empty(const HfReader& in, const std::string& key) {
  const auto* value = in.find(key);
  return value == nullptr || (value->is_object() && value->empty());
}

// What `rope_parameters` or `rope_scaling` says, scaling first: transformers lets it win. Of a file split by layer type
// the part called `kind`; rope_scaling is about the full-attention layers only.
HfReader dictionary(const HfReader& in, const std::string& kind) {
  const auto parameters = in.inner("rope_parameters");
  const bool local = kind == "sliding_attention";
  if (!is_empty(in, "rope_scaling") && !local) return in.inner("rope_scaling");
  return local || (!kind.empty() && parameters.has(kind)) ? parameters.inner(kind) : parameters;
}

// Families that can turn a part of each head. In the others transformers 5 does not look at the key.
bool turns_in_part(const std::string& family) { return family == "phi3" || family == "phi" || family == "gpt_neox"; }

void check(const HfReader& in, const RopeOptions& rope, const std::string& key) {
  const auto positive = [](double value) { return std::isfinite(value) && value > 0; };
  if (!positive(rope.factor) || !positive(rope.theta) || !positive(rope.original_positions) ||
      !std::isfinite(rope.attention_factor) || !positive(rope.beta_fast) || !positive(rope.beta_slow) ||
      !positive(rope.low_freq_factor) || !positive(rope.high_freq_factor)) {
    in.refuse(key, "has a value that is not positive");
  }
  const auto wanted = static_cast<std::size_t>(rope.dim / 2);
  if (rope.type == "longrope" && (rope.short_factor.size() != wanted || rope.long_factor.size() != wanted)) {
    in.refuse(key, "needs short_factor and long_factor of " + std::to_string(wanted) + " numbers each");
  }
  if (rope.type == "dynamic" && rope.dim <= 2) in.refuse(key, "cannot be used with two rotary dimensions");
}

}  // namespace

double rope_theta_of(const HfReader& in, const std::string& key, double otherwise) {
  // Gemma 3's file of version 5 has one object per layer type; the global one is ours.
  const auto parameters = in.inner("rope_parameters");
  const auto scaling = dictionary(in, "full_attention");
  const double inner = parameters.has("full_attention") ? parameters.inner("full_attention").number({"rope_theta"}, 0)
                                                        : scaling.number({"rope_theta"}, 0);
  return inner > 0 ? inner : in.number({key}, otherwise);
}

RopeOptions rope_of(const HfReader& in, const ModelConfig& model, double partial, const std::string& kind) {
  const auto scaling = dictionary(in, kind);
  const std::string key = is_empty(in, "rope_scaling") ? "rope_parameters" : "rope_scaling";
  RopeOptions rope;
  rope.theta = model.rope_theta;
  rope.type = scaling.text("rope_type", scaling.text("type", "default"));
  if (rope.type == "su") rope.type = "longrope";
  if (rope.type == "none") rope.type = "default";
  if (model.family == "phi3" && rope.type == "yarn") rope.type = "longrope";
  const bool whole = !turns_in_part(model.family);
  const double top = whole ? in.number({"partial_rotary_factor"}, partial) : partial;
  const double asked = scaling.number({"partial_rotary_factor"}, top);
  rope.dim = model.head_dim;
  // Where the family's heads turn as a whole and positions are not scaled, transformers 5 does not look at the share.
  if (!whole || rope.type != "default") {
    if (!(asked > 0 && asked <= 1)) in.refuse("partial_rotary_factor", "is not a share of a head");
    rope.dim = static_cast<std::int64_t>(static_cast<double>(model.head_dim) * asked);
  }
  if (whole && rope.dim != model.head_dim) {  // there its forward pass fails
    in.refuse("partial_rotary_factor", "cannot be used by " + model.family + " with scaled positions");
  }
  if (rope.dim < 2 || rope.dim % 2 != 0) {
    in.refuse("head_dim", "leaves " + std::to_string(rope.dim) + " rotary dimensions; an even number is needed");
  }
  rope.max_positions =
      static_cast<double>(in.integer({"max_position_embeddings"}, static_cast<std::int64_t>(model.block_size)));
  rope.original_positions = rope.max_positions;
  if (rope.type == "default") return rope;
  // As transformers 5 reads them, whatever version wrote the file: the factor is what is given, the original length
  // that at the top before that in the dictionary, else the model's own.
  const double given = scaling.number({"original_max_position_embeddings"}, rope.max_positions);
  const bool split = model.family == "gemma3_text";  // there the dictionary of each layer type stands alone
  rope.original_positions =
      split ? given : in.number({"original_max_position_embeddings"}, model.family == "phi3" ? 4096 : given);
  const double ratio = rope.max_positions / rope.original_positions;
  rope.factor = scaling.number({"factor"}, rope.type == "yarn" || rope.type == "longrope" ? ratio : 1);
  if (rope.type == "llama3") {
    rope.low_freq_factor = scaling.number({"low_freq_factor"}, 1);
    rope.high_freq_factor = scaling.number({"high_freq_factor"}, 4);
  } else if (rope.type == "yarn") {
    const auto or_usual = [](double value, double usual) { return value == 0 ? usual : value; };
    rope.beta_fast = or_usual(scaling.number({"beta_fast"}, 32), 32);
    rope.beta_slow = or_usual(scaling.number({"beta_slow"}, 1), 1);
    rope.truncate = scaling.flag("truncate", !scaling.names("truncate"));
    rope.attention_factor = yarn_attention_factor(scaling, rope.factor);
  } else if (rope.type == "longrope") {
    rope.short_factor = scaling.numbers("short_factor");
    rope.long_factor = scaling.numbers("long_factor");
    rope.attention_factor = longrope_attention_factor(scaling, rope.factor, rope.original_positions);
  } else if (rope.type != "linear" && rope.type != "dynamic") {
    in.refuse(key, "is not supported");
  }
  check(in, rope, key);
  return rope;
}

}  // namespace variometer
