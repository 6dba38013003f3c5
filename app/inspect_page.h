// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

namespace variometer {

/// The Inspect perspective: one model at rest, layer by layer. Empty until a model is opened. GUI thread.
class InspectPage : public QWidget {
  Q_OBJECT
 public:
  explicit InspectPage(QWidget* parent = nullptr);

  /// Takes a dropped or chosen file or folder; false when it is nothing to inspect, and the window handles it.
  bool openPath(const QString& path);

 Q_SIGNALS:
  /// The user wants to choose a model.
  void openRequested();
};

}  // namespace variometer
