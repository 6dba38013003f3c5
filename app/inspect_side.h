// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <QTimer>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/inspector.h"

namespace variometer {

/// One opened model of the Inspect perspective: takes what its Inspector says, on a timer that runs only while
/// something is under way, and keeps the newest of everything. While another model loads the earlier one is kept as it
/// was, and comes back when loading fails or is given up, which it does at the next tensor, without waiting. GUI
/// thread.
class InspectSide : public QObject {
  Q_OBJECT
 public:
  enum class State { empty, loading, ready, failed };

  explicit InspectSide(OpenInspector open, QObject* parent = nullptr);
  ~InspectSide() override;

  void open(const QString& path);
  /// Gives up loading: the earlier model is there again, or none.
  void cancel();
  /// Needs no wait for `ready`: what was asked last is answered once the weights are in. The same question again is not
  /// asked while its answer is under way or here.
  void ask(PromptRequest request);
  void test(CellTest test);
  /// Only of passes that this model made.
  void look(const AttentionRequest& request);
  bool made(const PassPtr& pass) const { return pass && pass->request.serial > model_.first_serial; }
  void forget(int slot);

  State state() const { return model_.state; }
  bool busy() const { return state() == State::loading || !model_.pending.empty() || testing() || !model_.looking.empty(); }
  QString path() const { return model_.path; }
  const ModelFacts& facts() const { return model_.facts; }
  bool factsKnown() const { return model_.facts_known; }
  const LoadProgress& progress() const { return model_.progress; }
  const std::vector<WeightSummaryPtr>& weights() const { return model_.weights; }
  const std::vector<std::string>& warnings() const { return model_.warnings; }
  double openSeconds() const { return model_.open_seconds; }
  PassPtr pass(int slot) const;
  const TokenizedPrompt* tokens(int slot) const;
  bool pending(int slot) const { return model_.pending.contains(slot); }
  PassProgress passProgress(int slot) const;
  bool testing() const { return model_.test_serial != 0; }
  /// Why the model that was opened last could not be; an earlier one may be back in its place.
  QString problem() const { return problem_; }

 Q_SIGNALS:
  void stateChanged();
  void progressed();  ///< of loading or of a pass
  void weightsArrived();
  void tokensKnown(int slot);
  void passArrived(int slot);
  void promptFailed(int slot, const QString& message);
  void tested(const variometer::CellTestResult& result);
  void testFailed(const QString& message);
  void partArrived(const variometer::AttentionPartPtr& part);

 private:
  struct Pending {
    PromptRequest request;
    PassProgress progress;
  };
  struct Model {
    std::unique_ptr<Inspector> inspector;
    QString path;
    State state = State::empty;
    ModelFacts facts;
    bool facts_known = false;
    LoadProgress progress;
    std::vector<WeightSummaryPtr> weights;
    std::vector<std::string> warnings;
    double open_seconds = 0;
    std::map<int, PassPtr> passes;
    std::map<int, TokenizedPrompt> tokens;
    std::map<int, PromptRequest> answered;  ///< what the passes answer
    std::map<int, Pending> pending;
    std::int64_t test_serial = 0;  ///< of the test under way; 0: none
    std::map<int, AttentionRequest> looking;  ///< under way, by slot
    std::int64_t first_serial = 0;            ///< what it was asked has larger ones
  };

  void tick();
  void take(const InspectorEvent& event);
  void fail(const InspectorFailure& failure);
  void settle(int slot, std::int64_t serial);
  const PromptRequest* lastAsked(int slot) const;
  void setState(State state);
  void bury(Model model);
  void restore();

  OpenInspector open_;
  QTimer timer_;
  Model model_;
  std::optional<Model> earlier_;  ///< while model_ loads
  std::vector<std::unique_ptr<Inspector>> dying_;
  QString problem_;
  std::int64_t serial_ = 0;
};

}  // namespace variometer
