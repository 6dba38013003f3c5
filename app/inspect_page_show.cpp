// SPDX-License-Identifier: GPL-3.0-or-later
// What of the passes is shown, view by view.
#include <QAbstractButton>
#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QFileInfo>
#include <QLabel>
#include <QTabWidget>
#include <algorithm>
#include <cmath>

#include "app/inspect_page.h"
#include "widgets/inspect_attention.h"
#include "widgets/inspect_heat_map.h"
#include "widgets/layer_rail.h"
#include "widgets/massive_text.h"
#include "widgets/massive_table.h"
#include "widgets/number_text.h"
#include "widgets/panel_cell_test.h"
#include "widgets/panel_rule.h"

namespace variometer {

/// The passes, and what is massive in them by the rule in force.
void InspectPage::updatePlaces() {
  const auto places = [this](const PassPtr& pass) -> InspectView::Places {
    if (!pass) return nullptr;
    return std::make_shared<const std::vector<ActivationPlace>>(massive_places(*pass, rule_->rule()));
  };
  view_.rule = rule_->rule();
  view_.pass = firstPass();
  view_.other = secondPass();
  view_.massive = places(view_.pass);
  view_.other_massive = places(view_.other);
}

void InspectPage::showRail() {
  std::vector<LayerRail::Row> rows;
  if (view_.pass) {
    for (const LayerActivation& layer : view_.pass->activation.layers) {
      const float largest = layer.top.empty() ? kNotMeasured : std::abs(layer.top[0].value);
      rows.push_back({largest, layer.median, 0});
    }
    for (const ActivationPlace& place : view_.massivePlaces()) {
      ++rows.at(static_cast<std::size_t>(place.layer)).n_massive;
    }
  }
  rail_->setRows(std::move(rows), massive_title(view_.rule));
}

void InspectPage::showPass() {
  updatePlaces();
  showRail();
  const PassPtr pass = view_.pass;
  const auto massive = view_.massivePlaces();
  if (pass && pass->ids != shown_ids_) {
    // A zoom into another text shows places that nobody chose.
    for (const PlotCard* card : std::initializer_list<const PlotCard*>{map_, second_map_, attention_, second_attention_}) {
      card->plot().fit();
    }
    shown_ids_ = pass->ids;
  }
  if (pass && !pass->attention.empty()) view_.head = std::min(view_.head, pass->attention.n_head - 1);
  if (pass && fresh_ && rail_->count() > 0) {
    fresh_ = false;
    // Where there is something to see: the largest massive activation, else the layer that stands out most.
    const auto& layers = pass->activation.layers;
    const auto by_value = [](const ActivationPlace& a, const ActivationPlace& b) {
      return std::abs(a.value) < std::abs(b.value);
    };
    view_.layer = !massive.empty() ? std::max_element(massive.begin(), massive.end(), by_value)->layer
                                   : std::max_element(layers.begin(), layers.end(), [](const auto& a, const auto& b) {
                                       const auto ratio = [](float x) { return std::isfinite(x) ? x : -1; };
                                       return ratio(a.ratio) < ratio(b.ratio);
                                     }) - layers.begin();
  }
  if (!massive_what_->property("chosen").toBool() && pass) massive_what_->setCurrentIndex(massive.empty() ? 1 : 0);
  if (pass) test_->clearResult();
  setLayer(static_cast<int>(view_.layer));
  showMassive();
  showHead();
}

void InspectPage::followRule() {
  updatePlaces();
  showPlaces();
}

void InspectPage::followFilter() {
  for (const TokenKind kind : TokenFilter::kAll) view_.filter.set(kind, kindBox(kind)->isChecked());
  showPlaces();
}

/// All that shows what is massive.
void InspectPage::showPlaces() {
  showRail();
  showTokens();
  showViews();
  showMassive();
}

/// Whether the table is of the second pass.
bool InspectPage::listsSecond() const { return compare_ != Compare::none && massive_pass_->currentIndex() == 1; }

void InspectPage::showMassive() {
  if (sender() == massive_what_ && massive_what_->hasFocus()) massive_what_->setProperty("chosen", true);
  const bool massive = massive_what_->currentIndex() == 0;
  massive_what_->setItemText(0, massive_title(view_.rule));
  massive_what_->setToolTip(
      tr("<p>What the rule below finds, or the three largest |h| of every layer.</p><p>%1</p>")
          .arg(massive_explanation(view_.rule).toHtmlEscaped()));
  massive_pass_->setVisible(compare_ != Compare::none);
  massive_pass_->setItemText(0, view_.label);
  massive_pass_->setItemText(1, view_.other_label);
  const InspectView view = listsSecond() ? view_.swapped() : view_;
  massive_->setView(view, massive ? MassiveTable::What::massive : MassiveTable::What::largest);
  QString note;
  if (view.pass) {
    const auto n = view.massivePlaces().size();
    const auto n_all = view.massive ? view.massive->size() : n;
    note = n == 0 ? tr("None: %1.").arg(massive_rule_text(view.rule))
                  : tr("%1. A row jumps to its cell.").arg(massive_count(static_cast<std::int64_t>(n), view.rule));
    if (n_all > n) note += tr(" %1 more at tokens left out.").arg(step_text(static_cast<std::int64_t>(n_all - n)));
    if (n_all >= kMostMassive) note += tr(" Of each layer the largest %1 are listed.").arg(step_text(kMostMassive));
  }
  massive_note_->setText(note);
}

/// What stands where a model has shown nothing yet.
QString InspectPage::emptyText(const InspectSide& side, int slot) const {
  using State = InspectSide::State;
  const QString name = QFileInfo(side.path()).fileName();
  switch (side.state()) {
    case State::empty:
      return &side == second_ ? tr("Choose the model to compare with: Second model…") : tr("Open a model to look into");
    case State::loading: return tr("Loading %1 …").arg(name);
    case State::failed: return tr("%1 could not be opened; the reason stands above").arg(name);
    case State::ready: break;
  }
  if (side.pending(slot)) return tr("Computing …");  // how far it is stands above
  return prompt_problem_.isEmpty() ? tr("Nothing computed yet") : prompt_problem_;
}

void InspectPage::showViews() {
  const QString first = QString::fromStdString(first_->facts().name);
  const QString second = QString::fromStdString(second_->facts().name);
  view_.model = view_.other_model = first;
  view_.label.clear();
  view_.other_label.clear();
  switch (compare_) {
    case Compare::none: break;
    case Compare::bos:
      view_.label = tr("with BOS");
      view_.other_label = tr("without BOS");
      break;
    case Compare::models:
      view_.label = first;
      view_.other_label = view_.other_model = second;
      break;
    case Compare::pinned:
      view_.label = tr("now");
      view_.other_label = tr("pinned");
      view_.other_model = pinned_model_;
      break;
  }
  view_.empty = emptyText(*first_, 0);
  view_.other_empty = compare_ == Compare::pinned   ? tr("Pin a pass first (P in a plot)")
                      : compare_ == Compare::models ? emptyText(*second_, 0)
                                                    : emptyText(*first_, 1);
  view_.same_scale = same_scale_->isChecked();
  view_.hide_sink = hide_sink_->isChecked();
  const bool two = compare_ != Compare::none;
  modes_->button(static_cast<int>(InspectView::Mode::difference))->setEnabled(two);
  const bool beside = two && view_.mode != InspectView::Mode::difference;
  second_map_->setVisible(beside);
  if (tabs_->currentIndex() == 0) {
    map_->setView(view_);
    if (beside) {
      second_map_->setView(view_.swapped());
      align(second_map_, map_);
    }
  }
  showMoreViews();
  showCell();
}

void InspectPage::showCell() {
  std::optional<std::pair<std::int64_t, std::int64_t>> cell;
  if (const auto selected = map_->selectedCell()) cell = {selected->row, selected->column};
  test_->setCell(view_, cell);
}

}  // namespace variometer
