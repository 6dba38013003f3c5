// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/tokenizer_json.h"

#include <limits>
#include <optional>

#include "core/base/error.h"

namespace variometer {
namespace {

using nlohmann::json;

constexpr std::size_t kDeepest = 64;
constexpr std::uint64_t kLargestId = std::numeric_limits<std::int32_t>::max() - 1;

[[noreturn]] void refuse(const std::string& what) { throw file_error(what); }

/// Takes the parser's events: the flat lists of `model` go into vectors, everything else is built as JSON.
class Reader : public nlohmann::json_sax<json> {
 public:
  explicit Reader(TokenizerJson& result) : result_(result) {}

  bool null() override { return value(nullptr); }
  bool boolean(bool flag) override { return value(flag); }
  bool number_integer(std::int64_t number) override {
    if (state_ == State::vocab) refuse("the id of token \"" + shown(key_) + "\" is negative");
    if (state_ == State::piece) return score(static_cast<double>(number));
    return value(number);
  }
  bool number_unsigned(std::uint64_t number) override {
    if (state_ == State::vocab) {
      if (number > kLargestId) refuse("the id of token \"" + shown(key_) + "\" is too large");
      result_.vocab.emplace_back(std::move(key_), static_cast<std::int32_t>(number));
      return true;
    }
    if (state_ == State::piece) return score(static_cast<double>(number));
    return value(number);
  }
  bool number_float(double number, const std::string& /*text*/) override {
    return state_ == State::piece ? score(number) : value(number);
  }
  bool string(std::string& text) override {
    switch (state_) {
      case State::merges: result_.merges.push_back(split_merge(text, result_.merges.size() + 1)); return true;
      case State::pair:
      case State::piece: parts_.push_back(std::move(text)); return true;
      default: return value(std::move(text));
    }
  }
  bool binary(json::binary_t& /*bytes*/) override { return false; }

  bool start_object(std::size_t /*size*/) override {
    if (in_model("vocab")) {
      result_.vocab.clear();
      state_ = State::vocab;
      return true;
    }
    return open(json::object());
  }
  bool start_array(std::size_t /*size*/) override {
    if (state_ == State::merges || state_ == State::pieces) {
      state_ = state_ == State::merges ? State::pair : State::piece;
      parts_.clear();
      score_.reset();
      return true;
    }
    if (in_model("vocab")) {
      result_.pieces.clear();
      state_ = State::pieces;
      return true;
    }
    if (in_model("merges")) {
      result_.merges.clear();
      state_ = State::merges;
      return true;
    }
    return open(json::array());
  }
  bool key(std::string& text) override {
    key_ = std::move(text);
    return true;
  }
  bool end_object() override {
    if (state_ == State::vocab) {
      state_ = State::rest;
      return true;
    }
    return close();
  }
  bool end_array() override {
    if (state_ == State::pair) {
      if (parts_.size() != 2) refuse("merge " + std::to_string(result_.merges.size() + 1) + " is not a pair of pieces");
      result_.merges.emplace_back(std::move(parts_[0]), std::move(parts_[1]));
      state_ = State::merges;
    } else if (state_ == State::piece) {
      if (parts_.size() != 1 || !score_) {
        refuse("entry " + std::to_string(result_.pieces.size()) + " of the vocabulary is not a piece and its score");
      }
      result_.pieces.emplace_back(std::move(parts_[0]), *score_);
      state_ = State::pieces;
    } else if (state_ == State::merges || state_ == State::pieces) {
      state_ = State::rest;
    } else {
      return close();
    }
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/, const json::exception& error) override {
    std::string what = error.what();
    if (const auto at = what.find("] "); at != std::string::npos) what.erase(0, at + 2);
    refuse("not JSON at byte " + std::to_string(position) + " (" + shown(what) + "); the file is damaged");
  }

 private:
  enum class State { rest, vocab, merges, pair, pieces, piece };

  static std::string shown(const std::string& text) { return text.substr(0, 120); }

  bool in_model(const char* key) const {
    return state_ == State::rest && open_.size() == 2 && in_model_ && open_.back()->is_object() && key_ == key;
  }
  json* place(json value) {
    if (state_ != State::rest) refuse("the vocabulary or the merges hold something else than tokens");
    if (open_.empty()) {
      result_.rest = std::move(value);
      return &result_.rest;
    }
    json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    json& slot = parent[key_];
    slot = std::move(value);
    return &slot;
  }
  bool value(json value) {
    place(std::move(value));
    return true;
  }
  bool open(json container) {
    if (open_.size() >= kDeepest) refuse("nested too deeply; the file is damaged");
    if (open_.size() == 1) in_model_ = key_ == "model";
    open_.push_back(place(std::move(container)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  bool score(double number) {
    if (score_) refuse("entry " + std::to_string(result_.pieces.size()) + " of the vocabulary has two scores");
    score_ = number;
    return true;
  }

  TokenizerJson& result_;
  std::vector<json*> open_;
  std::string key_;
  std::vector<std::string> parts_;
  std::optional<double> score_;
  State state_ = State::rest;
  bool in_model_ = false;
};

}  // namespace

TokenizerJson parse_tokenizer_json(std::string_view text) {
  TokenizerJson result;
  Reader reader(result);
  if (!json::sax_parse(text.begin(), text.end(), &reader)) refuse("not JSON; the file is damaged");
  if (!result.rest.is_object()) refuse("not a JSON object; the file is damaged");
  return result;
}

std::pair<std::string, std::string> split_merge(std::string_view line, std::size_t number) {
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos) {
    refuse("merge " + std::to_string(number) + " is not two pieces with a space between");
  }
  return {std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
}

const json* json_find(const json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

bool json_flag(const json& object, const char* key, bool otherwise) {
  const json* found = json_find(object, key);
  if (found == nullptr) return otherwise;
  if (!found->is_boolean()) refuse(std::string(key) + " must be true or false");
  return found->get<bool>();
}

std::string json_text(const json& object, const char* key, const std::string& otherwise) {
  const json* found = json_find(object, key);
  if (found == nullptr) return otherwise;
  if (!found->is_string()) refuse(std::string(key) + " must be a text");
  return found->get<std::string>();
}

std::string json_text(const json& object, const char* key) {
  if (json_find(object, key) == nullptr) refuse(std::string(key) + " is missing");
  return json_text(object, key, "");
}

std::int32_t json_id(const json& value, const char* what) {
  const auto id = value.is_number_integer() ? value.get<std::int64_t>() : -1;  // too large a number is negative here
  if (id < 0 || id > static_cast<std::int64_t>(kLargestId)) refuse(std::string(what) + " must be a token id");
  return static_cast<std::int32_t>(id);
}

}  // namespace variometer
