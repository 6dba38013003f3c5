// SPDX-License-Identifier: GPL-3.0-or-later
#include <ATen/Context.h>

#include <charconv>
#include <string_view>

#include "core/base/error.h"
#include "core/kernels/statistics_cuda.h"
#include "core/train/trainer.h"

namespace variometer {

at::Device choose_device(const std::string& name) {
  if (name == "cpu") return at::kCPU;
  const auto n_gpu = static_cast<int>(at::getNumGPUs());
  if (name == "auto") return n_gpu > 0 ? choose_device("cuda:0") : at::Device(at::kCPU);
  int index = 0;
  bool understood = name == "cuda";
  if (std::string_view(name).starts_with("cuda:")) {
    const char* const end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data() + 5, end, index);
    understood = error == std::errc{} && rest == end && index >= 0;
  }
  if (!understood) throw usage_error("train.device is '" + name + "'; use auto, cpu, cuda or cuda:0");
  if (n_gpu == 0) {
    throw device_error("train.device is '" + name +
                       "', but no CUDA device is there (or this build has no CUDA); use --device cpu");
  }
  if (index >= n_gpu) {
    throw device_error("train.device is '" + name + "', but this machine has " + std::to_string(n_gpu) +
                       " CUDA device" + (n_gpu == 1 ? "" : "s") + "; the last is cuda:" + std::to_string(n_gpu - 1));
  }
  const at::Device device(at::kCUDA, static_cast<at::DeviceIndex>(index));
  require_cuda_kernels(device);
  return device;
}

at::Device choose_device(const TrainConfig& train) {
  const at::Device device = choose_device(train.device);
  if (train.dtype == "bfloat16" && device.is_cpu()) {
    throw usage_error("train.dtype = bfloat16 needs a CUDA device; use float32 on the CPU");
  }
  return device;
}

}  // namespace variometer
