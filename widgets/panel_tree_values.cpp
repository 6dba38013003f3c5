// SPDX-License-Identifier: GPL-3.0-or-later
// What was measured, beside the names of the tree and below it.
#include <QHeaderView>
#include <QLabel>
#include <QTreeWidget>
#include <cmath>

#include "core/base/in_use.h"
#include "widgets/massive_text.h"
#include "widgets/number_text.h"
#include "widgets/panel_tree.h"
#include "widgets/theme.h"

namespace variometer {
namespace {

QString number(double value) { return std::isfinite(value) ? QString::number(value, 'g', 4) : QStringLiteral("–"); }

}  // namespace

void ModelTreePanel::showValues(const RunHistory& history, std::int64_t step) {
  takeCurves(history);
  markLayers(history, history.probe_at(step));
  const RunHistory::WeightRow* row = history.weights_at(step);
  if (row == nullptr || row->weights == shown_) return;
  shown_ = row->weights;
  building_ = true;
  for (std::size_t i = 0; i < items_.size() && i < shown_->tensors.size(); ++i) {
    const WeightStat& stat = shown_->tensors[i];
    const bool off = isOff(i, *shown_);
    items_[i]->setText(1, off ? tr("off") : (stat.rescaled ? QStringLiteral("↓ ") : QString()) + number(stat.std));
    const QVariant muted = off ? QVariant(theme_of(*this).muted) : QVariant();
    for (int column = 0; column < 2; ++column) items_[i]->setData(column, Qt::ForegroundRole, muted);
    items_[i]->setToolTip(1, off ? tr("Not in use: %1 is off").arg(switchName(i)) : QString());
  }
  building_ = false;
  showDetails(shown_.get());
}

QString ModelTreePanel::switchName(std::size_t tensor) const {
  const std::string_view owner = switch_of(info_.tensors[tensor]);
  return owner == "kv_bias" ? tr("KV bias") : owner == "dyt" ? tr("DyT") : QString();
}

/// A parameter of a switch that is off: it is there, and nothing reads it.
bool ModelTreePanel::isOff(std::size_t tensor, const WeightSnapshot& weights) const {
  return !switch_of(info_.tensors[tensor]).empty() && std::isnan(weights.tensors[tensor].std);
}

void ModelTreePanel::takeCurves(const RunHistory& history) {
  // A curve has the range of every group of measurements already: it does not begin again when the history makes
  // groups.
  const std::int64_t rewinds = history.rewinds() - history.thinnings();
  if (rewinds != curves_rewinds_ || curves_.size() != items_.size()) {
    curves_.assign(items_.size(), {});
    curves_taken_ = 0;
    curves_rewinds_ = rewinds;
  }
  const auto& rows = history.weights();
  const std::int64_t n_new = history.weight_points().n_measured() - curves_taken_;
  if (n_new <= 0) return;
  curves_taken_ += n_new;
  for (std::size_t row = rows.size() - std::min(rows.size(), static_cast<std::size_t>(n_new)); row < rows.size();
       ++row) {
    const auto& stats = rows[row].weights->tensors;
    for (std::size_t i = 0; i < curves_.size() && i < stats.size(); ++i) curves_[i].add(stats[i].std);
  }
  tree_->viewport()->update();
}

/// A layer with massive activations on the probe prompt says how many.
void ModelTreePanel::markLayers(const RunHistory& history, const RunHistory::ActivationRow* row) {
  if (row == nullptr || row->activation == marked_) return;
  marked_ = row->activation;
  const ProbeConfig probe = history.last() ? history.last()->probe_config : ProbeConfig{};
  std::vector<std::int64_t> count(layers_.size());
  std::vector<const ActivationPlace*> largest(layers_.size());
  for (const ActivationPlace& place : marked_->massive) {  // the largest of a layer comes first
    const auto layer = static_cast<std::size_t>(place.layer);
    if (layer < count.size() && count[layer]++ == 0) largest[layer] = &place;
  }
  building_ = true;
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    QTreeWidgetItem* item = layers_[i];
    if (item == nullptr) continue;
    const QString name = tr("layer %1").arg(i);
    item->setText(0, count[i] > 0 ? tr("%1  ! %2").arg(name, massive_count(count[i], probe)) : name);
    item->setToolTip(0, count[i] > 0 ? tr("%1 on the probe prompt; the largest: h %2 at token %3, channel %4\n%5")
                                           .arg(massive_count(count[i], probe))
                                           .arg(value_text(largest[i]->value))
                                           .arg(largest[i]->token)
                                           .arg(largest[i]->channel)
                                           .arg(massive_explanation(probe))
                                     : QString());
    item->setData(0, Qt::ForegroundRole, count[i] > 0 ? QVariant(theme_of(*this).warning) : QVariant());
  }
  building_ = false;
}

void ModelTreePanel::showDetails(const WeightSnapshot* weights) {
  const auto i = static_cast<std::size_t>(selected_);
  if (selected_ < 0 || weights == nullptr || i >= weights->tensors.size()) {
    details_->hide();
    return;
  }
  const WeightStat& stat = weights->tensors[i];
  const TensorInfo& tensor = info_.tensors[i];
  const auto row = [](const QString& name, const QString& value) {
    return QStringLiteral("<tr><td>%1&nbsp;&nbsp;</td><td>%2</td></tr>").arg(name, value);
  };
  if (isOff(i, *weights)) {
    details_->setText(QStringLiteral("<b>%1</b><table>%2</table>%3")
                          .arg(short_name(tensor).toHtmlEscaped(), row(tr("shape"), shape_text(tensor)),
                               tr("Not in use: %1 is off.").arg(switchName(i))));
    details_->setToolTip(QString::fromStdString(tensor.name));
    return details_->show();
  }
  QString rows = row(tr("shape"), shape_text(tensor)) + row(tr("std"), number(stat.std)) +
                 row(tr("mean"), number(stat.mean)) + row(tr("largest |w|"), number(stat.abs_max)) +
                 row(tr("grad norm"), number(stat.grad_norm)) + row(tr("‖Δw‖ / ‖w‖"), number(stat.update_ratio));
  if (std::isfinite(stat.tvr_ratio)) rows += row(tr("std / target"), number(stat.tvr_ratio));
  details_->setText(QStringLiteral("<b>%1</b><table>%2</table>").arg(short_name(tensor).toHtmlEscaped(), rows));
  details_->setToolTip(QString::fromStdString(tensor.name));
  details_->show();
}

}  // namespace variometer
