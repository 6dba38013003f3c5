// SPDX-License-Identifier: GPL-3.0-or-later
// Figures as LaTeX documents.
#include <QStringList>
#include <algorithm>
#include <cmath>
#include <tuple>

#include "app/figure_code.h"

namespace variometer {
namespace {

constexpr std::size_t kLegendAbove = 8;  // entries that stand in a row above the axes; more stand beside them

QString number(double value) { return QString::number(value, 'g', 10); }

/// What TeX reads otherwise.
QString tex(const QString& text) {
  QString safe;
  for (const QChar c : text) {
    if (QStringLiteral("#$%&_{}").contains(c)) {
      safe += QLatin1Char('\\') + QString(c);
    } else if (c == QLatin1Char('\\')) {
      safe += QStringLiteral("\\textbackslash{}");
    } else if (c == QLatin1Char('|')) {
      safe += QStringLiteral("$|$");
    } else if (c == QLatin1Char('^')) {
      safe += QStringLiteral("\\^{}");
    } else if (c == QChar(0x00d7)) {
      safe += QStringLiteral("$\\times$");
    } else if (c == QChar(0x2016)) {
      safe += QStringLiteral("$\\|$");
    } else if (c == QChar(0x0394)) {
      safe += QStringLiteral("$\\Delta$");
    } else {
      safe += c;
    }
  }
  return safe;
}

QString tex_colour(const QColor& colour) {
  return QStringLiteral("{rgb,255:red,%1;green,%2;blue,%3}").arg(colour.red()).arg(colour.green()).arg(colour.blue());
}

QString tex_axis(const char* letter, const FigureRecipe::Axis& axis) {
  const QString a = QString::fromLatin1(letter);
  QString code = QStringLiteral("  %1label={%2},\n").arg(a, tex(axis.label));
  if (axis.log) {
    // 1, 2, 5 as the window has them; TeX shows those in sight.
    code += QStringLiteral("  %1mode=log, log ticks with fixed point,\n  %1tick={").arg(a);
    QStringList ticks;
    for (int decade = -6; decade <= 6; ++decade) {
      for (const double digit : {1.0, 2.0, 5.0}) ticks << number(digit * std::pow(10.0, decade));
    }
    code += ticks.join(QLatin1Char(',')) + QStringLiteral("},\n");
  } else {
    code += QStringLiteral(
                "  scaled %1 ticks=false, %1ticklabel style={/pgf/number format/fixed, "
                "/pgf/number format/precision=4, /pgf/number format/1000 sep={\\,}},\n")
                .arg(a);
  }
  if (axis.lower && axis.upper) {
    code += QStringLiteral("  %1min=%2, %1max=%3,\n").arg(a, number(*axis.lower), number(*axis.upper));
    // A few of what is counted are all named.
    if (axis.whole && *axis.upper - *axis.lower <= 12) code += QStringLiteral("  %1tick distance=1,\n").arg(a);
  }
  return code;
}

/// Columns with the moving averages, and the table they are in.
QString tex_table(const FigureRecipe& recipe, const FigureCodeOptions& options) {
  QString code = QStringLiteral("\\pgfplotstableread[col sep=comma, comment chars={\\#}]{%1}\\rows\n").arg(options.csv);
  for (const FigureRecipe::Line& line : recipe.lines) {
    if (line.smoothing <= 0) continue;
    code += QStringLiteral(
                "\\pgfplotstablecreatecol[create col/expr accum={%2*\\pgfmathaccuma + %3*\\thisrow{%1}}{0}]"
                "{mean of %1}{\\rows}\n")
                .arg(line.column, number(line.smoothing), number(1 - line.smoothing));
  }
  return code;
}

QString tex_lines(const FigureRecipe& recipe) {
  QString code;
  if (!recipe.legend.isEmpty()) {
    code += QStringLiteral("\\addlegendimage{empty legend}\n\\addlegendentry{%1}\n").arg(tex(recipe.legend));
  }
  for (const FigureRecipe::Line& line : recipe.lines) {
    QStringList how{QStringLiteral("color=") + tex_colour(line.colour)};
    if (line.dash == Qt::DashLine) how << QStringLiteral("dashed");
    if (line.dash == Qt::DotLine) how << QStringLiteral("dotted");
    if (line.dash == Qt::DashDotLine) how << QStringLiteral("dash dot");
    if (line.markers) how << QStringLiteral("mark=*, mark size=1pt, mark options={solid}");
    if (line.strength < 1) how << QStringLiteral("opacity=%1").arg(number(line.strength));
    QString y = QStringLiteral("y={%1}").arg(line.column);
    if (line.smoothing > 0) {
      // Not biased towards the 0 it begins from.
      y = QStringLiteral("y expr={\\thisrow{mean of %1}/(1 - %2^(\\coordindex + 1))}")
              .arg(line.column, number(line.smoothing));
    } else if (line.absolute || line.factor != 1) {
      y = QStringLiteral("y expr={%1*%2(\\thisrow{%3})}")
              .arg(number(line.factor), line.absolute ? QStringLiteral("abs") : QString(), line.column);
    }
    code += QStringLiteral("\\addplot[%1] table[x={%2}, %3] {\\rows};\n\\addlegendentry{%4}\n")
                .arg(how.join(QStringLiteral(", ")), recipe.x, y, tex(line.label));
  }
  return code;
}

QString tex_discs(const FigureRecipe& recipe) {
  QString code;
  for (const auto& [label, colour, sign] :
       {std::tuple{"$h > 0$", recipe.positive, ">"}, std::tuple{"$h < 0$", recipe.negative, "<"}}) {
    code += QStringLiteral(
                "\\addplot[scatter, only marks, mark=*, draw=%1, fill=%1, fill opacity=0.45,\n"
                "  scatter/use mapped color={draw=%1, fill=%1}, y filter/.expression={\\thisrow{%2} %3 0 ? y : nan},\n"
                "  visualization depends on={4.5*sqrt(abs(\\thisrow{%2})/%4) \\as \\size},\n"
                "  scatter/@pre marker code/.append style={/tikz/mark size=\\size pt}]\n"
                "  table[x={%5}, y={%6}] {\\rows};\n\\addlegendentry{%7}\n")
                .arg(tex_colour(colour), recipe.value, QLatin1String(sign),
                     number(recipe.largest > 0 ? recipe.largest : 1), recipe.x, recipe.y, QLatin1String(label));
  }
  return code;
}

/// A number that the other axis has, whatever its scale.
QString anywhere(const FigureRecipe::Axis& axis) { return axis.log ? QStringLiteral("1") : QStringLiteral("0"); }

QString tex_limits(const FigureRecipe& recipe) {
  QString code;
  for (const FigureRecipe::Limit& limit : recipe.limits) {
    const double from = std::max(limit.from, recipe.x_axis.lower.value_or(limit.from));
    const double to = std::min(limit.to, recipe.x_axis.upper.value_or(limit.to));
    if (!(from < to)) continue;
    const QString x = anywhere(recipe.x_axis), y = number(limit.y);
    const auto end = [&](double at, const char* edge) {
      return std::isfinite(at)
                 ? QStringLiteral("(axis cs:%1,%2)").arg(number(at), y)
                 : QStringLiteral("({rel axis cs:%1,0} |- {axis cs:%2,%3})").arg(QLatin1String(edge), x, y);
    };
    code += QStringLiteral("\\draw[dashed, draw=%1] %2 -- %3 node[%4 left, font=\\small, text=%1] {%5};\n")
                .arg(tex_colour(recipe.limit_colour), end(from, "0"), end(to, "1"),
                     limit.label_below ? QStringLiteral("below") : QStringLiteral("above"), tex(limit.label));
  }
  for (const FigureRecipe::Mark& mark : recipe.marks) {
    code += QStringLiteral(
                "\\draw[dashed, draw=%1] ({axis cs:%2,%3} |- {rel axis cs:0,0}) -- ({axis cs:%2,%3} |- "
                "{rel axis cs:0,1}) node[rotate=90, anchor=south east, font=\\scriptsize, text=%1] {%4};\n")
                .arg(tex_colour(recipe.mark_colour), number(mark.x), anywhere(recipe.y_axis), tex(mark.label));
  }
  return code;
}

}  // namespace

QString pgfplots_code(const FigureRecipe& recipe, const FigureCodeOptions& options) {
  if (recipe.kind == FigureRecipe::Kind::map) return {};
  QString code = QStringLiteral(
                     "%% %1, drawn from %2 by pgfplots (made by Variometer).\n"
                     "\\documentclass{standalone}\n\\usepackage{pgfplots}\n\\usepackage{pgfplotstable}\n"
                     "\\pgfplotsset{compat=1.16}\n%3"
                     "\\begin{document}\n\\begin{tikzpicture}\n\\begin{axis}[\n"
                     "  width=%4mm, height=%5mm, grid=major, grid style={gray!20},\n"
                     "  title={%6}, title style={at={(0,1)}, anchor=south west, yshift=4ex},\n")
                     .arg(recipe.title, options.csv, tex_table(recipe, options), number(options.width_mm),
                          number(options.height_mm), tex(recipe.title));
  code += tex_axis("x", recipe.x_axis) + tex_axis("y", recipe.y_axis);
  if (recipe.y_downwards) code += QStringLiteral("  y dir=reverse,\n");
  for (const auto& [column, value, is_number] : recipe.only) {
    if (!is_number) return {};  // TeX compares numbers here
    code += QStringLiteral("  x filter/.expression={\\thisrow{%1} == %2 ? x : nan},\n").arg(column, value);
  }
  // Above the axes the legend covers no curve.
  code +=
      QStringLiteral("  unbounded coords=jump, legend cell align=left, legend style={draw=none, font=\\small%1},\n]\n")
          .arg(recipe.lines.size() > kLegendAbove
                   ? QStringLiteral(", at={(1.02,1)}, anchor=north west")
                   : QStringLiteral(", at={(0,1.01)}, anchor=south west, legend columns=-1, column sep=0.5em"));
  code += recipe.kind == FigureRecipe::Kind::lines ? tex_lines(recipe) : tex_discs(recipe);
  code += tex_limits(recipe);
  return code + QStringLiteral("\\end{axis}\n\\end{tikzpicture}\n\\end{document}\n");
}

}  // namespace variometer
