// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace variometer {

/// Typed access to a Hugging Face config.json with the class's default for absent and null keys. Refers to the JSON it
/// was made from. Everything throws Error(file) that names file and key when a value cannot be.
class HfReader {
 public:
  HfReader(const nlohmann::json& config, std::string where) : config_(config), where_(std::move(where)) {}

  /// Null for absent and null keys.
  const nlohmann::json* find(const std::string& key) const;
  bool has(const std::string& key) const { return find(key) != nullptr; }
  /// The key is there, be it null.
  bool names(const std::string& key) const { return config_.contains(key); }

  /// The first of `keys` that is there.
  std::int64_t integer(const std::vector<std::string>& keys, std::int64_t otherwise) const;
  double number(const std::vector<std::string>& keys, double otherwise) const;
  bool flag(const std::string& key, bool otherwise) const;
  std::string text(const std::string& key, const std::string& otherwise) const;
  std::vector<double> numbers(const std::string& key) const;
  std::vector<std::string> texts(const std::string& key) const;
  /// An object; empty where the key is absent.
  HfReader inner(const std::string& key) const;

  /// An option the decoder has in this form only.
  void require(bool holds, const std::string& key) const;
  [[noreturn]] void refuse(const std::string& key, const std::string& why) const;

  const std::string& where() const { return where_; }

 private:
  const nlohmann::json& config_;
  const std::string where_;
};

}  // namespace variometer
