// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/token_kind.h"

#include <QCoreApplication>
#include <algorithm>

namespace variometer {

QString kind_name(TokenKind kind) {
  const char* name = "words, numbers";
  if (kind == TokenKind::special) name = "BOS, special";
  if (kind == TokenKind::punctuation) name = "punctuation";
  if (kind == TokenKind::blank) name = "spaces, lines";
  return QCoreApplication::translate("TokenKind", name);
}

TokenKind token_kind(const InspectedPass& pass, std::int64_t token) {
  const auto at = static_cast<std::size_t>(token);
  if (at < pass.special.size() && pass.special[at]) return TokenKind::special;
  if (at >= pass.activation.token_texts.size()) return TokenKind::word;
  const auto characters = QString::fromStdString(pass.activation.token_texts[at]).trimmed().toUcs4();
  if (characters.isEmpty()) return TokenKind::blank;
  const bool marks =
      std::all_of(characters.begin(), characters.end(), [](uint c) { return QChar::isPunct(c) || QChar::isSymbol(c); });
  return marks ? TokenKind::punctuation : TokenKind::word;
}

bool is_shown(const InspectedPass& pass, std::int64_t token, const TokenFilter& filter) {
  return filter.all() || filter.has(token_kind(pass, token));
}

std::vector<bool> shown_tokens(const InspectedPass& pass, const TokenFilter& filter) {
  std::vector<bool> shown;
  for (std::int64_t t = 0; t < pass.hidden.n_token; ++t) shown.push_back(is_shown(pass, t, filter));
  return shown;
}

}  // namespace variometer
