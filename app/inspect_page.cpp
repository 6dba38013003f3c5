// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/inspect_page.h"

#include <QAbstractButton>
#include <QButtonGroup>
#include <QCheckBox>
#include <QClipboard>
#include <QComboBox>
#include <QFileInfo>
#include <QGuiApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSpinBox>
#include <QSplitter>
#include <QTabWidget>
#include <algorithm>
#include <cmath>

#include "app/command_line.h"
#include "app/settings.h"
#include "widgets/inspect_heat_map.h"
#include "widgets/layer_rail.h"
#include "widgets/massive_table.h"
#include "widgets/number_text.h"
#include "widgets/token_strip.h"

namespace variometer {
namespace {

constexpr int kTypingPause = 120;  // ms without a key before the model is asked

std::vector<TokenStrip::Token> chips(const InspectedPass* pass, const TokenizedPrompt* prompt, std::int64_t layer) {
  std::vector<TokenStrip::Token> tokens;
  if (prompt == nullptr) return tokens;
  const bool current = pass != nullptr && pass->ids == prompt->ids;
  const LayerActivation* here = current && layer >= 0 && layer < std::ssize(pass->activation.layers)
                                    ? &pass->activation.layers[static_cast<std::size_t>(layer)]
                                    : nullptr;
  const bool measured = here != nullptr && here->token_max.size() == prompt->ids.size() && here->median > 0;
  const double largest = measured ? *std::max_element(here->token_max.begin(), here->token_max.end()) : 0;
  for (std::size_t i = 0; i < prompt->ids.size(); ++i) {
    TokenStrip::Token token;
    token.text = visible_token(prompt->tokens[i]);
    token.special = token.text.startsWith(QLatin1Char('<')) && token.text.endsWith(QLatin1Char('>'));
    token.tip = InspectPage::tr("token %1\nid %2").arg(i).arg(prompt->ids[i]);
    if (measured) {
      const double size = here->token_max[i];
      token.level = largest > here->median ? std::log(std::max(1.0, size / here->median)) /
                                                 std::log(largest / static_cast<double>(here->median))
                                           : 0;
      token.tip += InspectPage::tr("\nlargest |h| in layer %1: %2").arg(layer).arg(value_text(size));
      token.ringed = std::ranges::any_of(pass->activation.massive, [&](const ActivationPlace& place) {
        return place.layer == layer && place.token == static_cast<std::int32_t>(i);
      });
    }
    if (current && i > 0 && i <= pass->token_loss.size()) {
      token.tip += InspectPage::tr("\nloss %1 (probability %2)")
                       .arg(value_text(pass->token_loss[i - 1]), value_text(std::exp(-pass->token_loss[i - 1])));
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

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
      if (side->state() == InspectSide::State::ready) {
        ask();
        if (side == first_) Q_EMIT modelOpened(side->path());
      }
    });
    connect(side, &InspectSide::progressed, this, &InspectPage::showHead);
    connect(side, &InspectSide::weightsArrived, this, &InspectPage::showWeights);
    connect(side, &InspectSide::tokensKnown, this, &InspectPage::showTokens);
    connect(side, &InspectSide::passArrived, this, &InspectPage::showPass);
    connect(side, &InspectSide::promptFailed, this, [this](int, const QString& message) {
      prompt_problem_ = message;
      showHead();
    });
  }
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
  for (InspectSide* side : {first_, second_}) {
    if (side->state() == InspectSide::State::loading) side->close();
  }
  showPass();
}

void InspectPage::setPrompt(const QString& text) { prompt_->setPlainText(text); }
QString InspectPage::prompt() const { return prompt_->toPlainText(); }

void InspectPage::setCompare(Compare compare) {
  if (compare_ == compare) return;
  compare_ = compare;
  compare_box_->setCurrentIndex(static_cast<int>(compare));
  open_second_->setVisible(compare == Compare::models);
  bos_->setEnabled(compare != Compare::bos);
  first_->forget(1);
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

void InspectPage::stepHead(int by) {
  const PassPtr pass = firstPass();
  if (!pass || pass->attention.empty()) return;
  view_.head = std::clamp<std::int64_t>(view_.head + by, -1, pass->attention.n_head - 1);
  showViews();
}

PromptRequest InspectPage::request(int slot, bool bos) const {
  PromptRequest request;
  request.slot = slot;
  request.bos = bos;
  request.context = context_->value();
  request.text = prompt().toStdString();
  return request;
}

void InspectPage::askSoon() { typing_.start(); }

void InspectPage::ask() {
  typing_.stop();
  prompt_problem_.clear();
  const auto put = [this](InspectSide& side, PromptRequest request) {
    if (side.state() == InspectSide::State::empty || side.state() == InspectSide::State::failed) return;
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
  put(*first_, request(0, compare_ == Compare::bos || bos_->isChecked()));
  if (compare_ == Compare::bos) put(*first_, request(1, false));
  if (compare_ == Compare::models) put(*second_, request(0, bos_->isChecked()));
  tokens_->setStale(true);
  showHead();
}

PassPtr InspectPage::firstPass() const { return first_->pass(0); }

PassPtr InspectPage::secondPass() const {
  return compare_ == Compare::bos ? first_->pass(1) : compare_ == Compare::models ? second_->pass(0) : nullptr;
}

QString InspectPage::problem() const { return problem_->isVisibleTo(this) ? problem_->text() : QString(); }

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
    status = tr("%1 tokens").arg(pass->ids.size());
    if (pass->n_cut > 0) status += tr(" (%1 more were cut off: see the context)").arg(step_text(pass->n_cut));
    if (std::isfinite(pass->activation.loss)) {
      status += tr(" · loss %1 · perplexity %2")
                    .arg(value_text(pass->activation.loss), value_text(std::exp(pass->activation.loss)));
    }
    status += tr(" · %1 · %2 ms").arg(QString::fromStdString(pass->dtype)).arg(pass->seconds * 1e3, 0, 'f', 0);
    if (first_->pending(0)) {
      const PassProgress progress = first_->passProgress(0);
      status += progress.n_layer > 0 ? tr(" · computing, layer %1 of %2").arg(progress.layer).arg(progress.n_layer)
                                     : tr(" · computing");
    }
  }
  status_->setText(status);
  QString trouble = prompt_problem_;
  if (compare_ == Compare::models && second_->state() == State::failed) trouble = second_->problem();
  if (state == State::failed) trouble = first_->problem();
  showProblem(trouble);
  Q_EMIT titleChanged(name_->text());
}

void InspectPage::showTokens() {
  const PassPtr first = firstPass(), second = secondPass();
  const TokenizedPrompt* second_prompt = compare_ == Compare::bos      ? first_->tokens(1)
                                         : compare_ == Compare::models ? second_->tokens(0)
                                                                       : nullptr;
  tokens_->setTokens(chips(first.get(), first_->tokens(0), view_.layer));
  tokens_->setStale(first_->pending(0));
  second_tokens_->setTokens(chips(second.get(), second_prompt, view_.layer));
  second_area_->setVisible(second_prompt != nullptr);
  const auto fit = [](QScrollArea* area, TokenStrip* strip) {
    const int line = strip->minimumSizeHint().height() + 3;
    const int width = area->viewport()->width();
    area->setFixedHeight(std::clamp(strip->heightForWidth(width), line, 3 * line) + 2);
  };
  fit(tokens_area_, tokens_);
  fit(second_area_, second_tokens_);
}

void InspectPage::showPass() {
  const PassPtr pass = firstPass();
  std::vector<LayerRail::Row> rows;
  if (pass) {
    for (const LayerActivation& layer : pass->activation.layers) {
      rows.push_back({layer.top.empty() ? 0 : std::abs(static_cast<double>(layer.top[0].value)), layer.median, 0});
    }
    for (const ActivationPlace& place : pass->activation.massive)
      ++rows.at(static_cast<std::size_t>(place.layer)).n_massive;
  }
  rail_->setRows(std::move(rows));
  if (pass && fresh_ && rail_->count() > 0) {
    fresh_ = false;
    // Where there is something to see: the largest massive activation, else the layer that stands out most.
    const auto& layers = pass->activation.layers;
    const auto by_value = [](const ActivationPlace& a, const ActivationPlace& b) {
      return std::abs(a.value) < std::abs(b.value);
    };
    const auto& massive = pass->activation.massive;
    view_.layer = !massive.empty() ? std::max_element(massive.begin(), massive.end(), by_value)->layer
                                   : std::max_element(layers.begin(), layers.end(), [](const auto& a, const auto& b) {
                                       return a.ratio < b.ratio;
                                     }) - layers.begin();
  }
  if (massive_what_->property("chosen").toBool() == false && pass) {
    massive_what_->setCurrentIndex(pass->activation.massive.empty() ? 1 : 0);
  }
  setLayer(static_cast<int>(view_.layer));
  showMassive();
  showHead();
}

void InspectPage::showMassive() {
  if (sender() == massive_what_ && massive_what_->hasFocus()) massive_what_->setProperty("chosen", true);
  const PassPtr pass = firstPass();
  const bool massive = massive_what_->currentIndex() == 0;
  massive_->setPass(pass, massive ? MassiveTable::What::massive : MassiveTable::What::largest);
  const auto n = pass ? pass->activation.massive.size() : 0;
  massive_note_->setText(!pass    ? QString()
                         : n == 0 ? tr("None is massive: |h| > 100 and > 1,000 × median.")
                                  : tr("%1 massive: |h| > 100 and > 1,000 × median. A row jumps to its cell.").arg(n));
}

void InspectPage::showViews() {
  view_.pass = firstPass();
  view_.other = secondPass();
  view_.label = compare_ == Compare::bos      ? tr("with BOS")
                : compare_ == Compare::models ? QString::fromStdString(first_->facts().name)
                                              : QString();
  view_.other_label = compare_ == Compare::bos      ? tr("without BOS")
                      : compare_ == Compare::models ? QString::fromStdString(second_->facts().name)
                                                    : QString();
  view_.same_scale = same_scale_->isChecked();
  const bool two = compare_ != Compare::none;
  modes_->button(static_cast<int>(InspectView::Mode::difference))->setEnabled(two);
  const bool beside = two && view_.mode != InspectView::Mode::difference;
  second_map_->setVisible(beside);
  if (tabs_->currentIndex() == 0) {
    map_->setView(view_);
    if (beside) {
      InspectView other = view_;
      std::swap(other.pass, other.other);
      std::swap(other.label, other.other_label);
      second_map_->setView(other);
    }
  }
  showMoreViews();
}

void InspectPage::jumpTo(const ActivationPlace& place) {
  tabs_->setCurrentIndex(0);
  setLayer(place.layer);
  map_->jumpTo(place.token, place.channel);
  tokens_->setSelected(place.token);
}

void InspectPage::showToken(int token) {
  const auto selected = map_->selectedCell();
  map_->select(token, selected ? selected->column : 0);
}

void InspectPage::linkMaps() {
  const auto follow = [this](InspectHeatMap* from, InspectHeatMap* to) {
    connect(&from->plot(), &Plot::viewChanged, this, [this, from, to] {
      if (linking_ || !to->isVisible()) return;
      linking_ = true;
      if (from->plot().untouched()) {
        to->plot().fit();
      } else {
        to->plot().setView(from->plot().xRange(), from->plot().yRange());
      }
      linking_ = false;
    });
  };
  follow(map_, second_map_);
  follow(second_map_, map_);
  connect(map_, &InspectHeatMap::cellClicked, this, [this](qint64 token, qint64 channel) {
    tokens_->setSelected(static_cast<int>(token));
    second_map_->select(token, channel);
  });
}

void InspectPage::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_Up: return rail_->choose(rail_->layer() - 1);
    case Qt::Key_Down: return rail_->choose(rail_->layer() + 1);
    case Qt::Key_PageUp: return stepHead(-1);
    case Qt::Key_PageDown: return stepHead(1);
    default: QWidget::keyPressEvent(event);
  }
}

void InspectPage::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && massive_note_ != nullptr) retheme();
}

QString InspectPage::commandLine() const {
  if (first_->path().isEmpty()) return {};
  QStringList words{QStringLiteral("variometer"), QStringLiteral("inspect"), shellQuoted(first_->path()),
                    QStringLiteral("--prompt"), shellQuoted(prompt())};
  if (!bos_->isChecked() && compare_ != Compare::bos) words << QStringLiteral("--no-bos");
  const PassPtr pass = firstPass();
  if (pass && pass->n_cut > 0 && context_->value() > 0) {
    words << QStringLiteral("--context") << QString::number(context_->value());
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
  store.setValue(QStringLiteral("prompt"), prompt());
  store.setValue(QStringLiteral("bos"), bos_->isChecked());
  store.setValue(QStringLiteral("context"), context_->value());
  store.setValue(QStringLiteral("tab"), tabs_->currentIndex());
  store.setValue(QStringLiteral("same_scale"), same_scale_->isChecked());
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
  const int mode = std::clamp(store.value(QStringLiteral("mode"), 0).toInt(), 0, 2);
  store.endGroup();
  setMode(static_cast<InspectView::Mode>(mode));
}

}  // namespace variometer
