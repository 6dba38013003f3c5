// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/row_snapshots.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/record/snapshot_rows.h"

namespace variometer {
namespace {

std::int32_t narrow(std::int64_t value) { return static_cast<std::int32_t>(value); }

}  // namespace

std::vector<std::shared_ptr<Snapshot>> RowSnapshots::next(std::int64_t most) {
  RecordTables& t = *tables_;
  const std::int64_t n = std::min(most, t.journal.n_written() - n_done_);
  if (n <= 0) return {};
  const auto steps = t.journal.read_integers(1, n_done_, n);
  const auto states = t.journal.read_integers(2, n_done_, n);
  std::array<Range, n_group> ranges;
  std::vector<std::shared_ptr<Snapshot>> snapshots(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    snapshots[i] = std::make_shared<Snapshot>();
    snapshots[i]->step = steps[i];
    if (states[i] < 0 || states[i] > static_cast<std::int64_t>(RunState::failed)) {
      throw file_error("/run/journal/state has the value " + std::to_string(states[i]) + "; the file is damaged");
    }
    snapshots[i]->state = static_cast<RunState>(states[i]);
    snapshots[i]->is_update = false;
  }
  const std::array<const Table*, n_group> tables{&t.scalars, &t.weight, &t.activation, &t.batch_activation,
                                                 &t.massive, &t.events, &t.samples};
  for (std::size_t g = 0; g < n_group; ++g) {
    Range& range = ranges[g];
    const auto ends = t.journal.read_integers(3 + g, n_done_, n);
    range.begin = range.end = counts_[g];
    for (std::size_t i = 0; i < snapshots.size(); ++i) {
      const bool one_at_most = g < massive;
      if (ends[i] < range.end || ends[i] > tables[g]->n_written() || (one_at_most && ends[i] > range.end + 1)) {
        throw file_error("/run/journal counts rows that are not there; the file is damaged");
      }
      range.owner.insert(range.owner.end(), static_cast<std::size_t>(ends[i] - range.end), snapshots[i].get());
      range.end = ends[i];
    }
  }
  read_scalars(ranges[scalars]);
  read_weights(ranges[weight]);
  read_activation(ranges[activation], /*probe=*/true);
  read_activation(ranges[batch_activation], /*probe=*/false);
  read_massive(ranges[massive]);
  read_events(ranges[events]);
  tell_messages(snapshots);
  read_samples(ranges[samples]);
  for (std::size_t g = 0; g < n_group; ++g) counts_[g] = ranges[g].end;
  n_done_ += n;
  return snapshots;
}

void RowSnapshots::read_scalars(const Range& range) {
  const std::array<float Snapshot::*, 6> fields{
      &Snapshot::loss,      &Snapshot::validation_loss,   &Snapshot::learning_rate,
      &Snapshot::grad_norm, &Snapshot::tokens_per_second, &Snapshot::observe_fraction};
  for (std::size_t k = 0; k < fields.size(); ++k) {
    const auto values = tables_->scalars.read_floats(k + 1, range.begin, range.n());
    for (std::size_t i = 0; i < values.size(); ++i) range.owner[i]->*fields[k] = values[i];
  }
  const auto seconds = tables_->scalars.read_floats(7, range.begin, range.n());
  for (std::size_t i = 0; i < seconds.size(); ++i) {
    range.owner[i]->seconds = static_cast<double>(seconds[i]);
    range.owner[i]->is_update = true;
  }
}

void RowSnapshots::read_weights(const Range& range) {
  if (range.n() == 0) return;
  const Table& table = tables_->weight;
  const std::size_t n_tensor = table.row_size(1);
  std::vector<WeightSnapshot> rows(static_cast<std::size_t>(range.n()));
  for (auto& row : rows) row.tensors.resize(n_tensor);
  const std::array<float WeightStat::*, 6> fields{&WeightStat::std,          &WeightStat::mean,
                                                  &WeightStat::abs_max,      &WeightStat::grad_norm,
                                                  &WeightStat::update_ratio, &WeightStat::tvr_ratio};
  for (std::size_t k = 0; k < fields.size(); ++k) {
    const auto values = table.read_floats(k + 1, range.begin, range.n());
    for (std::size_t i = 0; i < values.size(); ++i) rows[i / n_tensor].tensors[i % n_tensor].*fields[k] = values[i];
  }
  const auto rescaled = table.read_integers(7, range.begin, range.n());
  for (std::size_t i = 0; i < rescaled.size(); ++i)
    rows[i / n_tensor].tensors[i % n_tensor].rescaled = rescaled[i] == 1;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    range.owner[i]->weights = std::make_shared<const WeightSnapshot>(std::move(rows[i]));
  }
}

