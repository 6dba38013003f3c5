// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_mitigation.h"

#include <QScrollArea>
#include <QVBoxLayout>

namespace variometer {

MitigationPanel::MitigationPanel(QWidget* parent) : QWidget(parent) {
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  auto* scroll = new QScrollArea(this);
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);  // it scrolls to what in it has the focus
  auto* column = new QWidget(scroll);
  auto* layout = new QVBoxLayout(column);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  tvr_ = new MitigationSection(QStringLiteral("tvr"), column);
  kv_bias_ = new MitigationSection(QStringLiteral("kv_bias"), column);
  dyt_ = new MitigationSection(QStringLiteral("dyt"), column);
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) {
    layout->addWidget(section);
    connect(section, &MitigationSection::forkRequested, this, &MitigationPanel::forkRequested);
    if (section == dyt_) break;
    auto* line = new QFrame(column);
    line->setFrameShape(QFrame::HLine);
    line->setFrameShadow(QFrame::Sunken);
    layout->addWidget(line);
  }
  layout->addStretch(1);
  scroll->setWidget(column);
  outer->addWidget(scroll);
  setMinimumWidth(230);
  setSteerable(false, tr("No run is going on."));
}

MitigationSection* MitigationPanel::section(const QString& group) const {
  return group == QLatin1String("tvr") ? tvr_ : group == QLatin1String("kv_bias") ? kv_bias_ : dyt_;
}

void MitigationPanel::setPoster(const MitigationSection::Poster& poster) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->setPoster(poster);
}

void MitigationPanel::setSteerable(bool steerable, const QString& reason) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->setSteerable(steerable, reason);
}

void MitigationPanel::setInForce(const Mitigations& mitigations, std::int64_t step) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->setInForce(mitigations, step);
}

void MitigationPanel::setSpread(const ModelConfig& model, const WeightSpread& spread) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->setSpread(model, spread);
}

void MitigationPanel::commandSettled(std::int64_t ticket, const Command& command, const QString& error,
                                     std::int64_t step) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->commandSettled(ticket, command, error, step);
}

void MitigationPanel::showPreview(const Preview& preview) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->showPreview(preview);
}

void MitigationPanel::setForkable(bool forkable) {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->setForkable(forkable);
}

void MitigationPanel::reset() {
  for (MitigationSection* section : {tvr_, kv_bias_, dyt_}) section->reset();
}

}  // namespace variometer
