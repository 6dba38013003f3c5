// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/snapshot_rows.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/json_text.h"
#include "core/record/text_bytes.h"

namespace variometer {
namespace {

// The first places of `out` from `values`; the rest stays NaN.
void copy_into(std::span<float> out, std::span<const float> values) {
  std::copy_n(values.begin(), std::min(out.size(), values.size()), out.begin());
}

void expect(bool fits, const std::string& what) {
  if (!fits) throw run_error("record: " + what + "; the record was made for another model");
}

}  // namespace

SnapshotRows::SnapshotRows(RecordTables& tables)
    : tables_(&tables),
      activation_(columns_of(tables.activation)),  // the same in both activation tables
      batch_channel_max_(tables.batch_activation.column("channel_max")) {}

SnapshotRows::ActivationColumns SnapshotRows::columns_of(const Table& table) {
  return {table.column("top_value"),    table.column("top_token"),  table.column("top_channel"),
          table.column("top_sequence"), table.column("top_ratio"),  table.column("median"),
          table.column("ratio"),        table.column("mean"),       table.column("variance"),
          table.column("kurtosis"),     table.column("non_finite"), table.column("dyt_saturation"),
          table.column("loss")};
}

void SnapshotRows::add(const Snapshot& snapshot) {
  if (snapshot.is_update) add_scalars(snapshot);
  if (snapshot.weights) add_weights(snapshot.step, *snapshot.weights);
  if (snapshot.probe) {
    add_activation(snapshot.step, *snapshot.probe, tables_->activation, /*probe=*/true);
    add_maps(snapshot.step, *snapshot.probe);
  }
  if (snapshot.batch) add_activation(snapshot.step, *snapshot.batch, tables_->batch_activation, /*probe=*/false);
  for (const auto& event : snapshot.events) add_event(event.step, event.kind, event.detail);
  if (snapshot.message != message_) {
    message_ = snapshot.message;
    const nlohmann::json message{{"message", storable(snapshot.message)}};
    add_event(snapshot.step, kMessageEvent, json_text(message));
  }
  if (snapshot.sample) add_sample(snapshot.step, *snapshot.sample);

  Table& journal = tables_->journal;
  journal.add_row(journal.n_row());
  const std::array<std::int64_t, 9> row{snapshot.step,
                                        static_cast<std::int64_t>(snapshot.state),
                                        tables_->scalars.n_row(),
                                        tables_->weight.n_row(),
                                        tables_->activation.n_row(),
                                        tables_->batch_activation.n_row(),
                                        tables_->massive.n_row(),
                                        tables_->events.n_row(),
                                        tables_->samples.n_row()};
  for (std::size_t i = 0; i < row.size(); ++i) journal.integers(i + 1)[0] = row[i];
}

void SnapshotRows::add_scalars(const Snapshot& s) {
  tables_->scalars.add_row(s.step);
  const std::array<float, 7> values{s.loss,
                                    s.validation_loss,
                                    s.learning_rate,
                                    s.grad_norm,
                                    s.tokens_per_second,
                                    s.observe_fraction,
                                    static_cast<float>(s.seconds)};
  for (std::size_t i = 0; i < values.size(); ++i) tables_->scalars.floats(i + 1)[0] = values[i];
}

void SnapshotRows::add_weights(std::int64_t step, const WeightSnapshot& weights) {
  Table& table = tables_->weight;
  const std::size_t n = weights.tensors.size();
  expect(table.open() && table.row_size(1) == n, std::to_string(n) + " weight statistics");
  table.add_row(step);
  for (std::size_t i = 0; i < n; ++i) {
    const WeightStat& w = weights.tensors[i];
    const std::array<float, 6> values{w.std, w.mean, w.abs_max, w.grad_norm, w.update_ratio, w.tvr_ratio};
    for (std::size_t k = 0; k < values.size(); ++k) table.floats(k + 1)[i] = values[k];
    table.integers(7)[i] = w.rescaled ? 1 : 0;
  }
}

void SnapshotRows::add_activation(std::int64_t step, const ActivationSnapshot& activation, Table& table, bool probe) {
  const ActivationColumns& c = activation_;
  const std::size_t n_layer = table.row_size(c.median), n_top = table.axis_size(c.top_value, 1);
  expect(activation.layers.size() == n_layer, std::to_string(activation.layers.size()) + " layers of activations");
  table.add_row(step);
  table.floats(c.loss)[0] = activation.loss;
  for (std::size_t l = 0; l < n_layer; ++l) {
    const LayerActivation& layer = activation.layers[l];
    for (std::size_t k = 0; k < std::min(n_top, layer.top.size()); ++k) {
      const std::size_t i = l * n_top + k;
      table.floats(c.top_value)[i] = layer.top[k].value;
      table.integers(c.top_token)[i] = layer.top[k].token;
      table.integers(c.top_channel)[i] = layer.top[k].channel;
      table.integers(c.top_sequence)[i] = layer.top[k].sequence;
      table.floats(c.top_ratio)[i] = layer.top[k].ratio;
    }
    table.floats(c.median)[l] = layer.median;
    table.floats(c.ratio)[l] = layer.ratio;
    table.floats(c.mean)[l] = layer.mean;
    table.floats(c.variance)[l] = layer.variance;
    table.floats(c.kurtosis)[l] = layer.kurtosis;
    table.integers(c.non_finite)[l] = layer.non_finite;
    table.floats(c.dyt_saturation)[l] = layer.dyt_saturation;
    if (!probe) {
      const std::size_t n_channel = table.axis_size(batch_channel_max_, 1);
      copy_into(table.floats(batch_channel_max_).subspan(l * n_channel, n_channel), layer.channel_max);
    }
  }
  add_massive(step, activation, probe);
}

void SnapshotRows::add_maps(std::int64_t step, const ActivationSnapshot& activation) {
  Table& maps = tables_->maps;
  Table& attention = tables_->attention;
  maps.add_row(step);
  attention.add_row(step);
  const std::size_t n_token = maps.axis_size(1, 1), n_channel = maps.axis_size(2, 1);
  for (std::size_t l = 0; l < activation.layers.size(); ++l) {
    const LayerActivation& layer = activation.layers[l];
    copy_into(maps.floats(1).subspan(l * n_token, n_token), layer.token_max);
    copy_into(maps.floats(2).subspan(l * n_channel, n_channel), layer.channel_max);
    attention.floats(1)[l] = layer.first_token_share;
    attention.floats(2)[l] = layer.kv_slot_share;
    attention.floats(3)[l] = layer.attention_entropy;
  }
  const std::size_t n = std::min(n_token, activation.tokens.size());
  std::copy_n(activation.tokens.begin(), n, maps.integers(3).begin());
  for (std::size_t t = 0; t < std::min(n, activation.token_texts.size()); ++t) {
    maps.set_text(4, t, storable(activation.token_texts[t]));
  }
}

void SnapshotRows::add_massive(std::int64_t step, const ActivationSnapshot& activation, bool probe) {
  Table& table = tables_->massive;
  for (const auto& place : activation.massive) {
    table.add_row(table.n_row());
    const std::array<std::int64_t, 5> where{step, place.layer, place.token, place.channel, probe ? -1 : place.sequence};
    for (std::size_t i = 0; i < where.size(); ++i) table.integers(i + 1)[0] = where[i];
    table.floats(6)[0] = place.value;
    table.floats(7)[0] = place.ratio;
  }
}

void SnapshotRows::add_event(std::int64_t step, const std::string& kind, const std::string& detail) {
  bool continued = false;
  for (const auto& piece : pieces(storable(detail), layout::kDetailBytes)) {
    Table& table = tables_->events;
    table.add_row(table.n_row());
    table.integers(1)[0] = step;
    table.set_text(2, 0, continued ? layout::kContinued : storable(kind));
    table.set_text(3, 0, piece);
    continued = true;
  }
}

void SnapshotRows::add_sample(std::int64_t step, const Sample& sample) {
  auto prompt = pieces(storable(sample.prompt), layout::kPromptBytes);
  auto text = pieces(storable(sample.text), layout::kDetailBytes);
  const std::size_t n = std::max(prompt.size(), text.size());
  prompt.resize(n);
  text.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    Table& table = tables_->samples;
    table.add_row(table.n_row());
    table.integers(1)[0] = step;
    table.integers(2)[0] = static_cast<std::int64_t>(i);
    table.set_text(3, 0, prompt[i]);
    table.set_text(4, 0, text[i]);
  }
}

