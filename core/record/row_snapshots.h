// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/snapshot.h"
#include "core/record/record_file.h"
#include "core/record/record_reader.h"

namespace variometer {

/// Puts snapshots together from the rows of a record, in the order of its journal: the way back of SnapshotRows.
/// Throws Error(file) where the journal counts rows that are not there.
class RowSnapshots {
 public:
  RowSnapshots() = default;
  explicit RowSnapshots(RecordTables& tables) : tables_(&tables) {}

  std::vector<std::shared_ptr<Snapshot>> next(std::int64_t most);

 private:
  enum Group { scalars, weight, activation, batch_activation, massive, events, samples, n_group };
  /// Rows [begin, end) of one group that belong to the snapshots in hand, and whose they are.
  struct Range {
    std::int64_t begin = 0, end = 0;
    std::vector<Snapshot*> owner;  // [end - begin]
    std::int64_t n() const { return end - begin; }
  };

  void read_scalars(const Range& range);
  void read_weights(const Range& range);
  void read_activation(const Range& range, bool probe);
  void read_maps(const Range& range, std::vector<std::shared_ptr<ActivationSnapshot>>& activations);
  void read_massive(const Range& range);
  void read_events(const Range& range);
  void tell_messages(std::vector<std::shared_ptr<Snapshot>>& snapshots);
  void read_samples(const Range& range);

  RecordTables* tables_ = nullptr;
  std::string message_;                         // in force behind them
  std::int64_t n_done_ = 0;                     // journal rows
  std::array<std::int64_t, n_group> counts_{};  // rows of each group behind them
};

/// One measurement of hidden states, without the attention maps.
HiddenStates read_states(const RecordTables& tables, std::int64_t index);

/// Where the attention maps are that were asked for at the same time.
StoredAttention find_attention(const RecordTables& tables, const HiddenStates& states);
/// Queries first .. first + n - 1 of one head, (n, n_key).
std::vector<float> read_attention(const RecordTables& tables, const StoredAttention& maps, std::int64_t layer,
                                  std::int64_t head, std::int64_t first, std::int64_t n);

/// One measurement of hidden states, with the attention maps asked for at the same time.
HiddenStates read_hidden(const RecordTables& tables, std::int64_t index);

}  // namespace variometer
