// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/open_model.h"

#include <ATen/Parallel.h>

#include <utility>

#include "core/analysis/model_tokenizer.h"
#include "core/base/error.h"
#include "core/checkpoint/another_head.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/gguf.h"
#include "core/checkpoint/hf_model.h"
#include "core/checkpoint/memory.h"
#include "core/checkpoint/model_info.h"
#include "core/checkpoint/model_shard.h"
#include "core/text/tokenizer_files.h"
#include "core/train/trainer.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

at::ScalarType compute_type(const std::string& dtype, const at::Device& device, const TensorStore& store) {
  if (dtype == "float32") return at::kFloat;
  if (dtype == "bfloat16") return at::kBFloat16;
  if (dtype == "float16") return at::kHalf;
  if (!dtype.empty()) throw usage_error("--dtype " + dtype + ": use float32, bfloat16 or float16");
  if (!device.is_cuda()) return at::kFloat;
  bool quantised = false, half = false, brain = false;
  for (const auto& [name, item] : store.items()) {
    brain |= item.entry->dtype == "BF16";
    half |= item.entry->dtype == "F16";
    quantised |= item.entry->dtype.find('Q') != std::string::npos;
  }
  return brain || quantised ? at::kBFloat16 : half ? at::kHalf : at::kFloat;
}

/// The folder with config.json, or the GGUF file.
fs::path place_of(const fs::path& path) {
  if (!fs::exists(path)) throw file_error(path.string() + ": no such model");
  if (const auto gguf = find_gguf(path); !gguf.empty()) return gguf;
  if (!fs::is_directory(path)) {
    const auto folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    if (path.extension() != ".safetensors") {
      throw file_error(path.string() + ": no model; give its folder, a .safetensors or a .gguf file");
    }
    if (!fs::exists(folder / "config.json")) {
      throw file_error(path.string() + ": there is no config.json beside it that says what model it is");
    }
    return folder;
  }
  if (fs::exists(path / "config.json") && !is_checkpoint(path)) return path;
  try {
    return find_checkpoint(path);
  } catch (const Error&) {
    throw file_error(path.string() + ": no config.json in it; is it a model folder?");
  }
}

/// What a decoder needs beside its weights, with room to spare.
constexpr double kShareForWeights = 0.8;

}  // namespace

OpenModel open_model(const fs::path& path, const OpenOptions& options) {
  const auto place = place_of(path);
  const at::Device device = choose_device(options.device);
  if (options.threads > 0) at::set_num_threads(static_cast<int>(options.threads));
  const auto weights_at = fs::is_directory(path) ? place : path;
  if (!fs::is_directory(path)) refuse_shard(path);
  const auto config = read_hf_config(place);
  const auto store = std::make_shared<const TensorStore>(weights_at);
  const auto type = compute_type(options.dtype, device, *store);
  auto plan = plan_hf_weights(*store, config, weights_at.string());
  auto warnings = std::exchange(plan.warnings, {});
  if (auto warning = another_head_warning(place); !warning.empty()) warnings.push_back(std::move(warning));
  auto weights = std::make_shared<StoredWeights>(store, config, std::move(plan),
                                                 WeightPlacement{.device = device,
                                                                 .compute_type = type,
                                                                 .keep_tables = !options.many_passes,
                                                                 .loaded = options.loaded,
                                                                 .whole_values = options.whole_values});
  const bool fits = static_cast<double>(weights->bytes()) < kShareForWeights * static_cast<double>(available_memory());
  OpenModel model{Decoder(config, device, type, weights), place, nullptr, options.stream || !fits, std::move(warnings)};
  const bool checkpoint = is_checkpoint(place);
  if (checkpoint) load_checkpoint_extras(place, model.decoder);
  if (!model.streaming) weights->fill(model.decoder);
  model.tokenizer = model_tokenizer(place, config.vocab_size, model.warnings);
  // A repository of one .gguf file may keep the tokenizer beside it.
  if (!model.tokenizer && fs::is_directory(path) && place != path && has_tokenizer_files(path)) {
    model.tokenizer = model_tokenizer(path, config.vocab_size, model.warnings);
  }
  if (!fits && !options.stream) {
    model.warnings.push_back(weights_at.string() +
                             ": does not fit into memory; it is read layer by layer, once for every pass");
  }
  if (checkpoint) return model;
  if (const auto info = read_model_info(place); info.kv_bias || info.dyt) {
    model.warnings.push_back(place.string() + ": trained with KV bias or DyT, which are not in this folder; what is " +
                             "computed here is not the model that was trained");
  }
  return model;
}

std::string dtype_name(at::ScalarType type) {
  return type == at::kBFloat16 ? "bfloat16" : type == at::kHalf ? "float16" : "float32";
}

}  // namespace variometer
