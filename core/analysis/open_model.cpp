// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/open_model.h"

#include <ATen/Parallel.h>

#include "core/base/error.h"
#include "core/checkpoint/byte_tokenizer_files.h"
#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/hf_model.h"
#include "core/checkpoint/model_info.h"
#include "core/train/trainer.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

at::ScalarType compute_type(const std::string& dtype, const at::Device& device, const ModelInfo& info) {
  if (dtype == "float32") return at::kFloat;
  if (dtype == "bfloat16") return at::kBFloat16;
  if (dtype == "float16") return at::kHalf;
  if (!dtype.empty()) throw usage_error("--dtype " + dtype + ": use float32, bfloat16 or float16");
  if (device.is_cuda() && info.dtypes.contains("BF16")) return at::kBFloat16;
  if (device.is_cuda() && info.dtypes.contains("F16")) return at::kHalf;
  return at::kFloat;
}

}  // namespace

OpenModel open_model(const fs::path& path, const std::string& device_name, const std::string& dtype,
                     std::int64_t threads, const TensorLoaded& loaded) {
  if (!fs::exists(path)) throw file_error(path.string() + ": no such model folder");
  if (!fs::is_directory(path)) throw file_error(path.string() + ": give the folder that holds config.json");
  const auto info = read_model_info(path);
  const auto folder = fs::exists(path / "config.json") ? path : find_checkpoint(path);
  const auto config = read_hf_config(folder);
  const at::Device device = choose_device(device_name);
  if (threads > 0) at::set_num_threads(static_cast<int>(threads));
  OpenModel model{Decoder(config, device, compute_type(dtype, device, info)),
                  folder,
                  has_byte_tokenizer(folder, config.vocab_size),
                  {}};
  if (is_checkpoint(folder)) {
    load_checkpoint(folder, model.decoder, loaded);
  } else {
    model.warnings = load_hf_weights(folder, model.decoder, loaded);
    if (info.kv_bias || info.dyt) {
      model.warnings.push_back(folder.string() +
                               ": trained with KV bias or DyT, which are not in this folder; what is " +
                               "computed here is not the model that was trained");
    }
  }
  return model;
}

}  // namespace variometer
