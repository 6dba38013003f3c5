// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace variometer {

/// Which characters the text of a JSON value may hold.
enum class JsonCharacters { utf8, ascii };

/// A JSON value as text: on one line, or with `indent` blanks a level. Strings that are not UTF-8 (a file's name may be
/// any bytes) get U+FFFD in place of what is malformed; it never throws for its content. The only place that turns JSON
/// into text (tests/layering).
template <class Json>
std::string json_text(const Json& json, int indent = -1, JsonCharacters characters = JsonCharacters::utf8) {
  return json.dump(indent, ' ', characters == JsonCharacters::ascii, Json::error_handler_t::replace);
}

}  // namespace variometer
