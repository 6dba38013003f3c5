// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/command_line.h"

#include <QRegularExpression>
#include <QStringList>

#include "core/base/config_fields.h"

namespace variometer {

QString shellQuoted(const QString& text) {
  static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_@%+=:,./-]+$"));
  if (plain.match(text).hasMatch()) return text;
  QString quoted = text;
  quoted.replace(QLatin1Char('\''), QStringLiteral("'\\''"));
  return QLatin1Char('\'') + quoted + QLatin1Char('\'');
}

QString trainCommandLine(const RepeatedRun& run) {
  QStringList words{QStringLiteral("variometer"), QStringLiteral("train")};
  const auto option = [&](const char* name, const QString& value) {
    words << QString::fromLatin1(name) << shellQuoted(value);
  };
  // Only what differs from the defaults, which are the first demo.
  for (const FieldHelp& field : field_help()) {
    const std::string value = get_field(run.config, field.key);
    if (value == field.default_value || field.key == "data.sha256") continue;
    const QString text = QString::fromStdString(value);
    if (field.key == "data.corpus") {
      option("--corpus", text);
    } else if (field.key == "train.steps") {
      option("--steps", text);
    } else if (field.key == "train.seed") {
      option("--seed", text);
    } else if (field.key == "train.device") {
      option("--device", text);
    } else if (field.key == "train.threads") {
      option("--threads", text);
    } else {
      option("--set", QString::fromStdString(field.key) + QLatin1Char('=') + text);
    }
  }
  if (!run.init.isEmpty()) option("--init", run.init);
  if (!run.resume.isEmpty()) option("--resume", run.resume);
  for (const RepeatedRun::Change& change : run.changes) {
    if (change.command.kind != Command::Kind::set) continue;
    for (const Assignment& a : change.command.assignments) {
      option("--at", QStringLiteral("%1:%2=%3")
                         .arg(change.step)
                         .arg(QString::fromStdString(a.key), QString::fromStdString(a.value)));
    }
  }
  if (!run.record.isEmpty()) option("--record", run.record);
  return words.join(QLatin1Char(' '));
}

}  // namespace variometer
