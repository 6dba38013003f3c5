// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/card.h"
#include "widgets/inspect_view.h"

namespace variometer {

class SignatureCanvas;

/// |h| of one layer as bars over the plane of tokens and channels, as the papers draw it. Channels share bars by their
/// largest |h|, so that a spike is never lost. Dragging turns it, the wheel changes its size.
class InspectSignature : public Card {
  Q_OBJECT
 public:
  explicit InspectSignature(QWidget* parent = nullptr);

  void setView(const InspectView& view);
  QString summary() const override { return summary_; }
  QString provenance() const override { return view_.provenance(); }
  QString table(QChar separator, Rows rows) const override;
  QVariantMap state() const override;
  void setState(const QVariantMap& state) override;
  double tallest() const;  ///< of the bars that are drawn
  QSize bars() const;      ///< how many, along the channels and along the tokens
  float bar(int row, int column) const;

 protected:
  void restart() override {}
  void take(const RunHistory&) override {}
  void themeChanged() override;
  void coloursChanged() override;
  void paintPicture(QCPPainter& painter, const QRectF& area) override;

 private:
  InspectView view_;
  SignatureCanvas* canvas_;
  QString summary_;
};

}  // namespace variometer
