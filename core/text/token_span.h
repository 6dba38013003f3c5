// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace variometer {

/// Tokens in their order, looked at without a copy: the bytes of a text, each its own id, or ids. What it looks at must
/// outlive it.
class TokenSpan {
 public:
  TokenSpan() = default;
  explicit TokenSpan(std::string_view bytes) : bytes_(bytes) {}
  explicit TokenSpan(std::span<const std::int32_t> ids) : ids_(ids) {}

  std::size_t size() const { return bytes_.size() + ids_.size(); }
  bool empty() const { return size() == 0; }
  std::int64_t operator[](std::size_t i) const {
    return ids_.empty() ? static_cast<unsigned char>(bytes_[i]) : std::int64_t{ids_[i]};
  }

  std::string_view bytes() const { return bytes_; }           ///< empty where there are ids
  std::span<const std::int32_t> ids() const { return ids_; }  ///< empty where there are bytes

 private:
  // One of them is empty.
  std::string_view bytes_;
  std::span<const std::int32_t> ids_;
};

}  // namespace variometer
