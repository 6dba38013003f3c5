// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/post_processor.h"

#include <algorithm>

#include "core/base/error.h"
#include "core/text/tokenizer_json.h"

namespace variometer {
namespace {

using nlohmann::json;

constexpr int kDeepest = 16;

/// ["[SEP]", 102]
std::int32_t pair_id(const json& description, const char* key) {
  const json* pair = json_find(description, key);
  if (pair == nullptr || !pair->is_array() || pair->size() != 2) {
    throw file_error(std::string("post_processor: ") + key + " must be a token and its id");
  }
  return json_id((*pair)[1], key);
}

}  // namespace

PostProcessor::PostProcessor(const json& description) {
  if (!description.is_null()) add(description, 0);
}

PostProcessor::Template PostProcessor::read_template(const json& description) {
  const json* single = json_find(description, "single");
  const json* specials = json_find(description, "special_tokens");
  if (single == nullptr || !single->is_array()) {
    throw file_error("post_processor TemplateProcessing: single must be a list");
  }
  Template result;
  for (const auto& part : *single) {
    if (const json* sequence = json_find(part, "Sequence")) {
      // The second of a pair of texts does not exist here.
      const bool again = std::ranges::any_of(result, &Part::empty);
      if (json_text(*sequence, "id") == "B" || again) {
        throw file_error("post_processor TemplateProcessing: single must hold the text once");
      }
      result.emplace_back();
      continue;
    }
    const json* special = json_find(part, "SpecialToken");
    if (special == nullptr) throw file_error("post_processor TemplateProcessing: a part of single is unknown");
    const std::string id = json_text(*special, "id");
    const json* token = specials == nullptr ? nullptr : json_find(*specials, id.c_str());
    const json* ids = token == nullptr ? nullptr : json_find(*token, "ids");
    if (ids == nullptr || !ids->is_array()) {
      throw file_error("post_processor TemplateProcessing: special token " + id.substr(0, 40) + " has no ids");
    }
    Part tokens;
    for (const auto& value : *ids) tokens.push_back(json_id(value, "post_processor: ids"));
    if (!tokens.empty()) result.push_back(std::move(tokens));
  }
  return result;
}

void PostProcessor::add(const json& description, int depth) {
  if (depth > kDeepest) throw file_error("post_processor: nested too deeply; the file is damaged");
  const std::string type = json_text(description, "type");
  if (type == "Sequence") {
    const json* parts = json_find(description, "processors");
    if (parts == nullptr || !parts->is_array()) throw file_error("post_processor Sequence: processors must be a list");
    for (const auto& part : *parts) add(part, depth + 1);
  } else if (type == "TemplateProcessing") {
    steps_.push_back(read_template(description));
  } else if (type == "BertProcessing" || type == "RobertaProcessing") {
    steps_.push_back({{pair_id(description, "cls")}, {}, {pair_id(description, "sep")}});
  } else if (type != "ByteLevel") {  // which only moves offsets
    throw file_error("post_processor " + type.substr(0, 40) + " is not supported");
  }
}

std::vector<std::int32_t> PostProcessor::apply(std::vector<std::int32_t> ids) const {
  for (const auto& step : steps_) {
    std::vector<std::int32_t> next;
    for (const auto& part : step) {
      const auto& added = part.empty() ? ids : part;
      next.insert(next.end(), added.begin(), added.end());
    }
    ids = std::move(next);
  }
  return ids;
}

std::optional<std::int32_t> PostProcessor::first() const {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (!step->empty() && !step->front().empty()) return step->front().front();
  }
  return std::nullopt;
}

std::optional<std::int32_t> PostProcessor::last() const {
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (!step->empty() && !step->back().empty()) return step->back().back();
  }
  return std::nullopt;
}

}  // namespace variometer
