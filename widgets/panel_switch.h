// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractButton>

namespace variometer {

/// A switch with a third state: asked for but not in force yet. `isChecked` is what is in force; a click does not flip
/// it but emits `flipRequested`, and whoever owns it settles it. The state is drawn as place, fill and (pending) a
/// ring, never by colour alone; the accessible description says it in words.
class Switch : public QAbstractButton {
  Q_OBJECT
 public:
  explicit Switch(QWidget* parent = nullptr);

  bool isPending() const { return pending_; }
  /// Shows `wanted` as asked for.
  void setPending(bool wanted);
  /// In force now; ends pending.
  void settle(bool on);
  QSize sizeHint() const override;

 Q_SIGNALS:
  void flipRequested(bool on);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void nextCheckState() override;
  void changeEvent(QEvent* event) override;

 private:
  void describe();

  bool pending_ = false;
  bool wanted_ = false;
};

}  // namespace variometer
