// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

#include "core/base/history.h"

class QComboBox;
class QDoubleSpinBox;
class QLineEdit;
class QSpinBox;
class QPushButton;

namespace variometer {

class Card;

/// A card as a figure (PNG, SVG, PDF) or as numbers (CSV), with the command that does the same without a window.
class ExportDialog : public QDialog {
  Q_OBJECT
 public:
  /// `record` is the run's file, empty when it is not recorded: then there is no command to show.
  ExportDialog(Card* card, const RunHistory& history, FramePtr frame, QString record, QWidget* parent = nullptr);

  /// Writes the file. Throws Error.
  void writeTo(const QString& file);
  QString commandLine(const QString& file) const;
  QComboBox* format() const { return format_; }
  QComboBox* rows() const { return rows_; }

 private:
  bool isFigure() const;
  void refresh();
  void exportNow();

  Card* card_;
  const RunHistory& history_;
  FramePtr frame_;
  QString record_;
  QComboBox* format_;
  QDoubleSpinBox* width_;
  QDoubleSpinBox* height_;
  QSpinBox* dpi_;
  QComboBox* theme_;
  QComboBox* rows_;
  QPushButton* copy_ = nullptr;
  QLineEdit* command_;
};

}  // namespace variometer
