// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>

#include "core/analysis/inspect.h"
#include "core/checkpoint/safetensors.h"
#include "tests/analysis/inspector_session.h"
#include "tests/temporary_folder.h"

namespace variometer {
namespace {

const auto data = test_data;

std::vector<float> floats(const SafetensorsFile& file, const std::string& name) {
  const auto bytes = file.data(*file.find(name));
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

std::vector<std::int32_t> first_ids(const SafetensorsFile& file) {
  const auto* entry = file.find("input_ids");
  const auto n = static_cast<std::size_t>(entry->shape.at(1));
  std::vector<std::int32_t> ids;
  for (std::size_t i = 0; i < n; ++i) {
    std::int64_t id = 0;
    std::memcpy(&id, file.data(*entry).data() + i * sizeof(id), sizeof(id));
    ids.push_back(static_cast<std::int32_t>(id));
  }
  return ids;
}

void expect_near(std::span<const float> ours, std::span<const float> reference, const std::string& what) {
  ASSERT_EQ(ours.size(), reference.size()) << what;
  float largest = 0, worst = 0;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    largest = std::max(largest, std::fabs(reference[i]));
    worst = std::max(worst, std::fabs(ours[i] - reference[i]));
  }
  EXPECT_LE(worst, 1e-5F * largest) << what;
}

class InspectedFixture : public testing::TestWithParam<const char*> {};

TEST_P(InspectedFixture, ShowsTheStatesAndAttentionOfTransformers) {
  const SafetensorsFile expected(data("models") / GetParam() / "expected_f32.safetensors");
  Session session(data("models") / GetParam());
  session.inspector->show({.ids = first_ids(expected)});
  const auto got = session.wait<PassPtr>();
  ASSERT_TRUE(got);
  const InspectedPass& pass = **got;
  EXPECT_EQ(pass.ids, first_ids(expected));
  EXPECT_EQ(pass.token_loss.size(), pass.ids.size() - 1);
  EXPECT_EQ(pass.dtype, "float32");
  for (std::int64_t l = 0; l < pass.hidden.n_layer; ++l) {
    const auto name = std::to_string(l);
    const auto states = floats(expected, "layer_out." + name);  // (2, T, C): ours is the first sequence
    expect_near(pass.layer(l), std::span(states).first(states.size() / 2), "layer_out." + name);
    const auto maps = floats(expected, "attentions." + name);
    const std::size_t cells = maps.size() / 2 / static_cast<std::size_t>(pass.attention.n_head);
    std::vector<float> mean(cells);
    for (std::int64_t h = 0; h < pass.attention.n_head; ++h) {
      const auto one = std::span(maps).subspan(static_cast<std::size_t>(h) * cells, cells);
      expect_near(pass.attention.map(l, h), one, "attentions." + name);
      for (std::size_t i = 0; i < cells; ++i) mean[i] += one[i] / static_cast<float>(pass.attention.n_head);
    }
    expect_near(pass.attention.map(l, -1), mean, "mean attention " + name);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, InspectedFixture, testing::Values("llama2", "gpt2"));

TEST(ModelInspector, MeasuresEveryWeightAsItArrivesAndBeforeItSaysOpened) {
  const std::filesystem::path folder = data("saved/llama");
  Session session(folder);
  const auto opened = session.wait<Opened>();
  ASSERT_TRUE(opened);
  EXPECT_TRUE(opened->facts.has_tokenizer);
  const SafetensorsFile file(folder / "model.safetensors");
  std::size_t n_weight = 0;
  std::int64_t n_done = 0;
  bool facts_first = false;
  for (const auto& event : session.events) {
    if (std::holds_alternative<ModelFacts>(event)) facts_first = n_weight == 0;
    if (const auto* progress = std::get_if<LoadProgress>(&event)) {
      EXPECT_GE(progress->n_done, n_done);
      n_done = progress->n_done;
    }
    const auto* weight = std::get_if<WeightSummaryPtr>(&event);
    if (weight == nullptr) continue;
    ++n_weight;
    const WeightSummary& w = **weight;
    ASSERT_NE(file.find(w.info.name), nullptr) << w.info.name;
    const auto values = floats(file, w.info.name);
    double sum = 0, squares = 0, largest = 0;
    for (const float v : values) sum += v, largest = std::max(largest, std::fabs(static_cast<double>(v)));
    const double n = static_cast<double>(values.size()), mean = sum / n;
    for (const float v : values) squares += (v - mean) * (v - mean);
    EXPECT_EQ(w.count, static_cast<std::int64_t>(values.size()));
    EXPECT_NEAR(w.mean, mean, 1e-6);
    EXPECT_NEAR(w.std, std::sqrt(squares / (n - 1)), 1e-6);
    EXPECT_EQ(static_cast<double>(w.abs_max), largest);
    std::int64_t in_bins = 0;
    for (const auto bin : w.histogram) in_bins += bin;
    EXPECT_EQ(in_bins, w.count) << w.info.name;
  }
  EXPECT_TRUE(facts_first);
  EXPECT_EQ(n_weight, file.entries().size());
  EXPECT_EQ(n_done, static_cast<std::int64_t>(n_weight));
}

TEST(ModelInspector, AnswersTheNewestPromptOfASlotAndEverySlot) {
  Session session(data("saved/llama"));
  for (int i = 0; i < 50; ++i)
    session.inspector->show({.slot = 0, .text = std::string(static_cast<std::size_t>(i), 'a')});
  session.inspector->show({.slot = 0, .text = "Summer"});
  session.inspector->show({.slot = 1, .text = "Summer", .bos = false});
  const auto with = session.wait<PassPtr>([](const PassPtr& p) { return p->request.text == "Summer"; });
  ASSERT_TRUE(with);
  EXPECT_EQ((*with)->ids.size(), 7u);
  EXPECT_EQ((*with)->activation.token_texts.front(), "<bos>");
  const auto without = session.wait<PassPtr>([](const PassPtr& p) { return p->request.slot == 1; });
  ASSERT_TRUE(without);
  EXPECT_EQ((*without)->activation.token_texts.front(), "S");
  // All 51 were asked for at once, most before the model was open: those were never computed.
  std::size_t n_pass = 0;
  for (const auto& event : session.events) n_pass += std::holds_alternative<PassPtr>(event) ? 1 : 0;
  EXPECT_LT(n_pass, 50u);
}

TEST(ModelInspector, CutsAtTheContextAndSaysHowMany) {
  Session session(data("saved/llama"));
  session.inspector->show({.text = "Summer is warm.", .context = 4});
  const auto tokens = session.wait<TokenizedPrompt>();
  ASSERT_TRUE(tokens);
  EXPECT_EQ(tokens->tokens, (std::vector<std::string>{"<bos>", "S", "u", "m"}));
  EXPECT_EQ(tokens->n_cut, 12);
  const auto pass = session.wait<PassPtr>();
  ASSERT_TRUE(pass);
  EXPECT_EQ((*pass)->n_cut, 12);
  EXPECT_EQ((*pass)->hidden.n_token, 4);
}

TEST(ModelInspector, SaysInOneLineWhyAPromptCannotBeShownAndGoesOn) {
  Session session(data("models/llama2"));  // no tokenizer
  session.inspector->show({.text = "Summer"});
  auto failure = session.wait<InspectorFailure>();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->slot, 0);
  EXPECT_NE(failure->message.find("token ids"), std::string::npos) << failure->message;
  session.inspector->show({.ids = {1, 100000}});
  failure = session.wait<InspectorFailure>();
  ASSERT_TRUE(failure);
  EXPECT_NE(failure->message.find("100000"), std::string::npos) << failure->message;
  session.inspector->show({.ids = {1}});
  const auto pass = session.wait<PassPtr>();
  ASSERT_TRUE(pass);
  EXPECT_TRUE((*pass)->token_loss.empty());  // nothing comes after the only token
}

TEST(ModelInspector, SaysInOneLineWhyAModelCannotBeOpenedAndStops) {
  Session session(data("no-such-model"));
  const auto failure = session.wait<InspectorFailure>();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->slot, -1);
  EXPECT_EQ(failure->message.find('\n'), std::string::npos);
  EXPECT_NE(failure->message.find("no-such-model"), std::string::npos) << failure->message;
}

TEST(ModelInspector, StopsAtAnyMoment) {
  for (int i = 0; i < 8; ++i) {
    Session session(data("saved/gpt2"));
    session.inspector->show({.text = "Summer is warm. Winter is cold."});
    if (i > 0) session.wait<LoadProgress>([i](const LoadProgress& p) { return p.n_done >= 3 * i; });
    session.inspector->stop();
    session.inspector.reset();  // joins
  }
}

std::vector<std::int32_t> some_ids(std::int64_t n) {
  std::vector<std::int32_t> ids;
  for (std::int64_t i = 0; i < n; ++i) ids.push_back(static_cast<std::int32_t>(3 + (i * 37) % 50));
  return ids;
}

TEST(ModelInspector, KeepsTheAttentionOfEveryLayerInTheCellsThatAreAllowed) {
  Session session(data("models/llama2"));
  session.inspector->show({.ids = some_ids(11)});
  const auto whole = session.wait<PassPtr>();
  ASSERT_TRUE(whole);
  const AttentionMaps& all = (*whole)->attention;
  ASSERT_GE(all.n_layer, 2);
  EXPECT_FALSE(all.pooled());
  EXPECT_EQ(all.bytes(), all.bytes_of_all());

  const std::int64_t most = all.n_layer * (all.n_head + 1) * 40;  // of 121 cells a map
  session.inspector->show({.ids = some_ids(11), .attention_cells = most});
  const auto less = session.wait<PassPtr>();
  ASSERT_TRUE(less);
  const AttentionMaps& pooled = (*less)->attention;
  ASSERT_EQ(pooled.query_block, 2);
  EXPECT_EQ(pooled.rows, 6);
  EXPECT_LE(pooled.bytes() / sizeof(float), static_cast<std::uint64_t>(most));
  EXPECT_EQ(pooled.bytes_of_all(), all.bytes_of_all());
  for (std::int64_t layer = 0; layer < all.n_layer; ++layer) {
    for (std::int64_t head = -1; head < all.n_head; ++head) {
      const auto map = pooled.map(layer, head), cells = all.map(layer, head);
      for (std::int64_t r = 0; r < pooled.rows; ++r) {
        for (std::int64_t c = 0; c < pooled.columns; ++c) {
          float largest = 0;
          for (std::int64_t q = 2 * r; q < std::min<std::int64_t>(2 * r + 2, 11); ++q) {
            for (std::int64_t k = 2 * c; k < std::min<std::int64_t>(2 * c + 2, 11); ++k) {
              largest = std::max(largest, cells[static_cast<std::size_t>(q * 11 + k)]);
            }
          }
          ASSERT_EQ(map[static_cast<std::size_t>(r * pooled.columns + c)], largest) << layer << ' ' << head;
        }
      }
    }
  }
}

/// Of every layer and head: the real cells, asked for from a pass that kept pooled ones, are those of a pass that kept
/// all.
void expect_cells_on_demand(const char* model, std::int64_t n_token) {
  SCOPED_TRACE(std::string(model) + ", " + std::to_string(n_token) + " tokens");
  Session session(data("models") / model);
  session.inspector->show({.ids = some_ids(n_token)});
  const auto whole = session.wait<PassPtr>();
  ASSERT_TRUE(whole);
  const AttentionMaps& all = (*whole)->attention;
  ASSERT_FALSE(all.pooled());
  session.inspector->show({.ids = some_ids(n_token), .attention_cells = 1});
  const auto pooled = session.wait<PassPtr>();
  ASSERT_TRUE(pooled);
  ASSERT_EQ((*pooled)->attention.rows, 1);
  for (std::int64_t layer = 0; layer < all.n_layer; ++layer) {
    for (std::int64_t head = -1; head < all.n_head; ++head) {
      const AttentionRequest request{.pass = *pooled,
                                     .layer = layer,
                                     .head = head,
                                     .first_query = n_token / 3,
                                     .n_query = n_token / 2,
                                     .first_key = 2,
                                     .n_key = n_token - 3};
      session.inspector->look(request);
      const auto part = session.wait<AttentionPartPtr>();
      ASSERT_TRUE(part);
      ASSERT_EQ((*part)->of, request);
      const auto map = all.map(layer, head);
      for (std::int64_t q = 0; q < request.n_query; ++q) {
        for (std::int64_t k = 0; k < request.n_key; ++k) {
          ASSERT_NEAR((*part)->cells[static_cast<std::size_t>(q * request.n_key + k)],
                      map[static_cast<std::size_t>((q + request.first_query) * all.n_key + k + request.first_key)], 1e-6)
              << layer << ' ' << head << ' ' << q << ' ' << k;
        }
      }
    }
  }
  session.inspector->look({.pass = *pooled, .layer = 99, .n_query = 1, .n_key = 1});
  const auto failure = session.wait<InspectorFailure>();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->slot, kAttentionSlot);
}

