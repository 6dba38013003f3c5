// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace variometer {

/// A part of a text on its way through a tokenizer.
struct NormalizedText {
  std::string text;
  bool at_start = true;  ///< does it begin where the whole text began?
};

/// The `normalizer` of a tokenizer.json: changes a text before it is cut. Immutable; shared by threads.
class Normalizer {
 public:
  Normalizer() = default;
  /// Throws Error(file) for a component that is unknown or has wrong settings. `description` may be null.
  explicit Normalizer(const nlohmann::json& description);

  void apply(NormalizedText& text) const {
    for (const auto& step : steps_) step(text);
  }
  bool empty() const { return steps_.empty(); }

 private:
  using Step = std::function<void(NormalizedText&)>;
  void add(const nlohmann::json& description, int depth);

  std::vector<Step> steps_;
};

}  // namespace variometer
