// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace variometer {

/// Length of the longest beginning of `text` that is at most `most` bytes and cuts no UTF-8 character.
std::size_t whole_characters(std::string_view text, std::size_t most);

/// `text` as valid UTF-8 without NUL (a text of fixed length ends there): what is neither becomes U+FFFD.
std::string storable(std::string_view text);

/// `text` in pieces of at most `most` bytes, cutting no character; one empty piece for an empty text.
std::vector<std::string> pieces(std::string_view text, std::size_t most);

}  // namespace variometer
