// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>

#include "core/checkpoint/safetensors.h"

namespace variometer {

/// A tensor on the CPU with the entry's values, in its own dtype. Copies, so that alignment does not matter. Throws
/// Error(file) for a dtype LibTorch cannot hold here (F8, F4, ...).
at::Tensor tensor_from(const SafetensorsFile& file, const TensorEntry& entry);

/// Throws Error(file), naming the tensor and its type, where it cannot be one of a model's weights: numbers that count,
/// a quantisation there is no reader for.
void require_weights(const TensorStore::Item& item);

enum class Threads { all, one };

/// The same for any weight of a model: what GGUF files have in another order comes in Hugging Face's, quantised values
/// come as float32. `threads`: one where another thread computes meanwhile. Throws Error(file) for a quantisation there
/// is no reader for.
at::Tensor tensor_from(const TensorStore::Item& item, Threads threads = Threads::all);

/// The same without a copy where the file's bytes can serve as they lie: an undisturbed order, and an aligned address.
/// Such a tensor looks into the mapping, so `store` lives as long as it. Writing to it changes memory, never the file.
at::Tensor tensor_view(const std::shared_ptr<const TensorStore>& store, const TensorStore::Item& item,
                       Threads threads = Threads::all);

/// A quantised matrix of a GGUF file that lies as Hugging Face has it: any of its rows can be widened alone.
bool has_quantised_rows(const TensorStore::Item& item);
/// Rows first .. first + n - 1 of it as float32, the bits tensor_from gives. Throws Error(run) for rows it has not.
at::Tensor quantised_rows(const TensorStore::Item& item, std::int64_t first, std::int64_t n);

/// The tensor as something to write: any device, any strides; fetched when its turn comes.
TensorSource source_of(std::string name, at::Tensor tensor);

}  // namespace variometer