void RowSnapshots::read_activation(const Range& range, bool probe) {
  if (range.n() == 0) return;
  const Table& table = probe ? tables_->activation : tables_->batch_activation;
  const std::size_t n_layer = table.row_size(table.column("median"));
  const std::size_t value = table.column("top_value"), n_top = table.axis_size(value, 1);
  std::vector<std::shared_ptr<ActivationSnapshot>> rows;
  for (std::int64_t i = 0; i < range.n(); ++i) {
    rows.push_back(std::make_shared<ActivationSnapshot>());
    rows.back()->layers.resize(n_layer);
  }
  const auto layer_of = [&](std::size_t i) -> LayerActivation& { return rows[i / n_layer]->layers[i % n_layer]; };

  const std::array<std::pair<const char*, float LayerActivation::*>, 6> fields{
      {{"median", &LayerActivation::median},
       {"ratio", &LayerActivation::ratio},
       {"mean", &LayerActivation::mean},
       {"variance", &LayerActivation::variance},
       {"kurtosis", &LayerActivation::kurtosis},
       {"dyt_saturation", &LayerActivation::dyt_saturation}}};
  for (const auto& [name, field] : fields) {
    const auto values = table.read_floats(table.column(name), range.begin, range.n());
    for (std::size_t i = 0; i < values.size(); ++i) layer_of(i).*field = values[i];
  }
  const auto non_finite = table.read_integers(table.column("non_finite"), range.begin, range.n());
  for (std::size_t i = 0; i < non_finite.size(); ++i) layer_of(i).non_finite = std::max<std::int64_t>(non_finite[i], 0);
  const auto losses = table.read_floats(table.column("loss"), range.begin, range.n());
  for (std::size_t i = 0; i < losses.size(); ++i) rows[i]->loss = losses[i];

  const auto values = table.read_floats(value, range.begin, range.n());
  const auto tokens = table.read_integers(table.column("top_token"), range.begin, range.n());
  const auto channels = table.read_integers(table.column("top_channel"), range.begin, range.n());
  const auto sequences = table.read_integers(table.column("top_sequence"), range.begin, range.n());
  const auto ratios = table.read_floats(table.column("top_ratio"), range.begin, range.n());
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (channels[i] < 0) continue;
    const std::size_t flat = i / n_top;
    layer_of(flat).top.push_back({values[i], narrow(static_cast<std::int64_t>(flat % n_layer)), narrow(tokens[i]),
                                  narrow(channels[i]), narrow(sequences[i]), ratios[i]});
  }
  if (probe) {
    read_maps(range, rows);
  } else {
    const std::size_t column = table.column("channel_max"), n_channel = table.axis_size(column, 1);
    const auto maxima = table.read_floats(column, range.begin, range.n());
    for (std::size_t i = 0; i < rows.size() * n_layer; ++i) {
      const float* begin = maxima.data() + i * n_channel;
      if (!std::isnan(*begin)) layer_of(i).channel_max.assign(begin, begin + n_channel);
    }
  }
  for (std::size_t i = 0; i < rows.size(); ++i) (probe ? range.owner[i]->probe : range.owner[i]->batch) = rows[i];
}