void SnapshotRows::add(const HiddenStates& h) {
  Table& table = tables_->hidden;
  const auto n_layer = static_cast<std::size_t>(h.n_layer), n_token = static_cast<std::size_t>(h.n_token),
             n_channel = static_cast<std::size_t>(h.n_channel), n_head = static_cast<std::size_t>(h.n_head),
             n_key = static_cast<std::size_t>(h.n_key);
  const std::size_t token_places = table.axis_size(1, 1);
  const std::size_t tokens = std::min(n_token, token_places);
  expect(table.axis_size(1, 0) == n_layer && table.axis_size(1, 2) == n_channel &&
             h.hidden.size() == n_layer * n_token * n_channel,
         "hidden states of " + std::to_string(n_layer) + " layers, width " + std::to_string(n_channel));
  table.add_row(h.step);
  std::copy_n(h.tokens.begin(), std::min(tokens, h.tokens.size()), table.integers(2).begin());
  for (std::size_t l = 0; l < n_layer; ++l) {
    copy_into(table.floats(1).subspan(l * token_places * n_channel, tokens * n_channel),
              std::span(h.hidden).subspan(l * n_token * n_channel, tokens * n_channel));
  }
  if (h.attention.empty()) return;

  Table& maps = tables_->attention_maps;
  const bool slot = n_key == n_token + 1;
  expect(maps.axis_size(1, 1) == n_head && (slot || n_key == n_token) &&
             h.attention.size() == n_layer * n_head * n_token * n_key,
         "attention maps of " + std::to_string(n_head) + " heads");
  maps.add_row(h.step);
  const std::size_t keys = token_places + 1;
  const auto out = maps.floats(1);
  for (std::size_t lh = 0; lh < n_layer * n_head; ++lh) {
    for (std::size_t q = 0; q < tokens; ++q) {
      const auto row = std::span(h.attention).subspan((lh * n_token + q) * n_key, slot ? tokens + 1 : tokens);
      copy_into(out.subspan((lh * token_places + q) * keys + (slot ? 0 : 1), row.size()), row);
    }
  }
}

}  // namespace variometer
