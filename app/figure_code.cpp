// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/figure_code.h"

#include <QStringList>
#include <algorithm>

namespace variometer {
namespace {

/// Of a Python or JSON-like string, in double quotes.
QString quoted(const QString& text) {
  QString inside;
  for (const QChar c : text) {
    if (c == QLatin1Char('\n')) {
      inside += QStringLiteral("\\n");
    } else if (c == QLatin1Char('\\') || c == QLatin1Char('"')) {
      inside += QLatin1Char('\\') + QString(c);
    } else {
      inside += c;
    }
  }
  return QLatin1Char('"') + inside + QLatin1Char('"');
}

QString number(double value) { return QString::number(value, 'g', 10); }

/// The words that follow `head`, one below the other where they would not fit a line.
QString call(const QString& head, const QStringList& arguments) {
  return head + QLatin1Char('(') + arguments.join(QStringLiteral(", ")) + QStringLiteral(")\n");
}

QString python_line_style(Qt::PenStyle dash) {
  return dash == Qt::DashLine ? QStringLiteral("--") : dash == Qt::DotLine ? QStringLiteral(":") : QStringLiteral("-");
}

QString python_rows(const FigureRecipe& recipe, const FigureCodeOptions& options) {
  QString code =
      QStringLiteral(
          "with open(%1, encoding=\"utf-8\", newline=\"\") as file:\n"
          "    rows = list(csv.DictReader(itertools.dropwhile(lambda line: line.startswith(\"#\"), file)))\n")
          .arg(quoted(options.csv));
  for (const auto& [column, value, is_number] : recipe.only) {
    code += is_number
                ? QStringLiteral("rows = [row for row in rows if float(row[%1]) == %2]\n").arg(quoted(column), value)
                : QStringLiteral("rows = [row for row in rows if row[%1] == %2]\n").arg(quoted(column), quoted(value));
  }
  return code + QStringLiteral("\n\ndef column(name):\n    return [float(row[name] or \"nan\") for row in rows]\n\n\n");
}

QString python_smoothing() {
  return QStringLiteral(
      "def smoothed(values, weight):\n"
      "    \"\"\"Exponential moving average that is not biased towards 0 at its start.\"\"\"\n"
      "    mean, total, result = 0.0, 0.0, []\n"
      "    for value in values:\n"
      "        if math.isfinite(value):\n"
      "            mean = weight * mean + (1 - weight) * value\n"
      "            total = weight * total + (1 - weight)\n"
      "        result.append(mean / total if math.isfinite(value) else math.nan)\n"
      "    return result\n\n\n");
}

QString python_lines(const FigureRecipe& recipe) {
  QString code;
  for (const FigureRecipe::Line& line : recipe.lines) {
    QString y = QStringLiteral("column(%1)").arg(quoted(line.column));
    if (line.absolute) y = QStringLiteral("[abs(y) for y in %1]").arg(y);
    if (line.smoothing > 0) y = QStringLiteral("smoothed(%1, %2)").arg(y, number(line.smoothing));
    // Not measured at each step: the points there are, joined.
    QStringList words{QStringLiteral("*measured(column(%1), %2)").arg(quoted(recipe.x), y),
                      quoted(python_line_style(line.dash)), QStringLiteral("color=%1").arg(quoted(line.colour.name())),
                      QStringLiteral("linewidth=1")};
    if (line.markers) words << QStringLiteral("marker=\"o\"") << QStringLiteral("markersize=3");
    if (line.strength < 1) words << QStringLiteral("alpha=%1").arg(number(line.strength));
    words << QStringLiteral("label=%1").arg(quoted(line.label));
    code += call(QStringLiteral("ax.plot"), words);
  }
  return code;
}

QString python_discs(const FigureRecipe& recipe) {
  return QStringLiteral(
             "values = column(%1)\n"
             "largest = max(map(abs, values), default=1)\n"
             "discs = ax.scatter(column(%2), column(%3), s=[150 * abs(value) / largest for value in values],\n"
             "                   c=[\"%4\" if value < 0 else \"%5\" for value in values], alpha=0.45)\n")
      .arg(quoted(recipe.value), quoted(recipe.x), quoted(recipe.y), recipe.negative.name(), recipe.positive.name());
}

QString python_map(const FigureRecipe& recipe) {
  const QString map = recipe.colours == QLatin1String("grey") ? QStringLiteral("gray") : recipe.colours;
  return QStringLiteral(
             "xs, ys = sorted(set(column(%1))), sorted(set(column(%2)))\n"
             "cells = {(x, y): abs(value) for x, y, value in zip(column(%1), column(%2), column(%3))}\n"
             "grid = [[cells.get((x, y), math.nan) for x in xs] for y in ys]\n"
             "sizes = [value for value in cells.values() if math.isfinite(value) and value > 0]\n"
             "mesh = ax.pcolormesh(xs, ys, grid, norm=LogNorm(min(sizes), max(sizes)), cmap=%4, shading=\"nearest\")\n"
             "fig.colorbar(mesh, label=%5)\n")
      .arg(quoted(recipe.x), quoted(recipe.y), quoted(recipe.value), quoted(map), quoted(recipe.value_label));
}

QString python_axis(const char* letter, const FigureRecipe::Axis& axis) {
  const QString a = QString::fromLatin1(letter);
  QString code = QStringLiteral("ax.set_%1label(%2)\n").arg(a, quoted(axis.label));
  if (axis.log) code += QStringLiteral("ax.set_%1scale(\"log\")\n").arg(a);
  if (axis.lower && axis.upper) {
    code += QStringLiteral("ax.set_%1lim(%2, %3)\n").arg(a, number(*axis.lower), number(*axis.upper));
  }
  return code;
}

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
  if (axis.log) code += QStringLiteral("  %1mode=log,\n").arg(a);
  if (axis.lower && axis.upper) {
    code += QStringLiteral("  %1min=%2, %1max=%3,\n").arg(a, number(*axis.lower), number(*axis.upper));
  }
  return code;
}

QString tex_lines(const FigureRecipe& recipe, const FigureCodeOptions& options) {
  QString code;
  for (const FigureRecipe::Line& line : recipe.lines) {
    if (line.smoothing > 0) {
      code += QStringLiteral("%% %1: a moving average, which TeX is not asked to compute\n").arg(line.label);
      continue;
    }
    QStringList how{QStringLiteral("color=") + tex_colour(line.colour)};
    if (line.dash == Qt::DashLine) how << QStringLiteral("dashed");
    if (line.dash == Qt::DotLine) how << QStringLiteral("dotted");
    if (line.markers) how << QStringLiteral("mark=*, mark size=1pt");
    if (line.strength < 1) how << QStringLiteral("opacity=%1").arg(number(line.strength));
    const QString y = line.absolute ? QStringLiteral("y expr={abs(\\thisrow{%1})}") : QStringLiteral("y={%1}");
    code += QStringLiteral("\\addplot[%1] table[x={%2}, %3] {%4};\n\\addlegendentry{%5}\n")
                .arg(how.join(QStringLiteral(", ")), recipe.x, y.arg(line.column), options.csv, tex(line.label));
  }
  return code;
}

QString tex_discs(const FigureRecipe& recipe, const FigureCodeOptions& options) {
  return QStringLiteral(
             "\\addplot[scatter, only marks, mark=*, opacity=0.45, color=%1, point meta={ln(abs(\\thisrow{%2}))},\n"
             "  visualization depends on={ln(abs(\\thisrow{%2})) \\as \\size},\n"
             "  scatter/@pre marker code/.append style={/tikz/mark size=\\size pt/2}]\n"
             "  table[x={%3}, y={%4}] {%5};\n")
      .arg(tex_colour(recipe.positive), recipe.value, recipe.x, recipe.y, options.csv);
}

}  // namespace

