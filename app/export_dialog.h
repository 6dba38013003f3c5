// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QStringList>
#include <vector>

#include "app/export_item.h"
#include "core/base/history.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace variometer {

class FigureForm;

/// A card, or all of a tab, or a view of Inspect, as figures (PNG, SVG, PDF) with a preview, as numbers (CSV) or as
/// programs that draw the figure from the numbers (matplotlib, pgfplots), with the command that does the same without a
/// window.
class ExportDialog : public QDialog {
  Q_OBJECT
 public:
  /// The first item is the one that was asked for; all of them may be written together.
  explicit ExportDialog(std::vector<ExportItem> items, QWidget* parent = nullptr);
  /// `record` is the run's file, empty when it is not recorded: then there is no command to show. `tab` are the cards
  /// beside it, itself among them.
  ExportDialog(Card* card, const std::vector<Card*>& tab, const RunHistory& history, const QString& record,
               QWidget* parent = nullptr);

  /// Writes the first item; a program's CSV beside it. Throws Error.
  void writeTo(const QString& file) { write(items_.front(), file); }
  /// Writes each item, a file each, by its name. Those of which there is no such file, by title, with the reason.
  /// Throws Error.
  QStringList writeAll(const QString& folder);
  /// The files writeAll would write.
  QStringList filesIn(const QString& folder) const;
  /// Of the first item.
  QString commandLine(const QString& file) const { return commandLine(items_.front(), file); }
  QComboBox* what() const { return what_; }
  QComboBox* format() const { return format_; }
  QComboBox* rows() const { return rows_; }
  FigureForm* form() const { return form_; }
  QLabel* preview() const { return preview_; }

 private:
  QString ending() const;
  bool isFigure() const;
  bool isCode() const;
  bool all() const;
  Card::Rows rowsChosen() const;
  QString commandLine(const ExportItem& item, const QString& file) const;
  void write(const ExportItem& item, const QString& file);
  void writeFigure(const ExportItem& item, const QString& file);
  void writeCode(const ExportItem& item, const QString& file);
  void refresh();
  void showPreview();
  void exportNow();
  void exportAll();

  std::vector<ExportItem> items_;
  QComboBox* what_;
  QComboBox* format_;
  QComboBox* rows_;
  FigureForm* form_;
  QLabel* preview_;
  QPushButton* copy_ = nullptr;
  QPushButton* save_ = nullptr;
  QLineEdit* command_;
};

}  // namespace variometer
