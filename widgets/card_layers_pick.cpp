// SPDX-License-Identifier: GPL-3.0-or-later
// What of the tree of the model is drawn in a card of layers, and how that is remembered.
#include <QComboBox>
#include <QMenu>
#include <algorithm>

#include "widgets/card_layers.h"

namespace variometer {
namespace {

const QString kRole = QStringLiteral("role"), kTensors = QStringLiteral("tensors"), kLayers = QStringLiteral("layers");

}  // namespace

QStringList LayerLinesCard::missing(const SeriesPick& pick) const {
  QStringList names;
  if (history() == nullptr) return names;
  for (const TensorInfo& tensor : history()->info().tensors) {
    const QString name = QString::fromStdString(tensor.name);
    if (!pick.tensors.contains(name) || chosen_.contains(name)) continue;
    const auto layer = static_cast<std::size_t>(tensor.layer);
    const bool by_role = reader_.isOfRole(tensor) && layer < lines_.size() && lines_[layer]->visible;
    if (!by_role) names << name;
  }
  return names;
}

Card::Offer LayerLinesCard::offer(const SeriesPick& pick) const {
  const Offer yes{true, tr("Add %1").arg(pick.text)}, drawn{false, tr("%1 is drawn here already").arg(pick.text)};
  if (history() == nullptr) return {false, tr("There is no run yet")};
  if (reader_.measure().weight) return missing(pick).isEmpty() ? drawn : yes;
  const auto layer = static_cast<std::size_t>(pick.layer);
  if (!pick.whole || pick.layer < 0) return {false, tr("This card shows layers, not tensors")};
  if (layer >= lines_.size()) return {false, tr("This run has no %1").arg(pick.text)};
  return lines_[layer]->visible ? drawn : yes;
}

void LayerLinesCard::add(const SeriesPick& pick) {
  if (!offer(pick).possible) return;
  if (!reader_.measure().weight) return plot().setLineVisible(static_cast<std::size_t>(pick.layer), true);
  const auto& tensors = history()->info().tensors;
  for (const QString& name : missing(pick)) {
    const auto tensor = std::find_if(tensors.begin(), tensors.end(),
                                     [&](const TensorInfo& t) { return name == QLatin1String(t.name.c_str()); });
    const auto layer = static_cast<std::size_t>(tensor->layer);
    const bool hidden = reader_.isOfRole(*tensor) && layer < lines_.size();
    hidden ? plot().setLineVisible(layer, true) : chosen_.push_back(name);
  }
  again();
}

std::pair<QString, QVariantMap> LayerLinesCard::cardOf(const SeriesPick& pick) const {
  if (reader_.measure().weight) {
    return {name(), {{kRole, QString()}, {kTensors, pick.tensors}, {kLayers, QVariantList()}}};
  }
  if (pick.whole && pick.layer >= 0) return {name(), {{kLayers, QVariantList{pick.layer}}}};
  return Card::cardOf(pick);
}

void LayerLinesCard::removeChosen(const QString& tensor) {
  Q_EMIT stateAboutToChange();
  chosen_.removeAll(tensor);
  again();
  Q_EMIT stateChanged(tr("Remove series"));
}

QList<QAction*> LayerLinesCard::cardActions() const {
  QList<QAction*> actions = PlotCard::cardActions();
  if (remove_ == nullptr || chosen_lines_.empty()) return actions;
  remove_->clear();
  for (const Chosen& chosen : chosen_lines_) {
    auto* self = const_cast<LayerLinesCard*>(this);  // the menu is this card's
    connect(remove_->addAction(chosen.line->style.name), &QAction::triggered, self,
            [self, tensor = chosen.name] { self->removeChosen(tensor); });
  }
  return actions << nullptr << remove_->menuAction();
}

QVariantMap LayerLinesCard::state() const {
  QVariantMap state = PlotCard::state();
  state[kLayers] = layers_;
  if (role_ == nullptr) return state;
  state[kRole] = reader_.role();
  state[kTensors] = chosen_;
  return state;
}

void LayerLinesCard::setState(const QVariantMap& state) {
  PlotCard::setState(state);
  const QVariantMap before = this->state();
  if (const auto layers = state.find(kLayers); layers != state.end()) layers_ = layers->toList();
  if (const auto chosen = state.find(kTensors); chosen != state.end() && role_) chosen_ = chosen->toStringList();
  if (const auto role = state.find(kRole); role != state.end() && role_) reader_.setRole(role->toString());
  if (this->state() == before) return;
  making_lines_ = true;
  for (std::size_t i = 0; i < lines_.size(); ++i) {
    plot().setLineVisible(i, layers_.isEmpty() || layers_.contains(static_cast<int>(i)));
  }
  making_lines_ = false;
  nameAfterContents();
  if (role_) showRole();
  again();
}

}  // namespace variometer
