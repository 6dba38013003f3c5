// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QStringList>
#include <vector>

#include "core/base/history.h"

class QComboBox;
class QDoubleSpinBox;
class QLineEdit;
class QSpinBox;
class QPushButton;

namespace variometer {

class Card;

/// A card, or all of a tab, as figures (PNG, SVG, PDF), as numbers (CSV) or as programs that draw the figure from the
/// numbers (matplotlib, pgfplots), with the command that does the same without a window.
class ExportDialog : public QDialog {
  Q_OBJECT
 public:
  /// `record` is the run's file, empty when it is not recorded: then there is no command to show. `tab` are the cards
  /// beside it, itself among them.
  ExportDialog(Card* card, std::vector<Card*> tab, const RunHistory& history, FramePtr frame, QString record,
               QWidget* parent = nullptr);

  /// Writes the card; a program's CSV beside it. Throws Error.
  void writeTo(const QString& file) { write(*card_, file); }
  /// Writes each card of the tab, a file each, named by card. Those of which there is no such file, by title, with the
  /// reason. Throws Error.
  QStringList writeAll(const QString& folder);
  /// The files writeAll would write.
  QStringList filesIn(const QString& folder) const;
  QString commandLine(const Card& card, const QString& file) const;
  QComboBox* what() const { return what_; }
  QComboBox* format() const { return format_; }
  QComboBox* rows() const { return rows_; }

 private:
  QString ending() const;
  bool isFigure() const;
  bool isCode() const;
  bool all() const;
  void write(Card& card, const QString& file);
  void writeFigure(Card& card, const QString& file);
  void writeCode(Card& card, const QString& file);
  void refresh();
  void exportNow();
  void exportAll();

  Card* card_;
  std::vector<Card*> tab_;
  const RunHistory& history_;
  FramePtr frame_;
  QString record_;
  QComboBox* what_;
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
