// SPDX-License-Identifier: GPL-3.0-or-later
// What the Inspect perspective says of the model and the prompt: facts, progress, problems, tokens.
#include <QCheckBox>
#include <QFileInfo>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <algorithm>
#include <cmath>

#include "app/inspect_page.h"
#include "widgets/number_text.h"
#include "widgets/token_strip.h"

namespace variometer {
namespace {

std::vector<TokenStrip::Token> chips(const InspectView& view, const TokenizedPrompt* prompt) {
  const InspectedPass* pass = view.pass.get();
  const std::int64_t layer = view.layer;
  std::vector<TokenStrip::Token> tokens;
  if (prompt == nullptr) return tokens;
  const bool current = pass != nullptr && pass->ids == prompt->ids;
  const LayerActivation* here = current && layer >= 0 && layer < std::ssize(pass->activation.layers)
                                    ? &pass->activation.layers[static_cast<std::size_t>(layer)]
                                    : nullptr;
  const bool measured = here != nullptr && here->token_max.size() == prompt->ids.size() && here->median > 0;
  std::vector<bool> ringed(prompt->ids.size(), false);
  if (measured) {
    for (const ActivationPlace& place : view.massivePlaces()) {
      if (place.layer == layer) ringed[static_cast<std::size_t>(place.token)] = true;
    }
  }
  const double largest = measured ? *std::max_element(here->token_max.begin(), here->token_max.end()) : 0;
  for (std::size_t i = 0; i < prompt->ids.size(); ++i) {
    TokenStrip::Token token;
    token.text = visible_token(prompt->tokens[i]);
    token.special = i < prompt->special.size() && prompt->special[i];
    token.tip = InspectPage::tr("token %1\nid %2").arg(i).arg(prompt->ids[i]);
    if (measured) {
      const double size = here->token_max[i];
      token.level = largest > here->median ? std::log(std::max(1.0, size / here->median)) /
                                                 std::log(largest / static_cast<double>(here->median))
                                           : 0;
      token.tip += InspectPage::tr("\nlargest |h| in layer %1: %2").arg(layer).arg(value_text(size));
      token.ringed = ringed[i];
    }
    if (current && i > 0 && i <= pass->token_loss.size()) {
      token.tip += InspectPage::tr("\nloss %1 (probability %2)")
                       .arg(value_text(pass->token_loss[i - 1]), value_text(std::exp(-pass->token_loss[i - 1])));
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

}  // namespace

QString InspectPage::problem() const { return problem_->isVisibleTo(this) ? problem_->text() : QString(); }
QString InspectPage::status() const { return status_->text(); }
QString InspectPage::titleText() const {
  return first_->state() == InspectSide::State::empty ? QString() : name_->text();
}

void InspectPage::showProblem(const QString& text) {
  problem_->setText(text);
  problem_->setVisible(!text.isEmpty());
  problem_icon_->setVisible(!text.isEmpty());
}

void InspectPage::showHead() {
  const ModelFacts& facts = first_->facts();
  using State = InspectSide::State;
  const State state = first_->state();
  const QString path_name = QFileInfo(first_->path()).fileName();
  name_->setText(state == State::empty ? tr("No model")
                 : facts.name.empty()  ? path_name
                                       : QString::fromStdString(facts.name));
  name_->setToolTip(first_->path());
  QString words;
  if (state == State::empty) words = tr("Open a model, or drop a model folder on the window.");
  if (first_->factsKnown()) {
    const ModelConfig& c = facts.config;
    words = tr("%1 · %2 layers × %3 channels · %4 heads · vocabulary %5 · %6 parameters · %7 · tokenizer %8")
                .arg(QString::fromStdString(facts.family))
                .arg(c.n_layer)
                .arg(c.n_embd)
                .arg(c.n_head)
                .arg(count_text(c.vocab_size), count_text(facts.n_parameter), QString::fromStdString(facts.stored),
                     QString::fromStdString(facts.tokenizer));
    if (isStored()) words = tr("stored passes in %1, no model behind them · ").arg(path_name) + words;
    if (facts.step >= 0) words += tr(" · step %1").arg(step_text(facts.step));
  }
  facts_->setText(words);
  QString tip = words;
  tip.replace(QStringLiteral(" · "), QStringLiteral("\n"));
  for (const std::string& warning : first_->warnings()) tip += QLatin1Char('\n') + QString::fromStdString(warning);
  facts_->setToolTip(tip);

  const InspectSide* loading = state == State::loading              ? first_
                               : second_->state() == State::loading ? second_
                                                                    : nullptr;
  progress_->setVisible(loading != nullptr);
  cancel_->setVisible(loading != nullptr);
  QString status;
  if (loading != nullptr) {
    const LoadProgress& p = loading->progress();
    progress_->setMaximum(static_cast<int>(p.n_total));
    progress_->setValue(static_cast<int>(p.n_done));
    progress_->setFormat(p.n_total > 0 ? tr("%1 of %2 tensors").arg(p.n_done).arg(p.n_total) : tr("headers"));
    status = tr("Loading %1: %2").arg(QFileInfo(loading->path()).fileName(), QString::fromStdString(p.tensor));
    if (p.seconds > 3 && p.n_done > 0) {
      const double left = p.seconds * static_cast<double>(p.n_total - p.n_done) / static_cast<double>(p.n_done);
      status += tr(" · about %1 s left").arg(std::ceil(left), 0, 'f', 0);
    }
  } else if (const PassPtr pass = firstPass()) {
    status = passStatus(*pass);
  }
  status_->setText(status);
  showCut();
  followStored();
  const bool no_bos = state == State::ready && !facts.has_bos;
  bos_->setEnabled(compare_ != Compare::bos && !no_bos && !isStored());
  bos_->setToolTip(no_bos ? tr("This model's tokenizer names no BOS token")
                          : tr("The token that begins every text, where the tokenizer has one (--bos, --no-bos)"));
  showProblem(trouble());
  Q_EMIT titleChanged(name_->text());
}

/// A text is never cut without a word.
void InspectPage::showCut() {
  const PassPtr pass = firstPass();
  const bool cut = pass && pass->n_cut > 0;
  cut_->setVisible(cut);
  if (!cut) return;
  const auto n_shown = static_cast<std::int64_t>(pass->ids.size());
  const auto limit = first_->facts().config.block_size;
  cut_->setText(tr("⚠ only the first %1 of %2 tokens are shown: %3")
                    .arg(step_text(n_shown), step_text(n_shown + pass->n_cut),
                         limit > 0 && n_shown >= limit ? tr("the model reads no more")
                                                       : tr("“first … tokens” at the right says so")));
  cut_->setToolTip(limit > 0 && n_shown >= limit
                       ? tr("The model's context is %1 tokens.").arg(step_text(limit))
                       : tr("Raise the number of tokens beside the prompt; 0 is the model's limit, %1 tokens.")
                             .arg(step_text(limit)));
}

/// ", layer 3 of 30" of a pass that is computed.
QString InspectPage::layersDone(const InspectSide& side, int slot) {
  const PassProgress progress = side.passProgress(slot);
  return progress.n_layer > 0 ? tr(", layer %1 of %2").arg(progress.layer).arg(progress.n_layer) : QString();
}

QString InspectPage::passStatus(const InspectedPass& pass) const {
  QString status = tr("%1 tokens").arg(pass.ids.size());
  if (std::isfinite(pass.activation.loss)) {
    status += tr(" · loss %1 · perplexity %2")
                  .arg(value_text(pass.activation.loss), value_text(std::exp(pass.activation.loss)));
  }
  if (const PassPtr second = secondPass(); second && std::isfinite(second->activation.loss)) {
    status += tr(" (%1: loss %2 · perplexity %3)")
                  .arg(view_.other_label, value_text(second->activation.loss),
                       value_text(std::exp(second->activation.loss)));
  }
  status += tr(" · %1 · %2").arg(QString::fromStdString(pass.dtype),
                                 pass.seconds < 1 ? tr("%1 ms").arg(pass.seconds * 1e3, 0, 'f', 0)
                                                  : tr("%1 s").arg(pass.seconds, 0, 'f', 1));
  const AttentionMaps& maps = pass.attention;
  const auto megabytes = [](std::uint64_t bytes) {
    return value_text(std::ceil(static_cast<double>(bytes) / 1e5) / 10) + tr(" MB");
  };
  if (maps.pooled()) {
    status += tr(" · attention kept max-pooled by %1 × %1, %2 (all cells: %3)")
                  .arg(maps.query_block)
                  .arg(megabytes(maps.bytes()), megabytes(maps.bytes_of_all()));
  }
  if (first_->pending(0)) {
    status += tr(" · computing") + layersDone(*first_, 0);
  } else if (const auto [side, slot] = secondSlot(); side != nullptr && side->pending(slot)) {
    status += tr(" · computing the second pass") + layersDone(*side, slot);
  }
  return status;
}

QString InspectPage::trouble() const {
  for (const InspectSide* side : {static_cast<const InspectSide*>(first_), static_cast<const InspectSide*>(second_)}) {
    if (side->problem().isEmpty() || (side == second_ && compare_ != Compare::models)) continue;
    if (side->state() != InspectSide::State::ready) return side->problem();
    return side->problem() + QLatin1Char('\n') +
           tr("Nothing was changed: %1 is still open.").arg(QString::fromStdString(side->facts().name));
  }
  return prompt_problem_;
}

void InspectPage::showTokens() {
  const TokenizedPrompt* second_prompt = compare_ == Compare::bos      ? first_->tokens(1)
                                         : compare_ == Compare::models ? second_->tokens(0)
                                         : compare_ == Compare::pinned ? &pinned_tokens_
                                                                       : nullptr;
  tokens_->setTokens(chips(view_, first_->tokens(0)));
  tokens_->setStale(first_->pending(0));
  second_tokens_->setTokens(chips(view_.swapped(), second_prompt));
  second_area_->setVisible(second_prompt != nullptr);
  fitTokens();
}

void InspectPage::fitTokens() {
  // A long text scrolls in as many lines as leave most of the page to the maps.
  const int one = tokens_->minimumSizeHint().height() + 3;
  const int most = std::clamp(height() / (one * (second_area_->isHidden() ? 11 : 16)), 1, 3);
  const auto fit = [most](QScrollArea* area, TokenStrip* strip) {
    const int line = strip->minimumSizeHint().height() + 3;
    const int width = area->viewport()->width();
    area->setFixedHeight(std::clamp(strip->heightForWidth(width), line, most * line) + 2);
  };
  fit(tokens_area_, tokens_);
  fit(second_area_, second_tokens_);
}

}  // namespace variometer
