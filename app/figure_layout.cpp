// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/figure_layout.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/cli_config.h"
#include "core/base/error.h"

namespace variometer {
namespace {

std::array<std::pair<const char*, FigureLayout>, 3> named_layouts() {
  return {{{"paper", {{"overview"}, 85, {}, 300, "print", {}}},
           {"page", {{"overview"}, 170, {}, 300, "print", {}}},
           {"slide", {{"overview"}, 254, 143, 150, "light", {}}}}};
}

template <class Value>
void take(const nlohmann::json& json, const char* key, std::optional<Value>& field, const std::string& file) {
  const auto found = json.find(key);
  if (found == json.end()) return;
  constexpr bool is_text = std::is_same_v<Value, std::string>;
  const bool fits = is_text ? found->is_string() : found->is_number() && found->template get<double>() > 0;
  if (!fits) {
    throw usage_error(file + ": " + key + " = " + found->dump() + " is no " + (is_text ? "text" : "number above 0"));
  }
  field = found->template get<Value>();
}

FigureLayout layout_from_file(const std::string& file) {
  const auto json = nlohmann::json::parse(read_file(file), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object())
    throw file_error(file + " is no layout: a JSON object with cards, width_mm, height_mm, dpi, theme, colours");
  for (const auto& [key, value] : json.items()) {
    constexpr std::array kKeys{"cards", "width_mm", "height_mm", "dpi", "theme", "colours"};
    if (std::ranges::find(kKeys, key) == kKeys.end()) {
      throw usage_error(file + ": a layout has no key '" + key +
                        "'; there are cards, width_mm, height_mm, dpi, theme, colours");
    }
  }
  FigureLayout layout;
  if (const auto cards = json.find("cards"); cards != json.end()) {
    const bool texts = cards->is_array() && !cards->empty() &&
                       std::ranges::all_of(*cards, [](const nlohmann::json& card) { return card.is_string(); });
    if (!texts) throw usage_error(file + ": cards must be a list of names; render --list has them");
    layout.cards = cards->get<std::vector<std::string>>();
  }
  take(json, "width_mm", layout.width_mm, file);
  take(json, "height_mm", layout.height_mm, file);
  take(json, "dpi", layout.dpi, file);
  take(json, "theme", layout.theme, file);
  take(json, "colours", layout.colours, file);
  return layout;
}

}  // namespace

FigureLayout figure_layout(const std::string& name_or_file) {
  for (auto& [name, layout] : named_layouts()) {
    if (name_or_file == name) return layout;
  }
  std::error_code error;
  if (!std::filesystem::exists(name_or_file, error)) {
    throw usage_error("--layout " + name_or_file + ": no such file, and the names are " + figure_layout_names());
  }
  return layout_from_file(name_or_file);
}

std::string figure_layout_names() {
  std::string names;
  for (const auto& [name, layout] : named_layouts()) names += (names.empty() ? "" : ", ") + std::string(name);
  return names;
}

}  // namespace variometer
