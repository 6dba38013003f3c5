// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli_table.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>

#include "core/base/error.h"
#include "core/checkpoint/output_file.h"

namespace variometer {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

struct Range {
  std::int64_t first, last;
  bool holds(double step) const { return step >= static_cast<double>(first) && step <= static_cast<double>(last); }
};

using Scalars = RunHistory::Scalars;
struct ScalarColumn {
  const char* name;
  std::vector<double> Scalars::*values;
  const char* help;
};
constexpr std::array<ScalarColumn, 5> kScalars{
    {{"loss", &Scalars::loss, "training loss"},
     {"learning_rate", &Scalars::learning_rate, "learning rate"},
     {"grad_norm", &Scalars::grad_norm, "gradient norm before clipping"},
     {"tokens_per_second", &Scalars::tokens_per_second, "speed"},
     {"observe_fraction", &Scalars::observe_fraction, "share of the time spent on measuring"}}};

struct WeightColumn {
  const char* name;
  float WeightStat::*value;
  const char* help;
};
constexpr std::array<WeightColumn, 6> kWeights{
    {{"weight_std", &WeightStat::std, "standard deviation of every tensor"},
     {"weight_mean", &WeightStat::mean, "mean of every tensor"},
     {"weight_abs_max", &WeightStat::abs_max, "largest |w| of every tensor"},
     {"weight_grad_norm", &WeightStat::grad_norm, "gradient norm of every tensor"},
     {"weight_update_ratio", &WeightStat::update_ratio, "||update|| / ||w|| of every tensor"},
     {"weight_tvr_ratio", &WeightStat::tvr_ratio, "std / TVR's target of every tensor"}}};

struct LayerColumn {
  const char* name;
  float LayerActivation::*value;
  const char* help;
};
constexpr std::array<LayerColumn, 8> kLayers{
    {{"median", &LayerActivation::median, "median |h| of every layer"},
     {"ratio", &LayerActivation::ratio, "largest |h| over the median"},
     {"mean", &LayerActivation::mean, "mean of h"},
     {"variance", &LayerActivation::variance, "variance of h"},
     {"kurtosis", &LayerActivation::kurtosis, "excess kurtosis of h"},
     {"first_token_share", &LayerActivation::first_token_share, "attention to token 0"},
     {"kv_slot_share", &LayerActivation::kv_slot_share, "attention to the KV-bias slot"},
     {"attention_entropy", &LayerActivation::attention_entropy, "entropy of attention, nats"}}};

ExportTable scalar_table(const RunHistory& history, const std::vector<const ScalarColumn*>& columns, Range range) {
  const Scalars& s = history.scalars();
  ExportTable table{{"step"}, {}};
  for (const auto* column : columns) table.columns.push_back(column->name);
  for (std::size_t i = 0; i < s.step.size(); ++i) {
    if (!range.holds(s.step[i])) continue;
    auto& row = table.rows.emplace_back(1, s.step[i]);
    for (const auto* column : columns) row.push_back((s.*column->values)[i]);
  }
  return table;
}

ExportTable validation_table(const RunHistory& history, Range range) {
  const Scalars& s = history.scalars();
  ExportTable table{{"step", "validation_loss"}, {}};
  for (std::size_t i = 0; i < s.validation_step.size(); ++i) {
    if (range.holds(s.validation_step[i])) table.rows.push_back({s.validation_step[i], s.validation_loss[i]});
  }
  return table;
}

ExportTable weight_table(const RunHistory& history, float WeightStat::*value, Range range) {
  ExportTable table{{"step"}, {}};
  for (const auto& tensor : history.info().tensors) table.columns.push_back(tensor.name);
  for (const auto& [step, weights] : history.weights()) {
    if (!range.holds(static_cast<double>(step))) continue;
    auto& row = table.rows.emplace_back(1, static_cast<double>(step));
    for (const auto& stat : weights->tensors) row.push_back(static_cast<double>(stat.*value));
    row.resize(table.columns.size(), kNothing);
  }
  return table;
}

using ActivationRows = std::vector<RunHistory::ActivationRow>;

/// One column per layer, times `names`: value(layer, i) for the i-th.
ExportTable layer_table(const RunHistory& history, const ActivationRows& rows, const std::vector<std::string>& names,
                        const std::function<double(const LayerActivation&, std::size_t)>& value, Range range) {
  ExportTable table{{"step"}, {}};
  for (std::int64_t layer = 0; layer < history.info().n_layer; ++layer) {
    for (const auto& name : names) table.columns.push_back("layer" + std::to_string(layer) + "_" + name);
  }
  for (const auto& [step, activation] : rows) {
    if (!range.holds(static_cast<double>(step))) continue;
    auto& row = table.rows.emplace_back(1, static_cast<double>(step));
    for (const auto& layer : activation->layers) {
      for (std::size_t i = 0; i < names.size(); ++i) row.push_back(value(layer, i));
    }
    row.resize(table.columns.size(), kNothing);
  }
  return table;
}

ExportTable top_table(const RunHistory& history, const ActivationRows& rows, Range range) {
  return layer_table(
      history, rows, {"top1", "top2", "top3", "median"},
      [](const LayerActivation& layer, std::size_t i) {
        if (i == 3) return static_cast<double>(layer.median);
        return i < layer.top.size() ? static_cast<double>(layer.top[i].value) : kNothing;
      },
      range);
}

ExportTable massive_table(const ActivationRows& rows, Range range) {
  ExportTable table{{"step", "layer", "sequence", "token", "channel", "value", "ratio"}, {}};
  for (const auto& [step, activation] : rows) {
    if (!range.holds(static_cast<double>(step))) continue;
    for (const auto& place : activation->massive) {
      table.rows.push_back({static_cast<double>(step), static_cast<double>(place.layer),
                            static_cast<double>(place.sequence), static_cast<double>(place.token),
                            static_cast<double>(place.channel), static_cast<double>(place.value),
                            static_cast<double>(place.ratio)});
    }
  }
  return table;
}

/// step, layer, then one column per token or channel.
ExportTable map_table(const ActivationRows& rows, std::vector<float> LayerActivation::*values, const char* what,
                      Range range) {
  ExportTable table{{"step", "layer"}, {}};
  std::size_t width = 0;
  for (const auto& [step, activation] : rows) {
    if (!range.holds(static_cast<double>(step))) continue;
    for (std::size_t layer = 0; layer < activation->layers.size(); ++layer) {
      const auto& row_values = activation->layers[layer].*values;
      if (row_values.empty()) continue;
      auto& row = table.rows.emplace_back(std::vector<double>{static_cast<double>(step), static_cast<double>(layer)});
      row.insert(row.end(), row_values.begin(), row_values.end());
      width = std::max(width, row_values.size());
    }
  }
  for (std::size_t i = 0; i < width; ++i) table.columns.push_back(what + std::to_string(i));
  for (auto& row : table.rows) row.resize(table.columns.size(), kNothing);
  return table;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

/// Measurements are floats: the shortest text that is the same float says all there is. Steps are whole.
std::string csv_number(double value) {
  if (std::isnan(value)) return "";
  std::array<char, 40> text{};
  const auto narrow = static_cast<float>(value);
  const auto written = static_cast<double>(narrow) == value
                           ? std::to_chars(text.data(), text.data() + text.size(), narrow)
                           : std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), written.ptr};
}

}  // namespace