TEST(ModelInspector, ComputesTheCellsOfAMapAgainWhenTheyAreAskedFor) {
  for (const char* model : {"llama2", "gpt2", "gemma2"}) expect_cells_on_demand(model, 12);
}

TEST(ModelInspector, ALongTextIsAttendedToInRowsAndGivesTheSame) {
  expect_cells_on_demand("llama2", 300);  // more than are done at once
  // The last queries of the long text, alone: what is before them is the same.
  Session session(data("models/llama2"));
  session.inspector->show({.ids = some_ids(300)});
  const auto in_rows = session.wait<PassPtr>();
  ASSERT_TRUE(in_rows);
  session.inspector->show({.ids = some_ids(250)});  // at once
  const auto at_once = session.wait<PassPtr>();
  ASSERT_TRUE(at_once);
  const AttentionMaps& a = (*in_rows)->attention;
  const AttentionMaps& b = (*at_once)->attention;
  for (std::int64_t layer = 0; layer < a.n_layer; ++layer) {
    const auto h = (*in_rows)->layer(layer), h_short = (*at_once)->layer(layer);
    for (std::size_t i = 0; i < h_short.size(); ++i) ASSERT_NEAR(h[i], h_short[i], 1e-4) << layer;
    for (std::int64_t q = 0; q < 250; ++q) {
      for (std::int64_t k = 0; k < 250; ++k) {
        ASSERT_NEAR(a.map(layer, 0)[static_cast<std::size_t>(q * 300 + k)],
                    b.map(layer, 0)[static_cast<std::size_t>(q * 250 + k)], 1e-5)
            << layer << ' ' << q << ' ' << k;
      }
    }
  }
  for (std::size_t i = 0; i < (*at_once)->token_loss.size(); ++i) {
    ASSERT_NEAR((*in_rows)->token_loss[i], (*at_once)->token_loss[i], 1e-4) << i;
  }
  EXPECT_EQ((*in_rows)->token_loss.size(), 299u);
  // Rows sum to one whatever the parts.
  for (const std::int64_t q : {0, 255, 256, 299}) {
    const auto row = a.map(0, -1).subspan(static_cast<std::size_t>(q * 300), 300);
    EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1, 1e-5) << q;
  }
}

