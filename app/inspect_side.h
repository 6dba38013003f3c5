// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <map>
#include <memory>
#include <vector>

#include "core/base/inspector.h"

namespace variometer {

/// One opened model of the Inspect perspective: takes what its Inspector says, on a timer that runs only while
/// something is under way, and keeps the newest of everything. Closing while it loads gives up at the next tensor,
/// without waiting. GUI thread.
class InspectSide : public QObject {
  Q_OBJECT
 public:
  enum class State { empty, loading, ready, failed };

  explicit InspectSide(OpenInspector open, QObject* parent = nullptr);
  ~InspectSide() override;

  void open(const QString& path);
  void close();
  /// Needs no wait for `ready`: what was asked last is answered once the weights are in.
  void ask(PromptRequest request);
  void forget(int slot);

  State state() const { return state_; }
  bool busy() const { return state_ == State::loading || !pending_.empty(); }
  QString path() const { return path_; }
  const ModelFacts& facts() const { return facts_; }
  bool factsKnown() const { return facts_known_; }
  const LoadProgress& progress() const { return progress_; }
  const std::vector<WeightSummaryPtr>& weights() const { return weights_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  double openSeconds() const { return open_seconds_; }
  PassPtr pass(int slot) const;
  const TokenizedPrompt* tokens(int slot) const;
  bool pending(int slot) const { return pending_.contains(slot); }
  PassProgress passProgress(int slot) const;
  QString problem() const { return problem_; }  ///< why it could not be opened

 Q_SIGNALS:
  void stateChanged();
  void progressed();  ///< of loading or of a pass
  void weightsArrived();
  void tokensKnown(int slot);
  void passArrived(int slot);
  void promptFailed(int slot, const QString& message);

 private:
  void tick();
  void take(const InspectorEvent& event);
  void settle(int slot, std::int64_t serial);
  void setState(State state);
  void bury();

  OpenInspector open_;
  QTimer timer_;
  std::unique_ptr<Inspector> inspector_;
  std::vector<std::unique_ptr<Inspector>> dying_;
  QString path_, problem_;
  State state_ = State::empty;
  ModelFacts facts_;
  bool facts_known_ = false;
  LoadProgress progress_;
  std::vector<WeightSummaryPtr> weights_;
  std::vector<std::string> warnings_;
  double open_seconds_ = 0;
  std::map<int, PassPtr> passes_;
  std::map<int, TokenizedPrompt> tokens_;
  struct Pending {
    std::int64_t serial = 0;
    PassProgress progress;
  };
  std::map<int, Pending> pending_;
  std::int64_t serial_ = 0;
};

}  // namespace variometer
