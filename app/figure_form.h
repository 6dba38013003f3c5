// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QWidget>

#include "widgets/card_figure.h"

class QCheckBox;
class QComboBox;
class QLineEdit;
class QTableWidget;

namespace variometer {

class NumberField;

/// What a figure looks like: size, resolution, theme, text, legend, events, ground. Gives it as options of save_figure
/// and as words of `variometer render`.
class FigureForm : public QWidget {
  Q_OBJECT
 public:
  explicit FigureForm(QWidget* parent = nullptr);

  FigureOptions options() const;
  /// What differs from what `render` does unasked; `png`: with the resolution.
  QStringList words(bool png) const;
  double widthMm() const;
  double heightMm() const;
  /// The texts of the legend, to be replaced; and the title that stands there where none is typed.
  void setItem(const QString& title, const QStringList& legend, bool alone);
  /// Which fields have a meaning for what is written.
  void setUses(bool figure, bool size, bool resolution);
  /// Why what is typed in a field that has a meaning is no number; empty: all are.
  QString problem() const;

  QLineEdit* title() const { return title_; }
  QCheckBox* legend() const { return legend_; }
  QCheckBox* events() const { return events_; }
  QCheckBox* transparent() const { return transparent_; }
  NumberField* fontSize() const { return font_; }
  QTableWidget* names() const { return names_; }

 Q_SIGNALS:
  void changed();

 private:
  NumberField *width_, *height_, *dpi_, *font_, *line_;
  QComboBox* theme_;
  QLineEdit* title_;
  QCheckBox *legend_, *events_, *transparent_;
  QTableWidget* names_;
};

}  // namespace variometer
