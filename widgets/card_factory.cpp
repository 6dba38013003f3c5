// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_factory.h"

#include <QCoreApplication>
#include <functional>
#include <utility>
#include <vector>

#include "widgets/card_carpet.h"
#include "widgets/card_heat_map.h"
#include "widgets/card_layers.h"
#include "widgets/card_massive_map.h"
#include "widgets/card_max_activation.h"
#include "widgets/card_samples.h"
#include "widgets/card_scalar.h"
#include "widgets/card_top_activation.h"

namespace variometer {
namespace {

using Maker = std::function<Card*(StepAxis*, QWidget*)>;

Maker scalar(ScalarCard::Options options) {
  return [options](StepAxis* steps, QWidget* parent) { return new ScalarCard(options, steps, parent); };
}

Maker layers(LayerMeasure (*measure)()) {
  return [measure](StepAxis* steps, QWidget* parent) { return new LayerLinesCard(measure(), steps, parent); };
}

template <class T>
Maker plain() {
  return [](StepAxis* steps, QWidget* parent) { return new T(steps, parent); };
}

QString tr(const char* text) { return QCoreApplication::translate("variometer::Card", text); }

const std::vector<std::pair<QString, Maker>>& makers() {
  using Scalars = RunHistory::Scalars;
  static const std::vector<std::pair<QString, Maker>> all = {
      {QStringLiteral("loss"),
       scalar({.name = QStringLiteral("loss"),
               .title = tr("Loss"),
               .explanation = tr("Mean cross-entropy of the next token, in nats, on the batch of "
                                 "each step.\nEMA: exponential moving average, starting unbiased."),
               .axis_label = tr("loss (nats)"),
               .values = &Scalars::loss,
               .validation = true})},
      {QStringLiteral("weight_std"), layers(weight_std_measure)},
      {QStringLiteral("weight_std_carpet"), plain<WeightCarpetCard>()},
      {QStringLiteral("top_activation"), plain<TopActivationCard>()},
      {QStringLiteral("max_activation"), plain<MaxActivationCard>()},
      {QStringLiteral("ratio"), layers(ratio_measure)},
      {QStringLiteral("massive_map"), plain<MassiveMapCard>()},
      {QStringLiteral("heat_map"), plain<HeatMapCard>()},
      {QStringLiteral("samples"), plain<SamplesCard>()},
      {QStringLiteral("attention"), layers(first_token_measure)},
      {QStringLiteral("kv_slot"), layers(kv_slot_measure)},
      {QStringLiteral("kurtosis"), layers(kurtosis_measure)},
      {QStringLiteral("update_ratio"), layers(update_ratio_measure)},
      {QStringLiteral("grad_norm"),
       scalar({.name = QStringLiteral("grad_norm"),
               .title = tr("Gradient norm"),
               .explanation = tr("L2 norm of the gradient over all parameters, before clipping. No unit."),
               .axis_label = tr("gradient norm"),
               .values = &Scalars::grad_norm,
               .log_y = true})},
      {QStringLiteral("learning_rate"), scalar({.name = QStringLiteral("learning_rate"),
                                                .title = tr("Learning rate"),
                                                .explanation = tr("Step size of AdamW at each update. No unit."),
                                                .axis_label = tr("learning rate"),
                                                .values = &Scalars::learning_rate,
                                                .smoothable = false})},
      {QStringLiteral("tokens_per_second"),
       scalar({.name = QStringLiteral("tokens_per_second"),
               .title = tr("Tokens per second"),
               .explanation = tr("Training tokens processed each second, observing included."),
               .axis_label = tr("tokens / s"),
               .values = &Scalars::tokens_per_second})},
  };
  return all;
}

}  // namespace

QStringList card_names() {
  QStringList names;
  for (const auto& [name, make] : makers()) names += name;
  return names;
}

Card* make_card(const QString& name, StepAxis* steps, QWidget* parent) {
  for (const auto& [known, make] : makers()) {
    if (known == name) return make(steps, parent);
  }
  return nullptr;
}

}  // namespace variometer
