// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "core/checkpoint/hf_model.h"
#include "core/checkpoint/safetensors.h"
#include "core/model/decoder.h"

namespace variometer {

/// What becomes of a model's weights on their way from the files to a decoder that only looks.
struct WeightPlacement {
  at::Device device = at::kCPU;
  at::ScalarType compute_type = at::kFloat;
  /// Embedding and head stay in the file's own type where they can be mapped: for one pass. Else everything is
  /// converted once, for many.
  bool keep_tables = true;
  /// Told of every parameter once, with the value the model will compute with. Thread of the forward pass.
  TensorLoaded loaded = {};
  /// `loaded` looks at the values: each must be there as a whole. Else a quantised embedding or head that is kept as a
  /// table is told of without one, and only ever widened a part at a time.
  bool whole_values = true;
};

/// The weights of a TensorStore for a Decoder made with a WeightSource. Either `fill` gives all parameters their values
/// at once, or the decoder asks layer by layer: then one layer is held, the next is read by a second thread meanwhile,
/// and the pages of files behind it are given back. Both ways give the same bits. What lies in the file as it is needed
/// is mapped, not copied; all else is copied once. One thread uses it.
class StoredWeights : public WeightSource {
 public:
  StoredWeights(std::shared_ptr<const TensorStore> store, const ModelConfig& config, HfPlan plan,
                WeightPlacement placement);
  ~StoredWeights() override;

  /// Bytes all weights take at once.
  std::uint64_t bytes() const;
  /// Gives every parameter its value. Throws Error(file).
  void fill(Decoder& decoder);

  at::Tensor load(std::size_t index) override;
  bool has_rows(std::size_t index) override;
  at::Tensor rows(std::size_t index, std::int64_t first, std::int64_t n) override;
  void will_need(std::size_t first, std::size_t last) override;
  void dropped(std::size_t first, std::size_t last) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace variometer
