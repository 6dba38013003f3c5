// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <optional>

#include "widgets/inspect_view.h"

class QCheckBox;
class QLabel;
class QPushButton;

namespace variometer {

/// The papers' intervention analysis as two buttons: the chosen cell, or all massive cells of its layer at once, set to
/// zero or to its mean on the way to the next layer, and what that does to the perplexity of the prompt. Knows no
/// model.
class CellTestPanel : public QWidget {
  Q_OBJECT
 public:
  explicit CellTestPanel(QWidget* parent = nullptr);

  /// What may be tested: a cell (row: token, column: channel) of the view's layer; none: nothing is chosen.
  void setCell(const InspectView& view, std::optional<std::pair<std::int64_t, std::int64_t>> cell);
  /// Why no cell can be tested at all; empty: they can.
  void setUnavailable(const QString& why);
  void setBusy(bool busy);
  void showResult(const CellTestResult& result);
  void showProblem(const QString& why);
  void clearResult();

  QPushButton* zeroButton() const { return zero_; }
  QPushButton* meanButton() const { return mean_; }
  QCheckBox* allBox() const { return all_; }
  QString cellText() const;
  QString resultText() const;

 Q_SIGNALS:
  /// Layer, cells and value are filled in.
  void testRequested(const variometer::CellTest& test);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void request(CellTest::Value value);
  void enable();
  void retheme();

  InspectView view_;
  std::optional<std::pair<std::int64_t, std::int64_t>> cell_;
  std::vector<ActivationPlace> massive_;  ///< of the layer
  bool busy_ = false;
  QString unavailable_;
  QLabel* what_;
  QCheckBox* all_;
  QPushButton* zero_;
  QPushButton* mean_;
  QLabel* result_;
};

/// "perplexity 332.6 → 361.9 (loss +0.0843)" and what was set.
QString test_text(const CellTestResult& result);

}  // namespace variometer
