// SPDX-License-Identifier: GPL-3.0-or-later
// How the Inspect perspective is left and found again, and the command that repeats it.
#include <QCheckBox>
#include <QClipboard>
#include <QGuiApplication>
#include <QSplitter>
#include <QTabWidget>
#include <algorithm>

#include "app/command_line.h"
#include "app/inspect_page.h"
#include "app/settings.h"
#include "core/base/config_fields.h"
#include "widgets/inspect_signature.h"
#include "widgets/number_field.h"
#include "widgets/panel_rule.h"

namespace variometer {

QString InspectPage::commandLine() const {
  if (first_->path().isEmpty()) return {};
  if (isStored()) {
    return QStringList{QStringLiteral("variometer"), QStringLiteral("open"), shellQuoted(first_->path())}.join(
        QLatin1Char(' '));
  }
  QStringList words{QStringLiteral("variometer"), QStringLiteral("inspect"), shellQuoted(first_->path()),
                    QStringLiteral("--prompt"), shellQuoted(prompt())};
  if (!bos_->isChecked() && compare_ != Compare::bos) words << QStringLiteral("--no-bos");
  const PassPtr pass = firstPass();
  if (pass && pass->n_cut > 0 && context_->whole() > 0) {
    words << QStringLiteral("--context") << QString::number(context_->whole());
  }
  // The rule, where it is not the papers'.
  RunConfig config;
  const RunConfig papers;
  config.probe = rule_->rule();
  for (const char* key :
       {"probe.absolute_threshold", "probe.ratio_threshold", "probe.ratio_only", "probe.small_ratio_threshold"}) {
    const std::string value = get_field(config, key);
    if (value == get_field(papers, key)) continue;
    words << QStringLiteral("--set") << shellQuoted(QString::fromStdString(key + ("=" + value)));
  }
  return words.join(QLatin1Char(' '));
}

void InspectPage::copyCommandLine() {
  if (!commandLine().isEmpty()) QGuiApplication::clipboard()->setText(commandLine());
}

void InspectPage::saveLayout() const {
  QSettings& store = settings();
  store.beginGroup(QStringLiteral("inspect"));
  store.setValue(QStringLiteral("main"), main_->saveState());
  store.setValue(QStringLiteral("prompt"), prompt_is_stored_ ? own_prompt_ : prompt());
  store.setValue(QStringLiteral("bos"), bos_->isChecked());
  store.setValue(QStringLiteral("context"), static_cast<int>(context_->whole()));
  store.setValue(QStringLiteral("tab"), tabs_->currentIndex());
  store.setValue(QStringLiteral("same_scale"), same_scale_->isChecked());
  store.setValue(QStringLiteral("compare"), compare_ == Compare::bos);
  store.setValue(QStringLiteral("hide_sink"), hide_sink_->isChecked());
  for (const TokenKind kind : TokenFilter::kAll) {
    store.setValue(QStringLiteral("kind%1").arg(static_cast<int>(kind)), kindBox(kind)->isChecked());
  }
  const ProbeConfig& rule = rule_->rule();
  store.setValue(QStringLiteral("rule"), QVariantList{rule.absolute_threshold, rule.ratio_threshold, rule.ratio_only,
                                                      rule.small_ratio_threshold});
  store.setValue(QStringLiteral("signature"), signature_->state());
  store.setValue(QStringLiteral("weights"), weights_split_->saveState());
  if (view_.mode != InspectView::Mode::difference) store.setValue(QStringLiteral("mode"), static_cast<int>(view_.mode));
  store.endGroup();
}

void InspectPage::restoreLayout() {
  QSettings& store = settings();
  store.beginGroup(QStringLiteral("inspect"));
  main_->restoreState(store.value(QStringLiteral("main")).toByteArray());
  const QString prompt = store.value(QStringLiteral("prompt")).toString();
  if (!prompt.isEmpty()) setPrompt(prompt);
  bos_->setChecked(store.value(QStringLiteral("bos"), true).toBool());
  context_->setValue(store.value(QStringLiteral("context"), 512).toInt());
  tabs_->setCurrentIndex(std::clamp(store.value(QStringLiteral("tab"), 0).toInt(), 0, tabs_->count() - 1));
  same_scale_->setChecked(store.value(QStringLiteral("same_scale"), false).toBool());
  const bool bos_compare = store.value(QStringLiteral("compare"), false).toBool();
  hide_sink_->setChecked(store.value(QStringLiteral("hide_sink"), false).toBool());
  for (const TokenKind kind : TokenFilter::kAll) {
    kindBox(kind)->setChecked(store.value(QStringLiteral("kind%1").arg(static_cast<int>(kind)), true).toBool());
  }
  const QVariantList thresholds = store.value(QStringLiteral("rule")).toList();
  if (thresholds.size() == 4) {
    ProbeConfig rule;
    rule.absolute_threshold = thresholds[0].toDouble();
    rule.ratio_threshold = thresholds[1].toDouble();
    rule.ratio_only = thresholds[2].toBool();
    rule.small_ratio_threshold = thresholds[3].toDouble();
    rule_->setRule(rule);
  }
  for (InspectSignature* signature : {signature_, second_signature_}) {
    signature->setState(store.value(QStringLiteral("signature")).toMap());
  }
  weights_split_->restoreState(store.value(QStringLiteral("weights")).toByteArray());
  const int mode = std::clamp(store.value(QStringLiteral("mode"), 0).toInt(), 0, 2);
  store.endGroup();
  setMode(static_cast<InspectView::Mode>(mode));
  if (bos_compare) setCompare(Compare::bos);
}

}  // namespace variometer
