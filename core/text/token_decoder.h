// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace variometer {

/// The `decoder` of a tokenizer.json: tokens back into text. Immutable; shared by threads.
class TokenDecoder {
 public:
  TokenDecoder() = default;
  /// Throws Error(file) for a component that is unknown or has wrong settings. `description` may be null.
  explicit TokenDecoder(const nlohmann::json& description);

  /// The text of the tokens; without a decoder, they stand side by side with spaces between.
  std::string decode(std::vector<std::string> tokens) const;

 private:
  using Step = std::function<void(std::vector<std::string>&)>;
  void add(const nlohmann::json& description, int depth);

  std::vector<Step> steps_;
  bool present_ = false;
};

}  // namespace variometer