TEST(ModelInspector, ASnapshotFileHoldsEveryTokenAndIsShownAsItsModelWas) {
  const test::TemporaryFolder folder;
  const auto file = folder / "snapshot.h5";
  inspect({.model = data("models/llama2"), .ids = {some_ids(100)}, .device = "cpu", .threads = 1, .record = file});
  Session stored(file);
  stored.inspector->show({});
  const auto from_file = stored.wait<PassPtr>();
  ASSERT_TRUE(from_file);
  Session session(data("models/llama2"));
  session.inspector->show({.ids = some_ids(100)});
  const auto from_model = session.wait<PassPtr>();
  ASSERT_TRUE(from_model);
  const InspectedPass &a = **from_file, &b = **from_model;
  EXPECT_EQ(a.ids, b.ids);
  EXPECT_EQ(a.hidden.hidden, b.hidden.hidden);
  ASSERT_EQ(a.activation.layers.size(), b.activation.layers.size());
  for (std::size_t l = 0; l < a.activation.layers.size(); ++l) {
    EXPECT_EQ(a.activation.layers[l].median, b.activation.layers[l].median);
    EXPECT_EQ(a.activation.layers[l].token_max, b.activation.layers[l].token_max);
    EXPECT_EQ(a.activation.layers[l].channel_max, b.activation.layers[l].channel_max);
    for (std::int64_t head = -1; head < b.attention.n_head; ++head) {
      const auto x = a.attention.map(static_cast<std::int64_t>(l), head), y = b.attention.map(static_cast<std::int64_t>(l), head);
      ASSERT_EQ(x.size(), y.size());
      for (std::size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(x[i], y[i], 1e-6) << l << ' ' << head;
    }
  }
}

TEST(ModelInspector, AnotherRuleNeedsNoOtherPass) {
  Session session(data("models/llama2"));
  session.inspector->show({.ids = some_ids(9)});
  const auto first = session.wait<PassPtr>();
  ASSERT_TRUE(first);
  std::size_t n_found = 0;
  for (const ProbeConfig& rule :
       {ProbeConfig{}, ProbeConfig{.absolute_threshold = 5, .ratio_threshold = 3},
        ProbeConfig{.absolute_threshold = 1e6}, ProbeConfig{.ratio_only = true, .small_ratio_threshold = 4},
        ProbeConfig{.absolute_threshold = 0, .ratio_threshold = 0}}) {
    session.inspector->show({.ids = some_ids(9), .rule = rule});
    const auto pass = session.wait<PassPtr>();
    ASSERT_TRUE(pass);
    const auto& measured = (*pass)->activation.massive;
    const auto found = massive_places(**first, rule);
    ASSERT_EQ(found.size(), measured.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].layer, measured[i].layer);
      EXPECT_EQ(found[i].token, measured[i].token);
      EXPECT_EQ(found[i].channel, measured[i].channel);
      EXPECT_EQ(found[i].value, measured[i].value);
      EXPECT_EQ(found[i].ratio, measured[i].ratio);
    }
    n_found += found.size();
  }
  EXPECT_GT(n_found, 100u);
  EXPECT_EQ(massive_places(**first, {.absolute_threshold = 0, .ratio_threshold = 0}, 5).size(),
            5u * (*first)->activation.layers.size());
}

TEST(ModelInspector, TellsWhichTokensAreNoText) {
  Session session(data("saved/llama"));
  session.inspector->show({.text = "<a>"});
  const auto tokens = session.wait<TokenizedPrompt>();
  ASSERT_TRUE(tokens);
  EXPECT_EQ(tokens->special, (std::vector<bool>{true, false, false, false}));
}

}  // namespace
}  // namespace variometer
