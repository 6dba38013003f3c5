// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/event_text.h"

#include <QStringList>
#include <nlohmann/json.hpp>

namespace variometer {
namespace {

using nlohmann::json;

QString as_text(const json& value) {
  if (value.is_number_float()) return QString::number(value.get<double>(), 'g', 4);
  return QString::fromStdString(value.is_string() ? value.get<std::string>() : value.dump());
}

QString assignment_text(const std::string& key, const json& value) {
  const QString text = as_text(value);
  const auto onoff = [&](const char* what) {
    const bool on = text == QLatin1String("true") || text == QLatin1String("1");
    return QLatin1String(what) + (on ? QStringLiteral(" on") : QStringLiteral(" off"));
  };
  if (key == "tvr.enabled") return onoff("TVR");
  if (key == "kv_bias.enabled") return onoff("KV bias");
  if (key == "dyt.enabled") return onoff("DyT");
  if (key == "train.learning_rate") return QStringLiteral("LR ") + text;
  if (key == "tvr.target_std") return QStringLiteral("TVR target ") + text;
  return QString::fromStdString(key) + QLatin1Char('=') + text;
}

bool is_switch(const std::string& key) { return key.ends_with(".enabled") && key != "probe.enabled"; }

QString set_text(const json& detail) {
  QStringList switches, others;
  const json& set = detail.contains("set") ? detail["set"] : detail;  // core/base/command.h: to_json
  for (const auto& [key, value] : set.items()) {
    if (key == "kind" || key == "ticket" || key == "error") continue;
    (is_switch(key) ? switches : others) += assignment_text(key, value);
  }
  // A switch posted with its parameters is marked by its name alone.
  return (switches.isEmpty() ? others : switches).join(QStringLiteral(", "));
}

json parsed(const Event& event) {
  json detail = json::parse(event.detail, nullptr, /*allow_exceptions=*/false);
  return detail.is_object() ? detail : json::object();
}

/// "layer 0, token 21": all that the detail holds but what is named in `without`.
QString pairs(const json& detail, const QStringList& without) {
  QStringList parts;
  for (const auto& [key, value] : detail.items()) {
    const QString name = QString::fromStdString(key);
    if (!without.contains(name)) parts += name + QLatin1Char(' ') + as_text(value);
  }
  return parts.join(QStringLiteral(", "));
}

/// Where an alarm struck, in the order one reads: "layer 0, token 21, channel 1, h 0.5438, 10.16 × median (training
/// batch)"; then whatever else there is.
QString place_text(const json& detail) {
  QStringList parts;
  for (const char* key : {"layer", "token", "channel"}) {
    if (detail.contains(key)) parts += QLatin1String(key) + QLatin1Char(' ') + as_text(detail[key]);
  }
  if (detail.contains("value")) parts += QStringLiteral("h ") + as_text(detail["value"]);
  if (detail.contains("ratio")) parts += as_text(detail["ratio"]) + QStringLiteral(" × median");
  if (const QString rest = pairs(detail, {"what", "where", "layer", "token", "channel", "value", "ratio"});
      !rest.isEmpty()) {
    parts += rest;
  }
  QString text = parts.join(QStringLiteral(", "));
  if (detail.contains("where")) text += QStringLiteral(" (") + as_text(detail["where"]) + QLatin1Char(')');
  return text.trimmed();
}

/// A word or two for what core/train/alarms.cpp tells in a sentence.
QString alarm_mark(const json& detail) {
  const QString what = detail.contains("what") ? as_text(detail["what"]) : QStringLiteral("alarm");
  if (what.contains(QLatin1String("massive")) || what.contains(QLatin1String("past the ratio")))
    return QStringLiteral("massive");
  if (what.contains(QLatin1String("not finite"))) return QStringLiteral("not finite");
  if (what.contains(QLatin1String("loss jumped"))) return QStringLiteral("loss jump");
  if (what.contains(QLatin1String("checkpoint"))) return QStringLiteral("not saved");
  return what;
}

}  // namespace

QString event_mark(const Event& event) {
  if (event.kind == "set") return set_text(parsed(event));
  if (event.kind == "restore") return QStringLiteral("undo");
  if (event.kind == "prompt") return QStringLiteral("prompt");
  if (event.kind == "thinned") return QStringLiteral("thinned");
  if (event.kind == "failed") return QStringLiteral("failed");
  if (event.kind == "alarm") return alarm_mark(parsed(event));
  if (event.kind == "mark") return as_text(parsed(event).value("text", json("mark")));
  return {};
}

QString event_sentence(const Event& event) {
  const json detail = parsed(event);
  if (event.kind == "set" || event.kind == "restore" || event.kind == "prompt" || event.kind == "mark") {
    return event_mark(event);
  }
  if (event.kind == "thinned") return QStringLiteral("observing thinned: ") + pairs(detail, {});
  if ((event.kind == "alarm" || event.kind == "failed") && detail.contains("what")) {
    const QString rest = place_text(detail);
    return as_text(detail["what"]) + (rest.isEmpty() ? QString() : QStringLiteral(": ") + rest);
  }
  if (event.kind == "rescale" && detail.contains("tensor")) {
    return QStringLiteral("TVR rescaled %1: std %2 → %3")
        .arg(as_text(detail["tensor"]), as_text(detail.value("std", json())), as_text(detail.value("target", json())));
  }
  const QString kind = QString::fromStdString(event.kind), rest = pairs(detail, {"kind"});
  return rest.isEmpty() ? kind : kind + QStringLiteral(": ") + rest;
}

}  // namespace variometer
