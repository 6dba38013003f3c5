// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/tvr_limits.h"

#include <QCoreApplication>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/tvr_rule.h"
#include "widgets/number_text.h"

namespace variometer {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("variometer::Card", text); }

/// Applies what an event of kind "set" says of TVR; what it says of others, or cannot be read, changes nothing.
void apply(const Event& event, RunConfig& config) {
  const nlohmann::json detail = nlohmann::json::parse(event.detail, nullptr, /*allow_exceptions=*/false);
  if (!detail.is_object()) return;
  const nlohmann::json& set = detail.contains("set") ? detail["set"] : detail;
  if (!set.is_object()) return;
  for (const auto& [key, value] : set.items()) {
    if (!key.starts_with("tvr.")) continue;
    try {
      set_field(config, key, value.is_string() ? value.get<std::string>() : json_text(value));
    } catch (const Error&) {
      continue;  // a refused command is in the log too
    }
  }
}

void add_lines(std::vector<Threshold>& out, const TvrConfig& tvr, std::int64_t n_layer, double from, double to) {
  if (!tvr.enabled) return;
  const QString name = tr("TVR target ");
  constexpr bool kBelow = true;  // weights are rescaled down to it
  if (!tvr.scale_with_depth || n_layer < 2) {
    return out.push_back({tvr.target_std, name + value_text(tvr.target_std), /*in_fit=*/true, from, to, kBelow});
  }
  const double last = tvr_target_in_layer(tvr, n_layer - 1);
  out.push_back({tvr.target_std, name + tr("layer 0 ") + value_text(tvr.target_std), true, from, to, kBelow});
  out.push_back({last, tr("layer %1 ").arg(n_layer - 1) + value_text(last), true, from, to, kBelow});
}

}  // namespace

std::vector<Threshold> tvr_limits(const RunHistory& history) {
  std::vector<Threshold> out;
  RunConfig config = history.info().config;
  double from = -INFINITY;
  for (const Event& event : history.events()) {
    if (event.kind != "set") continue;
    const TvrConfig before = config.mitigations.tvr;
    apply(event, config);
    if (config.mitigations.tvr == before) continue;
    add_lines(out, before, history.info().n_layer, from, static_cast<double>(event.step));
    from = static_cast<double>(event.step);
  }
  add_lines(out, config.mitigations.tvr, history.info().n_layer, from, INFINITY);
  return out;
}

}  // namespace variometer