void RowSnapshots::read_maps(const Range& range, std::vector<std::shared_ptr<ActivationSnapshot>>& activations) {
  const Table& maps = tables_->maps;
  const Table& attention = tables_->attention;
  if (range.end > maps.n_written() || range.end > attention.n_written()) {
    throw file_error("/run/maps and /run/attention are shorter than /run/activation; the file is damaged");
  }
  const std::size_t n_layer = maps.axis_size(1, 0), n_token = maps.axis_size(1, 1), n_channel = maps.axis_size(2, 1);
  if (attention.row_size(1) != n_layer || maps.row_size(3) != n_token || maps.row_size(4) != n_token ||
      maps.axis_size(2, 0) != n_layer || activations[0]->layers.size() != n_layer) {
    throw file_error("/run/maps, /run/attention and /run/activation differ in their axes");
  }
  const auto token_max = maps.read_floats(1, range.begin, range.n());
  const auto channel_max = maps.read_floats(2, range.begin, range.n());
  const auto tokens = maps.read_integers(3, range.begin, range.n());
  const auto texts = maps.read_texts(4, range.begin, range.n());
  const std::array<std::pair<std::size_t, float LayerActivation::*>, 3> shares{
      {{1, &LayerActivation::first_token_share},
       {2, &LayerActivation::kv_slot_share},
       {3, &LayerActivation::attention_entropy}}};
  for (const auto& [column, field] : shares) {
    const auto values = attention.read_floats(column, range.begin, range.n());
    for (std::size_t i = 0; i < values.size(); ++i) activations[i / n_layer]->layers[i % n_layer].*field = values[i];
  }
  for (std::size_t i = 0; i < activations.size(); ++i) {
    ActivationSnapshot& a = *activations[i];
    for (std::size_t t = i * n_token; t < (i + 1) * n_token && tokens[t] >= 0; ++t) {
      a.tokens.push_back(narrow(tokens[t]));
      a.token_texts.push_back(texts[t]);
    }
    for (std::size_t l = 0; l < n_layer; ++l) {
      const float* by_token = token_max.data() + (i * n_layer + l) * n_token;
      const float* by_channel = channel_max.data() + (i * n_layer + l) * n_channel;
      if (!std::isnan(*by_token)) a.layers[l].token_max.assign(by_token, by_token + a.tokens.size());
      if (!std::isnan(*by_channel)) a.layers[l].channel_max.assign(by_channel, by_channel + n_channel);
    }
  }
}

void RowSnapshots::read_massive(const Range& range) {
  const Table& table = tables_->massive;
  const auto layers = table.read_integers(2, range.begin, range.n()),
             tokens = table.read_integers(3, range.begin, range.n()),
             channels = table.read_integers(4, range.begin, range.n()),
             sequences = table.read_integers(5, range.begin, range.n());
  const auto values = table.read_floats(6, range.begin, range.n()),
             ratios = table.read_floats(7, range.begin, range.n());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool probe = sequences[i] < 0;
    if (channels[i] < 0) continue;  // not recorded by an older program
    const auto& owner = probe ? range.owner[i]->probe : range.owner[i]->batch;
    if (!owner) throw file_error("/run/massive has rows of a step that was not measured; the file is damaged");
    // Made in this call and not shown to anyone yet.
    const_cast<ActivationSnapshot&>(*owner).massive.push_back({values[i], narrow(layers[i]), narrow(tokens[i]),
                                                               narrow(channels[i]), probe ? 0 : narrow(sequences[i]),
                                                               ratios[i]});
  }
}

void RowSnapshots::read_events(const Range& range) {
  const Table& table = tables_->events;
  const auto steps = table.read_integers(1, range.begin, range.n());
  auto kinds = table.read_texts(2, range.begin, range.n()), details = table.read_texts(3, range.begin, range.n());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    auto& list = range.owner[i]->events;
    if (kinds[i] == layout::kContinued && !list.empty()) {
      list.back().detail += details[i];
    } else {
      list.push_back({steps[i], std::move(kinds[i]), std::move(details[i])});
    }
  }
}

