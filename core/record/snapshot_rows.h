// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <string>

#include "core/base/snapshot.h"
#include "core/record/record_file.h"

namespace variometer {

/// Turns snapshots into rows that wait in the tables of a record. Throws Error(run) when a snapshot does not have the
/// shape the record was made for; what does not fit a fixed axis (tokens beyond probe.max_tokens, ranks beyond top_k)
/// is left out.
class SnapshotRows {
 public:
  SnapshotRows() = default;
  explicit SnapshotRows(RecordTables& tables);

  void add(const Snapshot& snapshot);
  void add(const HiddenStates& hidden);

  /// Snapshot::message as last recorded: only changes are, and they must be told again when their rows are taken back.
  const std::string& message() const { return message_; }
  void set_message(std::string message) { message_ = std::move(message); }

 private:
  struct ActivationColumns {
    std::size_t top_value, top_token, top_channel, top_sequence, top_ratio, median, ratio, mean, variance, kurtosis,
        non_finite, dyt_saturation, loss;
  };
  static ActivationColumns columns_of(const Table& table);

  void add_scalars(const Snapshot& snapshot);
  void add_weights(std::int64_t step, const WeightSnapshot& weights);
  void add_activation(std::int64_t step, const ActivationSnapshot& activation, Table& table, bool probe);
  void add_maps(std::int64_t step, const ActivationSnapshot& activation);
  void add_massive(std::int64_t step, const ActivationSnapshot& activation, bool probe);
  void add_event(std::int64_t step, const std::string& kind, const std::string& detail);
  void add_sample(std::int64_t step, const Sample& sample);

  RecordTables* tables_ = nullptr;
  ActivationColumns activation_{};
  std::size_t batch_channel_max_ = 0;
  std::string message_;
};

/// Kind of the event that says that Snapshot::message is another from here on.
inline constexpr const char* kMessageEvent = "message";

}  // namespace variometer
