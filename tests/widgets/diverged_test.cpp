// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that diverged: layers without one finite value, empty lists, empty snapshots. Whatever a history holds, every
// card and panel shows it, tells it, exports it and draws it.
#include <gtest/gtest.h>

#include <QImage>
#include <QTemporaryDir>
#include <cmath>
#include <limits>
#include <random>

#include "tests/widgets/synthetic_run.h"
#include "widgets/card_deck.h"
#include "widgets/card_factory.h"
#include "widgets/card_figure.h"
#include "widgets/card_plot.h"
#include "widgets/massive_table.h"
#include "widgets/panel_events.h"
#include "widgets/panel_tree.h"

namespace variometer {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinite = std::numeric_limits<float>::infinity();

/// What a record or a run might hold, drawn at random; no number is safe.
class OddRun {
 public:
  explicit OddRun(unsigned seed) : random_(seed) {
    info_ = SyntheticRun{.n_layer = 3, .n_channel = 16}.info();
    if (seed % 4 == 1) info_.tensors.clear();
    if (seed % 5 == 2) info_.n_layer = 0;
    if (seed % 7 == 3) info_.n_layer = 6;  // more than are measured
  }

  RunHistory history(std::int64_t last) {
    RunHistory history;
    history.set_info(info_);
    for (std::int64_t step = 0; step <= last; ++step) history.append(snapshot(step));
    return history;
  }

  FramePtr frame() {
    auto frame = std::make_shared<Frame>();
    frame->layer = below(3);
    frame->n_layer = 3;
    frame->n_token = frame->rows = 1 + below(4);
    frame->n_channel = frame->columns = 1 + below(16);
    for (int i = 0; i < frame->rows * frame->columns; ++i) frame->values.push_back(number());
    frame->median = number();
    return frame;
  }

 private:
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  float number() {
    const float odd[] = {kNan, kNan, kInfinite, -kInfinite, 0, -0.0F, 3e38F, 1e-40F};
    return below(3) > 0 ? odd[below(8)] : static_cast<float>(below(2000) - 1000);
  }

  ActivationPlace place(int layer) { return {number(), layer, below(12), below(16), below(2), number()}; }

  std::shared_ptr<const ActivationSnapshot> activation() {
    auto made = std::make_shared<ActivationSnapshot>();
    for (int token = below(4); token > 0; --token) {
      made->tokens.push_back(token);
      made->token_texts.emplace_back(below(2) ? "" : "\n");
    }
    for (int layer = 0, n = below(4); layer < n; ++layer) {
      LayerActivation& out = made->layers.emplace_back();
      for (int n_top = below(5); n_top > 0; --n_top) out.top.push_back(place(layer));
      out.median = number(), out.ratio = number(), out.mean = number(), out.variance = number();
      out.kurtosis = number(), out.first_token_share = number(), out.kv_slot_share = number();
      for (int t = below(5); t > 0; --t) out.token_max.push_back(number());
      for (int c = below(20); c > 0; --c) out.channel_max.push_back(number());
    }
    for (int n = below(3); n > 0; --n) made->massive.push_back(place(below(4)));
    return made;
  }

  SnapshotPtr snapshot(std::int64_t step) {
    auto made = std::make_shared<Snapshot>();
    made->step = step;
    made->is_update = step > 0 && below(8) > 0;
    made->loss = number(), made->grad_norm = number(), made->learning_rate = number();
    made->tokens_per_second = number(), made->observe_fraction = number(), made->validation_loss = number();
    made->probe_config.ratio_only = below(2) == 0;
    if (below(3) > 0) {
      auto weights = std::make_shared<WeightSnapshot>();
      for (int n = below(30); n > 0; --n)
        weights->tensors.push_back({number(), number(), number(), number(), number()});
      made->weights = weights;
    }
    if (below(3) > 0) made->probe = activation();
    if (below(3) > 0) made->batch = activation();
    const char* kinds[] = {"set", "rescale", "alarm", "thinned", "mark", "failed", "what"};
    if (below(4) == 0) made->events.push_back({step, kinds[below(7)], below(2) ? "{" : R"({"what":null,"layer":-1})"});
    if (below(9) == 0) made->sample = Sample{};
    return made;
  }

