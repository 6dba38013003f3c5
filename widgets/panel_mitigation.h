// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>
#include <vector>

#include "widgets/mitigation_section.h"

namespace variometer {

/// The three sections in a column that scrolls.
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

 Q_SIGNALS:
  void forkRequested(const std::vector<variometer::Assignment>& change);

 private:
  MitigationSection* tvr_;
  MitigationSection* kv_bias_;
  MitigationSection* dyt_;
};

}  // namespace variometer
