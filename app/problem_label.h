// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QLabel>

#include "widgets/theme.h"

namespace variometer {

/// A line under a field that says what is wrong with it; hidden while nothing is.
class ProblemLabel : public QLabel {
 public:
  explicit ProblemLabel(QWidget* parent) : QLabel(parent) {
    setObjectName(QStringLiteral("problem"));
    setWordWrap(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    QPalette colours = palette();
    colours.setColor(QPalette::WindowText, theme_of(*this).error);
    setPalette(colours);
    hide();
  }
  void say(const QString& problem) {
    setText(problem);
    setVisible(!problem.isEmpty());
  }
};

}  // namespace variometer