  std::mt19937 random_;
  RunInfo info_;
};

/// Everything a user does with a card.
void use(Card& card, StepAxis& steps, std::int64_t last) {
  for (const std::int64_t step : {last, last / 2, std::int64_t{0}}) {
    steps.setCursor(step);
    steps.setReference(step / 2);
    card.refresh(Card::Scope::even_hidden);
    EXPECT_FALSE(card.summary().isEmpty());
    card.grab();
  }
  steps.follow();
  for (const Card::Rows rows : {Card::Rows::visible, Card::Rows::all}) {
    card.csv(rows);
    card.table(QLatin1Char('\t'), rows);
  }
  card.recipe();
  card.figureDescription();
  if (const auto* plotted = dynamic_cast<PlotCard*>(&card)) {
    Plot& plot = plotted->plot();
    for (const double x : {-1.0, 0.0, 1.0, 2.5, 7.0}) {
      for (const double y : {-1.0, 0.0, 0.6, 1e30}) plot.readout(x, y);
    }
    plot.setLogY(!plot.logY());
    plot.replot();
    plot.setLogX(!plot.logX());
    plot.replot();
  }
}

TEST(DivergedRuns, EveryCardTakesWhateverAHistoryHolds) {
  const QTemporaryDir folder;
  for (unsigned seed = 0; seed < 6; ++seed) {
    OddRun run(seed);
    const RunHistory history = run.history(seed == 0 ? 0 : 12), other = run.history(3);
    const FramePtr frame = run.frame();
    for (const QString& name : card_names()) {
      SCOPED_TRACE("card " + name.toStdString() + ", seed " + std::to_string(seed));
      StepAxis steps;
      steps.setExtent(0, history.last_step());
      const std::unique_ptr<Card> card(make_card(name, &steps, nullptr));
      card->resize(240, 180);
      card->setHistory(&history);
      card->setFrame(frame);
      use(*card, steps, history.last_step());
      card->setHistory(&other);  // another run, shorter
      use(*card, steps, other.last_step());
      if (seed < 2) save_figure({card.get()}, folder.filePath(name + QStringLiteral(".png")), {.dpi = 40});
      card->setHistory(nullptr);
      card->grab();
    }
  }
}

TEST(DivergedRuns, ThePanelsTakeItToo) {
  for (unsigned seed = 0; seed < 12; ++seed) {
    const RunHistory history = OddRun(seed).history(24);
    ModelTreePanel tree;
    tree.setInfo(history.info());
    EventsPanel events;
    for (std::int64_t step = 0; step <= 24; step += 6) tree.showValues(history, step);
    events.showEvents(history);
    tree.grab();
    events.grab();
  }
}

/// As after training with a learning rate of 1e25: the measurement is there, and nothing in it is finite.
SnapshotPtr nothing_finite(std::int64_t step) {
  auto made = std::make_shared<Snapshot>();
  made->step = step;
  auto probe = std::make_shared<ActivationSnapshot>();
  for (int layer = 0; layer < 2; ++layer) {
    LayerActivation& out = probe->layers.emplace_back();
    out.median = out.ratio = out.mean = out.variance = out.kurtosis = kNan;
    out.non_finite = 128;
  }
  made->probe = made->batch = probe;
  return made;
}

TEST(DivergedRuns, TheTopCardSaysThatNothingIsFiniteAndForgetsTheNumberBefore) {
  SyntheticRun run{.n_layer = 2};
  RunHistory history = run.history(20);
  StepAxis steps;
  steps.setExtent(0, 20);
  const std::unique_ptr<Card> card(make_card(QStringLiteral("top_activation"), &steps, nullptr));
  card->setHistory(&history);
  card->refresh(Card::Scope::even_hidden);
  EXPECT_TRUE(card->valueText().startsWith(QStringLiteral("max "))) << card->valueText().toStdString();
  history.append(nothing_finite(21));
  steps.setExtent(0, 21);
  card->refresh(Card::Scope::even_hidden);
  const auto& plot = dynamic_cast<PlotCard&>(*card).plot();
  EXPECT_EQ(card->valueText(), QStringLiteral("not finite"));
  EXPECT_TRUE(plot.notes().empty());
  EXPECT_TRUE(plot.emptyText().contains(QStringLiteral("21"))) << plot.emptyText().toStdString();
  EXPECT_TRUE(card->summary().contains(QStringLiteral("no finite value"))) << card->summary().toStdString();
  // The last finite row is a cursor away.
  steps.setCursor(20);
  card->refresh(Card::Scope::even_hidden);
  EXPECT_TRUE(card->valueText().startsWith(QStringLiteral("max "))) << card->valueText().toStdString();
  EXPECT_TRUE(plot.emptyText().isEmpty());
}

}  // namespace
}  // namespace variometer
