// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/token_decoder.h"

#include <array>
#include <utility>

#include "core/base/error.h"
#include "core/text/byte_characters.h"
#include "core/text/pattern_json.h"
#include "core/text/tokenizer_json.h"
#include "core/base/utf8.h"

namespace variometer {
namespace {

using nlohmann::json;
using Tokens = std::vector<std::string>;

constexpr int kDeepest = 16;

std::string joined(const Tokens& tokens) {
  std::string text;
  for (const auto& token : tokens) text += token;
  return text;
}

void replace_every(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

/// A token with one character that stands for no byte is kept as it is.
void append_bytes_of(std::string& bytes, const std::string& token) {
  const std::size_t n_before = bytes.size();
  for (std::size_t i = 0; i < token.size();) {
    const auto character = first_character(std::string_view(token).substr(i));
    const int byte = byte_of_character(character.code);
    if (byte < 0) {
      bytes.resize(n_before);
      bytes += token;
      return;
    }
    bytes.push_back(static_cast<char>(byte));
    i += character.size;
  }
}

void decode_byte_level(Tokens& tokens) {
  std::string bytes;
  for (const auto& token : tokens) append_bytes_of(bytes, token);
  tokens = {printable_utf8(bytes)};
}

/// The byte of "<0x41>", or -1.
int byte_of_token(const std::string& token) {
  if (token.size() != 6 || !token.starts_with("<0x") || !token.ends_with('>')) return -1;
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  const int high = token[3] == '+' ? 0 : digit(token[3]);  // the reference reads "+F" as a number too
  const int low = digit(token[4]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/// Runs of byte tokens become characters; a run that is not UTF-8 becomes one U+FFFD a byte.
void decode_byte_fallback(Tokens& tokens) {
  Tokens result;
  std::string bytes;
  const auto flush = [&] {
    if (bytes.empty()) return;
    if (first_malformed(bytes) == std::string::npos) {
      result.push_back(bytes);
    } else {
      result.insert(result.end(), bytes.size(), "\xEF\xBF\xBD");
    }
    bytes.clear();
  };
  for (auto& token : tokens) {
    if (const int byte = byte_of_token(token); byte >= 0) {
      bytes.push_back(static_cast<char>(byte));
    } else {
      flush();
      result.push_back(std::move(token));
    }
  }
  flush();
  tokens = std::move(result);
}

void strip_token(std::string& token, const std::string& content, std::size_t start, std::size_t stop) {
  std::size_t begin = 0;
  for (std::size_t n = 0; n < start && std::string_view(token).substr(begin).starts_with(content); ++n) {
    begin += content.size();
  }
  std::size_t end = token.size();
  for (std::size_t n = 0; n < stop && end > begin && std::string_view(token).substr(0, end).ends_with(content); ++n) {
    end -= content.size();
  }
  token = token.substr(begin, end < begin ? 0 : end - begin);
}

void decode_metaspace(Tokens& tokens, const std::string& replacement, bool prepended) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    replace_every(tokens[i], replacement, i == 0 && prepended ? "" : " ");
  }
}

void clean_up(std::string& text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 11> kChanges{{{" .", "."},
                                                                                    {" ?", "?"},
                                                                                    {" !", "!"},
                                                                                    {" ,", ","},
                                                                                    {" ' ", "'"},
                                                                                    {" n't", "n't"},
                                                                                    {" 'm", "'m"},
                                                                                    {" do not", " don't"},
                                                                                    {" 's", "'s"},
                                                                                    {" 've", "'ve"},
                                                                                    {" 're", "'re"}}};
  for (const auto& [from, to] : kChanges) replace_every(text, from, to);
}

void decode_word_piece(Tokens& tokens, const std::string& prefix, bool clean) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    std::string& token = tokens[i];
    if (i > 0) {
      if (token.starts_with(prefix)) {
        token.erase(0, prefix.size());
      } else {
        token.insert(0, " ");
      }
    }
    if (clean) clean_up(token);
  }
}

std::size_t count_of(const json& description, const char* key) {
  const json* found = json_find(description, key);
  const auto n = found != nullptr && found->is_number_integer() ? found->get<std::int64_t>() : -1;
  if (n < 0) throw file_error(std::string("decoder Strip: ") + key + " must be a whole number");
  return static_cast<std::size_t>(n);
}

}  // namespace

TokenDecoder::TokenDecoder(const json& description) : present_(!description.is_null()) {
  if (present_) add(description, 0);
}

std::string TokenDecoder::decode(Tokens tokens) const {
  if (!present_) {
    std::string text;
    for (const auto& token : tokens) text += (&token == tokens.data() ? "" : " ") + token;
    return text;
  }
  for (const auto& step : steps_) step(tokens);
  return joined(tokens);
}

void TokenDecoder::add(const json& description, int depth) {
  if (depth > kDeepest) throw file_error("decoder: nested too deeply; the file is damaged");
  const std::string type = json_text(description, "type");
  if (type == "Sequence") {
    const json* parts = json_find(description, "decoders");
    if (parts == nullptr || !parts->is_array()) throw file_error("decoder Sequence: decoders must be a list");
    for (const auto& part : *parts) add(part, depth + 1);
  } else if (type == "ByteLevel") {
    steps_.emplace_back(decode_byte_level);
  } else if (type == "ByteFallback") {
    steps_.emplace_back(decode_byte_fallback);
  } else if (type == "Fuse") {
    steps_.emplace_back([](Tokens& tokens) { tokens = {joined(tokens)}; });
  } else if (type == "Strip") {
    const std::string content = json_text(description, "content");
    if (content.empty() || first_character(content).size != content.size()) {
      throw file_error("decoder Strip: content must be one character");
    }
    const std::size_t start = count_of(description, "start");
    const std::size_t stop = count_of(description, "stop");
    steps_.emplace_back([content, start, stop](Tokens& tokens) {
      for (auto& token : tokens) strip_token(token, content, start, stop);
    });
  } else if (type == "Replace") {
    steps_.emplace_back(
        [pattern = json_pattern(description), content = json_text(description, "content")](Tokens& tokens) {
          for (auto& token : tokens) {
            std::string changed;
            std::size_t at = 0;
            pattern.for_each_match(token, [&](std::size_t begin, std::size_t end) {
              changed.append(token, at, begin - at);
              changed += content;
              at = end;
            });
            token = changed.append(token, at);
          }
        });
  } else if (type == "Metaspace") {
    const std::string replacement = json_text(description, "replacement");
    const bool prepended = json_text(description, "prepend_scheme", "always") != "never" &&
                           json_flag(description, "add_prefix_space", true);
    steps_.emplace_back([replacement, prepended](Tokens& tokens) { decode_metaspace(tokens, replacement, prepended); });
  } else if (type == "BPEDecoder") {
    steps_.emplace_back([suffix = json_text(description, "suffix", "</w>")](Tokens& tokens) {
      for (auto& token : tokens) replace_every(token, suffix, &token == &tokens.back() ? "" : " ");
    });
  } else if (type == "WordPiece") {
    steps_.emplace_back([prefix = json_text(description, "prefix", "##"),
                         clean = json_flag(description, "cleanup", true)](Tokens& tokens) {
      decode_word_piece(tokens, prefix, clean);
    });
  } else {
    throw file_error("decoder " + type.substr(0, 40) + " is not supported");
  }
}

}  // namespace variometer