QString matplotlib_code(const FigureRecipe& recipe, const FigureCodeOptions& options) {
  using Kind = FigureRecipe::Kind;
  const bool smooths =
      std::any_of(recipe.lines.begin(), recipe.lines.end(), [](const auto& l) { return l.smoothing > 0; });
  QString code = QStringLiteral("\"\"\"%1, drawn from %2 by matplotlib (made by Variometer).\"\"\"\n\n")
                     .arg(QString(recipe.title).replace(QLatin1Char('"'), QLatin1Char('\'')), options.csv);
  code += QStringLiteral("import csv\nimport itertools\n");
  if (recipe.kind != Kind::discs) code += QStringLiteral("import math\n");
  code += QStringLiteral("\nimport matplotlib.pyplot as plt\n");
  if (recipe.kind == Kind::map) code += QStringLiteral("from matplotlib.colors import LogNorm\n");
  code += QLatin1Char('\n') + python_rows(recipe, options);
  if (recipe.kind == Kind::lines) {
    code += QStringLiteral(
        "def measured(xs, ys):\n"
        "    points = [(x, y) for x, y in zip(xs, ys) if math.isfinite(y)]\n"
        "    return [x for x, _ in points], [y for _, y in points]\n\n\n");
  }
  if (smooths) code += python_smoothing();
  code += QStringLiteral("fig, ax = plt.subplots(figsize=(%1 / 25.4, %2 / 25.4), layout=\"constrained\")\n")
              .arg(number(options.width_mm), number(options.height_mm));
  code += recipe.kind == Kind::lines   ? python_lines(recipe)
          : recipe.kind == Kind::discs ? python_discs(recipe)
                                       : python_map(recipe);
  for (const auto& [y, label] : recipe.limits) {
    code += QStringLiteral("ax.axhline(%1, color=\"0.4\", linestyle=\"--\", linewidth=0.8)\n").arg(number(y));
    if (label.isEmpty()) continue;
    code += QStringLiteral(
                "ax.text(1, %1, %2, transform=ax.get_yaxis_transform(), ha=\"right\", va=\"bottom\", "
                "fontsize=\"small\", color=\"0.4\")\n")
                .arg(number(y), quoted(label));
  }
  code += python_axis("x", recipe.x_axis) + python_axis("y", recipe.y_axis);
  if (recipe.y_downwards) code += QStringLiteral("ax.invert_yaxis()\n");
  code += QStringLiteral("ax.set_title(%1, loc=\"left\")\n").arg(quoted(recipe.title));
  if (recipe.kind == Kind::lines) code += QStringLiteral("ax.legend(frameon=False, fontsize=\"small\")\n");
  return code + QStringLiteral("fig.savefig(%1)\n").arg(quoted(options.figure));
}

