// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <array>
#include <vector>

#include "core/base/inspector.h"

namespace variometer {

/// What a token is to a reader: massive activations sit on the first two kinds.
enum class TokenKind { special, punctuation, blank, word };

/// Which kinds are looked at. The others are left blank in the maps and left out of the tables.
struct TokenFilter {
  static constexpr std::array<TokenKind, 4> kAll = {TokenKind::special, TokenKind::punctuation, TokenKind::blank,
                                                    TokenKind::word};
  std::array<bool, 4> on = {true, true, true, true};

  bool has(TokenKind kind) const { return on[static_cast<std::size_t>(kind)]; }
  void set(TokenKind kind, bool shown) { on[static_cast<std::size_t>(kind)] = shown; }
  bool all() const { return on == std::array<bool, 4>{true, true, true, true}; }
};

QString kind_name(TokenKind kind);

TokenKind token_kind(const InspectedPass& pass, std::int64_t token);
/// Which tokens of the pass are looked at.
std::vector<bool> shown_tokens(const InspectedPass& pass, const TokenFilter& filter);
/// Whether the token is looked at.
bool is_shown(const InspectedPass& pass, std::int64_t token, const TokenFilter& filter);

}  // namespace variometer
