// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/inspect_page.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QFileInfo>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSplitter>
#include <QTabWidget>
#include <QTableWidget>
#include <algorithm>
#include <cmath>

#include "widgets/inspect_attention.h"
#include "widgets/inspect_heat_map.h"
#include "widgets/inspect_signature.h"
#include "widgets/layer_rail.h"
#include "widgets/massive_table.h"
#include "widgets/number_field.h"
#include "widgets/number_text.h"
#include "widgets/panel_cell_test.h"
#include "widgets/panel_rule.h"
#include "widgets/token_strip.h"

namespace variometer {
namespace {

constexpr int kTypingPause = 120;  // ms without a key before the model is asked

/// "1 17, 4" as ids; empty when it is not a list of numbers.
std::vector<std::int32_t> ids_in(const QString& text) {
  std::vector<std::int32_t> ids;
  QString spaced = text;
  for (const char mark : {',', '\n', '\t', '[', ']'}) spaced.replace(QLatin1Char(mark), QLatin1Char(' '));
  for (const QString& word : spaced.split(QLatin1Char(' '), Qt::SkipEmptyParts)) {
    bool fits = false;
    ids.push_back(word.toInt(&fits));
    if (!fits) return {};
  }
  return ids;
}

}  // namespace

InspectPage::InspectPage(OpenInspector open, QWidget* parent)
    : QWidget(parent), first_(new InspectSide(open, this)), second_(new InspectSide(std::move(open), this)) {
  build();
  typing_.setSingleShot(true);
  typing_.setInterval(kTypingPause);
  connect(&typing_, &QTimer::timeout, this, &InspectPage::ask);
  connect(rail_, &LayerRail::layerChosen, this, &InspectPage::setLayer);
  for (InspectSide* side : {first_, second_}) {
    connect(side, &InspectSide::stateChanged, this, [this, side] {
      showHead();
      showWeights();
      if (side == first_) followStored();
      if (side->state() == InspectSide::State::ready) {
        if (side == first_ && !side->problem().isEmpty()) fresh_ = false;  // the earlier model is back, as it was
        ask();
        showPass();  // of the earlier model, if it is back
        if (side == first_) Q_EMIT modelOpened(side->path());
      }
    });
    connect(side, &InspectSide::progressed, this, &InspectPage::showHead);
    connect(side, &InspectSide::weightsArrived, this, &InspectPage::showWeights);
    connect(side, &InspectSide::tokensKnown, this, &InspectPage::showTokens);
    connect(side, &InspectSide::passArrived, this, &InspectPage::showPass);
    connect(side, &InspectSide::partArrived, this, [this](const AttentionPartPtr& part) {
      attention_->setPart(part);
      second_attention_->setPart(part);
    });
    connect(side, &InspectSide::promptFailed, this, [this](int, const QString& message) {
      prompt_problem_ = message;
      showHead();
    });
  }
  connect(first_, &InspectSide::tested, this, [this](const CellTestResult& result) {
    const PassPtr pass = firstPass();
    if (pass && pass->ids == result.test.ids) return test_->showResult(result);
    test_->setBusy(false);
    test_->clearResult();  // of another prompt
  });
  connect(first_, &InspectSide::testFailed, this, [this](const QString& why) { test_->showProblem(why); });
  setPrompt(QString::fromStdString(ProbeConfig{}.prompt));
  restoreLayout();
  showHead();
  showPass();
}

InspectPage::~InspectPage() { saveLayout(); }

bool InspectPage::openPath(const QString& path) {
  const QFileInfo info(path);
  const QString suffix = info.suffix().toLower();
  if (info.isDir() || suffix == QLatin1String("gguf") || suffix == QLatin1String("safetensors")) {
    openModel(suffix == QLatin1String("safetensors") ? info.absolutePath() : info.absoluteFilePath());
    return true;
  }
  return false;
}

void InspectPage::openModel(const QString& path) {
  fresh_ = true;
  prompt_problem_.clear();
  first_->open(path);
  showPass();
}

void InspectPage::openSecondModel(const QString& path) {
  second_->open(path);
  setCompare(Compare::models);
}

void InspectPage::cancelLoading() {
  fresh_ = false;
  for (InspectSide* side : {first_, second_}) {
    if (side->state() == InspectSide::State::loading) side->cancel();
  }
  showPass();
}

void InspectPage::setPrompt(const QString& text) {
  if (prompt_is_stored_) {
    own_prompt_ = text;
  } else {
    prompt_->setPlainText(text);
  }
}
QString InspectPage::prompt() const { return prompt_->toPlainText(); }

void InspectPage::setCompare(Compare compare) {
  if (compare_ == compare) return;
  compare_ = compare;
  compare_box_->setCurrentIndex(static_cast<int>(compare));
  open_second_->setVisible(compare == Compare::models);
  // Two passes have half of the room each: what is compared must be as large.
  for (QWidget* second : std::initializer_list<QWidget*>{second_map_, second_signature_, second_attention_}) {
    auto* both = qobject_cast<QSplitter*>(second->parentWidget());
    both->setSizes({both->width() / 2, both->width() / 2});
  }
  bos_->setEnabled(compare != Compare::bos);
  first_->forget(1);
  weights_model_->setVisible(compare == Compare::models);
  weights_->setRowCount(0);
  showWeights();
  if (compare == Compare::none && view_.mode == InspectView::Mode::difference) {
    setMode(InspectView::Mode::magnitude);
  }
  ask();
  showPass();
}

void InspectPage::setMode(InspectView::Mode mode) {
  view_.mode = mode;
  if (auto* button = modes_->button(static_cast<int>(mode))) button->setChecked(true);
  showViews();
}

void InspectPage::setLayer(int layer) {
  if (rail_->count() > 0) layer = std::clamp(layer, 0, rail_->count() - 1);
  view_.layer = layer;
  rail_->setLayer(layer);
  rail_head_->setText(rail_->count() > 0 ? tr("Layer %1 of %2").arg(layer).arg(rail_->count()) : tr("Layers"));
  showTokens();
  showViews();
}

PromptRequest InspectPage::request(int slot, bool bos) const {
  PromptRequest request;
  request.slot = slot;
  request.bos = bos;
  request.context = context_->whole();
  request.text = prompt().toStdString();
  return request;
}

void InspectPage::askSoon() { typing_.start(); }

void InspectPage::ask() {
  typing_.stop();
  prompt_problem_.clear();
  const auto put = [this](InspectSide& side, PromptRequest request) {
    if (side.state() == InspectSide::State::empty || side.state() == InspectSide::State::failed) return;
    if (!side.facts().stored_passes.empty()) {
      request.stored_pass = &side == first_ ? std::max(0, stored_->currentIndex()) : 0;
      request.text.clear();  // it is the pass's own that is shown
      return side.ask(std::move(request));
    }
    if (side.state() == InspectSide::State::ready && !side.facts().has_tokenizer) {
      request.ids = ids_in(prompt());
      if (request.ids.empty()) {
        prompt_problem_ = tr("%1 has no tokenizer that can be used: type token ids, apart by spaces, for example 1 2 3")
                              .arg(QString::fromStdString(side.facts().name));
        return;
      }
    }
    side.ask(std::move(request));
  };
  if (compare_ == Compare::bos && first_->state() == InspectSide::State::ready && !first_->facts().has_bos) {
    prompt_problem_ =
        tr("%1 has no BOS token: both passes are the same").arg(QString::fromStdString(first_->facts().name));
  }
  put(*first_, request(0, compare_ == Compare::bos || bos_->isChecked()));
  if (compare_ == Compare::bos) put(*first_, request(1, false));
  if (compare_ == Compare::models) put(*second_, request(0, bos_->isChecked()));
  tokens_->setStale(first_->pending(0));
  showHead();
}

PassPtr InspectPage::firstPass() const { return first_->pass(0); }

std::pair<const InspectSide*, int> InspectPage::secondSlot() const {
  if (compare_ == Compare::bos) return {first_, 1};
  if (compare_ == Compare::models) return {second_, 0};
  return {nullptr, 0};
}

PassPtr InspectPage::secondPass() const {
  if (compare_ == Compare::pinned) return pinned_;
  const auto [side, slot] = secondSlot();
  return side != nullptr ? side->pass(slot) : nullptr;
}

/// Stored passes have their own text, which is shown in place of the user's.
void InspectPage::followStored() {
  const auto& passes = first_->facts().stored_passes;
  QStringList names;
  for (const std::string& name : passes) names += QString::fromStdString(name);
  QStringList have;
  for (int i = 0; i < stored_->count(); ++i) have += stored_->itemText(i);
  if (names != have) {
    const QSignalBlocker blocker(stored_);
    stored_->clear();
    stored_->addItems(names);
  }
  const bool stored = !passes.empty();
  stored_->setVisible(stored);
  bos_->setVisible(!stored);
  context_->setVisible(!stored);
  prompt_->setReadOnly(stored);
  test_->setUnavailable(stored ? tr("This file holds numbers, not the model: open the model to test a cell.")
                               : QString());
  if (stored && compare_ == Compare::bos) setCompare(Compare::none);
  enableCompare();
  const QSignalBlocker blocker(prompt_);
  if (stored && !prompt_is_stored_) {
    own_prompt_ = prompt_->toPlainText();
  } else if (!stored && prompt_is_stored_) {
    prompt_->setPlainText(own_prompt_);
  }
  prompt_is_stored_ = stored;
  if (const PassPtr pass = firstPass(); stored && pass) {
    const QString text = QString::fromStdString(pass->request.text);
    if (text != prompt_->toPlainText()) prompt_->setPlainText(text);
  }
}

void InspectPage::runTest(const CellTest& test) {
  const PassPtr pass = firstPass();
  if (!pass) return;
  CellTest whole = test;
  whole.ids = pass->ids;
  whole.rule = rule_->rule();
  whole.bos = bos_->isChecked() || compare_ == Compare::bos;
  test_->setBusy(true);
  first_->test(std::move(whole));
}

void InspectPage::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  fitTokens();
}

void InspectPage::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && massive_note_ != nullptr) retheme();
}

}  // namespace variometer
