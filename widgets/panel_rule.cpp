// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_rule.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QToolButton>

#include "widgets/number_field.h"
#include "widgets/number_text.h"

namespace variometer {

bool is_standard_rule(const ProbeConfig& rule) {
  const ProbeConfig standard;
  return rule.ratio_only == standard.ratio_only && rule.absolute_threshold == standard.absolute_threshold &&
         rule.ratio_threshold == standard.ratio_threshold &&
         rule.small_ratio_threshold == standard.small_ratio_threshold;
}

RulePanel::RulePanel(QWidget* parent) : QWidget(parent) {
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(4);
  grid->setVerticalSpacing(3);
  const auto number = [this](const QString& name, const QString& tip) {
    auto* box = new NumberField(NumberField::Kind::real, this);
    box->setRange(0, 1e12);
    box->setFollowing(true);  // the marks follow every key
    box->setMinimumWidth(box->fontMetrics().averageCharWidth() * 9);
    box->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
    box->setAccessibleName(name);
    box->setToolTip(tip);
    connect(box, &NumberField::valueChanged, this, &RulePanel::tell);
    return box;
  };
  absolute_ = number(tr("Absolute threshold"), tr("Massive: |h| is above this (no unit; the papers: 100) …"));
  ratio_ =
      number(tr("Ratio threshold"),
             tr("… and above this many times the layer's lower median of |h| (the papers: 1,000). Ratio only: what is "
                "above is called an outlier (as small models are watched by: 20)"));
  and_ = new QLabel(tr("and >"), this);
  grid->addWidget(new QLabel(tr("|h| >"), this), 0, 0);
  grid->addWidget(absolute_, 0, 1);
  grid->addWidget(and_, 0, 2);
  grid->addWidget(ratio_, 0, 3);
  grid->addWidget(new QLabel(tr("× median"), this), 0, 4);
  grid->setColumnStretch(1, 2);
  grid->setColumnStretch(3, 3);
  ratio_only_ = new QCheckBox(tr("ratio only"), this);
  ratio_only_->setToolTip(tr("Small models stay far below 100: only the ratio counts. What passes it is an outlier, not massive as the "
                             "papers have it"));
  connect(ratio_only_, &QCheckBox::toggled, this, [this](bool on) {
    rule_.ratio_only = on;
    showRule();
    Q_EMIT ruleChanged();
  });
  reset_ = new QToolButton(this);
  reset_->setText(tr("The papers' rule"));
  reset_->setToolTip(tr("|h| > 100 and > 1,000 × median"));
  connect(reset_, &QToolButton::clicked, this, [this] {
    setRule({});
    Q_EMIT ruleChanged();
  });
  grid->addWidget(ratio_only_, 1, 0, 1, 3);
  grid->addWidget(reset_, 1, 3, 1, 2, Qt::AlignRight);
  showRule();
}

void RulePanel::setRule(const ProbeConfig& rule) {
  rule_ = rule;
  showRule();
}

void RulePanel::showRule() {
  const QSignalBlocker blockers[] = {QSignalBlocker(absolute_), QSignalBlocker(ratio_), QSignalBlocker(ratio_only_)};
  absolute_->setValue(rule_.absolute_threshold);
  ratio_->setValue(rule_.ratio_only ? rule_.small_ratio_threshold : rule_.ratio_threshold);
  ratio_only_->setChecked(rule_.ratio_only);
  absolute_->setEnabled(!rule_.ratio_only);
  and_->setEnabled(!rule_.ratio_only);
  reset_->setEnabled(!is_standard_rule(rule_));
}

void RulePanel::tell() {
  rule_.absolute_threshold = absolute_->value();
  (rule_.ratio_only ? rule_.small_ratio_threshold : rule_.ratio_threshold) = ratio_->value();
  reset_->setEnabled(!is_standard_rule(rule_));
  Q_EMIT ruleChanged();
}

}  // namespace variometer