// A message stands until another is recorded; the event that says so is no event of the run.
void RowSnapshots::tell_messages(std::vector<std::shared_ptr<Snapshot>>& snapshots) {
  for (const auto& snapshot : snapshots) {
    auto& list = snapshot->events;
    if (!list.empty() && list.back().kind == kMessageEvent) {
      const auto json = nlohmann::json::parse(list.back().detail, nullptr, /*allow_exceptions=*/false);
      if (json.is_object() && json.contains("message") && json["message"].is_string()) message_ = json["message"];
      list.pop_back();
    }
    snapshot->message = message_;
  }
}

void RowSnapshots::read_samples(const Range& range) {
  const Table& table = tables_->samples;
  const auto parts = table.read_integers(2, range.begin, range.n());
  const auto prompts = table.read_texts(3, range.begin, range.n()), texts = table.read_texts(4, range.begin, range.n());
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto& sample = range.owner[i]->sample;
    if (parts[i] == 0 || !sample) sample.emplace();
    sample->prompt += prompts[i];
    sample->text += texts[i];
  }
}

HiddenStates read_states(const RecordTables& tables, std::int64_t index) {
  const Table& table = tables.hidden;
  if (index < 0 || index >= table.n_written()) throw file_error("/run/hidden has no row " + std::to_string(index));
  const auto n_layer = static_cast<std::int64_t>(table.axis_size(1, 0)),
             places = static_cast<std::int64_t>(table.axis_size(1, 1)),
             n_channel = static_cast<std::int64_t>(table.axis_size(1, 2));
  HiddenStates h;
  h.step = table.read_integers(0, index, 1)[0];
  for (const std::int64_t token : table.read_integers(2, index, 1)) {
    if (token >= 0) h.tokens.push_back(narrow(token));
  }
  h.n_layer = n_layer;
  h.n_token = static_cast<std::int64_t>(h.tokens.size());
  h.n_channel = n_channel;
  if (h.n_token > places) throw file_error("/run/hidden: tokens and hidden states differ in their axes");
  h.hidden = table.read_part(1, index, {0, 0, 0}, {n_layer, h.n_token, n_channel});
  return h;
}

StoredAttention find_attention(const RecordTables& tables, const HiddenStates& states) {
  // The last row of that step, since rows of both are written together.
  const Table& maps = tables.attention_maps;
  const auto steps = maps.read_integers(0, 0, maps.n_written());
  const auto found = std::find(steps.rbegin(), steps.rend(), states.step);
  const auto axis = [&](std::size_t i) { return static_cast<std::int64_t>(maps.axis_size(1, i)); };
  if (found == steps.rend() || states.n_token == 0 || axis(0) != states.n_layer || axis(2) < states.n_token ||
      axis(3) < states.n_token + 1) {
    return {};
  }
  StoredAttention stored;
  stored.row = steps.rend() - found - 1;
  stored.n_head = axis(1);
  stored.n_query = states.n_token;
  stored.slot = !std::isnan(maps.read_part(1, stored.row, {0, 0, 0, 0}, {1, 1, 1, 1})[0]);
  stored.n_key = states.n_token + (stored.slot ? 1 : 0);
  return stored;
}

std::vector<float> read_attention(const RecordTables& tables, const StoredAttention& maps, std::int64_t layer,
                                  std::int64_t head, std::int64_t first, std::int64_t n) {
  return tables.attention_maps.read_part(1, maps.row, {layer, head, first, maps.slot ? 0 : 1},
                                         {1, 1, n, maps.n_key});
}

HiddenStates read_hidden(const RecordTables& tables, std::int64_t index) {
  HiddenStates h = read_states(tables, index);
  const StoredAttention maps = find_attention(tables, h);
  if (maps.row < 0) return h;
  h.n_head = maps.n_head;
  h.n_key = maps.n_key;
  for (std::int64_t layer = 0; layer < h.n_layer; ++layer) {
    for (std::int64_t head = 0; head < h.n_head; ++head) {
      const auto one = read_attention(tables, maps, layer, head, 0, h.n_token);
      h.attention.insert(h.attention.end(), one.begin(), one.end());
    }
  }
  return h;
}

}  // namespace variometer