QString pgfplots_code(const FigureRecipe& recipe, const FigureCodeOptions& options) {
  if (recipe.kind == FigureRecipe::Kind::map) return {};
  QString code =
      QStringLiteral(
          "%% %1, drawn from %2 by pgfplots (made by Variometer).\n"
          "\\documentclass{standalone}\n\\usepackage{pgfplots}\n\\pgfplotsset{compat=1.16}\n"
          "\\pgfplotsset{table/col sep=comma, table/comment chars={\\#}}\n"
          "\\begin{document}\n\\begin{tikzpicture}\n\\begin{axis}[\n"
          "  width=%3mm, height=%4mm,\n  title={%5},\n")
          .arg(recipe.title, options.csv, number(options.width_mm), number(options.height_mm), tex(recipe.title));
  code += tex_axis("x", recipe.x_axis) + tex_axis("y", recipe.y_axis);
  if (recipe.y_downwards) code += QStringLiteral("  y dir=reverse,\n");
  for (const auto& [column, value, is_number] : recipe.only) {
    if (!is_number) return {};  // TeX compares numbers here
    code += QStringLiteral("  x filter/.expression={\\thisrow{%1} == %2 ? x : nan},\n").arg(column, value);
  }
  code +=
      QStringLiteral("  unbounded coords=jump, legend cell align=left, legend style={draw=none, font=\\small},\n]\n");
  code += recipe.kind == FigureRecipe::Kind::lines ? tex_lines(recipe, options) : tex_discs(recipe, options);
  for (const auto& [y, label] : recipe.limits) {
    code += QStringLiteral(
                "\\draw[dashed, gray] ({rel axis cs:0,0} |- {axis cs:0,%1}) -- ({rel axis cs:1,0} |- "
                "{axis cs:0,%1}) node[above left, font=\\small] {%2};\n")
                .arg(number(y), tex(label));
  }
  return code + QStringLiteral("\\end{axis}\n\\end{tikzpicture}\n\\end{document}\n");
}

}  // namespace variometer
