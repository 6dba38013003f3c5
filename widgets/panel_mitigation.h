// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "widgets/mitigation_section.h"

class QLabel;
class QScrollArea;
class QStackedWidget;

namespace variometer {

/// The three sections in a column that scrolls, to what in it has the focus; and below it, where it is always seen and
/// moves nothing, what was previewed last.
class MitigationPanel : public QWidget {
  Q_OBJECT
 public:
  explicit MitigationPanel(QWidget* parent = nullptr);

  void setPoster(const MitigationSection::Poster& poster);
  void setSteerable(bool steerable, const QString& reason = {});
  void setInForce(const Mitigations& mitigations, std::int64_t step);
  /// What the newest measurement of the weights says (MitigationSection::setSpread).
  void setSpread(const ModelConfig& model, const WeightSpread& spread);
  void commandSettled(std::int64_t ticket, const Command& command, const QString& error, std::int64_t step);
  void showPreview(const Preview& preview);
  void reset();
  void setForkable(bool forkable);
  /// "tvr", "kv_bias" or "dyt".
  MitigationSection* section(const QString& group) const;
  QSize sizeHint() const override;
  /// As wide as the sections and the bar beside them: they do not scroll sideways.
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void forkRequested(const std::vector<variometer::Assignment>& change);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QWidget* buildResults();
  void sizeToFont();
  void follow(QWidget* focus);

  QScrollArea* scroll_ = nullptr;
  QScrollArea* below_ = nullptr;
  QStackedWidget* results_ = nullptr;
  QLabel* no_result_ = nullptr;
  MitigationSection* tvr_;
  MitigationSection* kv_bias_;
  MitigationSection* dyt_;
};

}  // namespace variometer