std::vector<TableName> table_names() {
  std::vector<TableName> names{{"scalars", "all scalars, one column each"}};
  for (const auto& c : kScalars) names.push_back({c.name, c.help});
  names.push_back({"validation_loss", "loss on the validation part"});
  for (const auto& c : kWeights) names.push_back({c.name, c.help});
  names.push_back({"top", "three largest |h| (signed) and the median of every layer"});
  for (const auto& c : kLayers) names.push_back({c.name, c.help});
  names.push_back({"massive", "every massive activation, one row each"});
  names.push_back({"token_max", "largest |h| by token, one row per layer"});
  names.push_back({"channel_max", "largest |h| by channel, one row per layer"});
  return names;
}

ExportTable make_table(const RunHistory& history, const std::string& name, std::int64_t first, std::int64_t last) {
  const Range range{first, last};
  if (name == "scalars") {
    std::vector<const ScalarColumn*> all;
    for (const auto& column : kScalars) all.push_back(&column);
    return scalar_table(history, all, range);
  }
  for (const auto& column : kScalars) {
    if (name == column.name) return scalar_table(history, {&column}, range);
  }
  if (name == "validation_loss") return validation_table(history, range);
  for (const auto& column : kWeights) {
    if (name == column.name) return weight_table(history, column.value, range);
  }
  const bool batch = name.starts_with("batch_");
  const std::string what = batch ? name.substr(6) : name;
  const auto& rows = batch ? history.batch() : history.probe();
  if (what == "top") return top_table(history, rows, range);
  if (what == "massive") return massive_table(rows, range);
  if (what == "token_max") return map_table(rows, &LayerActivation::token_max, "token", range);
  if (what == "channel_max") return map_table(rows, &LayerActivation::channel_max, "channel", range);
  for (const auto& column : kLayers) {
    if (what != column.name) continue;
    return layer_table(
        history, rows, {column.name},
        [&](const LayerActivation& layer, std::size_t) { return static_cast<double>(layer.*column.value); }, range);
  }
  std::string known;
  for (const auto& [each, help] : table_names()) known += (known.empty() ? "" : ", ") + each;
  throw usage_error("nothing is called '" + name + "'; there are " + known + ", and batch_... for the training batch");
}

void write_csv(const std::filesystem::path& path, const ExportTable& table) {
  std::string text;
  for (std::size_t i = 0; i < table.columns.size(); ++i) text += (i == 0 ? "" : ",") + csv_field(table.columns[i]);
  text += "\n";
  for (const auto& row : table.rows) {
    for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ",") + csv_number(row[i]);
    text += "\n";
  }
  OutputFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.close();
}

void write_npy(const std::filesystem::path& path, const ExportTable& table) {
  static_assert(std::endian::native == std::endian::little, "the header says little-endian");
  std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (" + std::to_string(table.rows.size()) +
                       ", " + std::to_string(table.columns.size()) + "), }";
  constexpr std::size_t kPrefix = 10;  // magic, version, length
  header.append(63 - (kPrefix + header.size()) % 64, ' ');
  header += '\n';
  std::string start("\x93NUMPY\x01\x00", 8);
  start += static_cast<char>(header.size() & 0xff);
  start += static_cast<char>(header.size() >> 8);
  OutputFile file(path);
  file.write(std::as_bytes(std::span(start)));
  file.write(std::as_bytes(std::span(header)));
  for (const auto& row : table.rows) file.write(std::as_bytes(std::span(row)));
  file.close();
}

}  // namespace variometer
