// SPDX-License-Identifier: GPL-3.0-or-later
// Figures as Python programs.
#include "app/figure_code.h"

#include <QStringList>
#include <algorithm>
#include <cmath>

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
  switch (dash) {
    case Qt::DashLine: return QStringLiteral("--");
    case Qt::DotLine: return QStringLiteral(":");
    case Qt::DashDotLine: return QStringLiteral("-.");
    default: return QStringLiteral("-");
  }
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
    const QString times = line.factor == 1 ? QString() : number(line.factor) + QStringLiteral(" * ");
    if (line.absolute || line.factor != 1) {
      const QString drawn = line.absolute ? QStringLiteral("abs(y)") : QStringLiteral("y");
      y = QStringLiteral("[%1%2 for y in %3]").arg(times, drawn, y);
    }
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
             "xs, ys, values = column(%1), column(%2), column(%3)\n"
             "largest = max(map(abs, values), default=1)\n"
             "for label, colour, sign in ((\"h > 0\", \"%4\", 1), (\"h < 0\", \"%5\", -1)):\n"
             "    chosen = [i for i, value in enumerate(values) if sign * value > 0]\n"
             "    sizes = [150 * abs(values[i]) / largest for i in chosen]\n"
             "    ax.scatter([xs[i] for i in chosen], [ys[i] for i in chosen], s=sizes, label=label,\n"
             "               facecolor=(colour, 0.45), edgecolor=colour)\n")
      .arg(quoted(recipe.x), quoted(recipe.y), quoted(recipe.value), recipe.positive.name(), recipe.negative.name());
}

QString python_map(const FigureRecipe& recipe) {
  const QString map = recipe.colours == QLatin1String("grey") ? QStringLiteral("gray") : recipe.colours;
  return QStringLiteral(
             "xs, ys = sorted(set(column(%1))), sorted(set(column(%2)))\n"
             "cells = {(x, y): abs(value) for x, y, value in zip(column(%1), column(%2), column(%3))}\n"
             "grid = [[cells.get((x, y), math.nan) for x in xs] for y in ys]\n"
             "sizes = [value for value in cells.values() if math.isfinite(value) and value > 0]\n"
             "mesh = ax.pcolormesh(xs, ys, grid, norm=LogNorm(min(sizes), max(sizes)), cmap=%4, shading=\"nearest\",\n "
             "                    rasterized=True)\n"
             "bar = fig.colorbar(mesh, label=%5, ticks=LogLocator(subs=(1, 2, 3, 5, 7)), format=\"{x:g}\")\n"
             "bar.ax.yaxis.set_minor_formatter(\"\")\n")
      .arg(quoted(recipe.x), quoted(recipe.y), quoted(recipe.value), quoted(map), quoted(recipe.value_label));
}

QString python_axis(const char* letter, const FigureRecipe::Axis& axis) {
  const QString a = QString::fromLatin1(letter);
  QString code = QStringLiteral("ax.set_%1label(%2)\n").arg(a, quoted(axis.label));
  if (axis.log) code += QStringLiteral("ax.set_%1scale(\"log\")\n").arg(a);
  if (axis.lower && axis.upper) {
    code += QStringLiteral("ax.set_%1lim(%2, %3)\n").arg(a, number(*axis.lower), number(*axis.upper));
  }
  if (axis.log) {
    // 1, 2, 5 as the window has them, and decades alone where many are in sight.
    code += QStringLiteral(
                "lower, upper = ax.get_%1lim()\n"
                "ax.%1axis.set_minor_locator(LogLocator(subs=(2, 5)))\n"
                "ax.%1axis.set_minor_formatter(\"{x:g}\" if upper < 500 * lower else \"\")\n"
                "ax.%1axis.set_major_formatter(\"{x:g}\")\n")
                .arg(a);
  } else if (axis.whole) {
    code += QStringLiteral("ax.%1axis.get_major_locator().set_params(integer=True)\n").arg(a);
  }
  return code;
}

/// Where each was in force, its words at the end.
QString python_limits(const FigureRecipe& recipe) {
  QString code;
  for (const FigureRecipe::Limit& limit : recipe.limits) {
    const QString y = number(limit.y), colour = recipe.limit_colour.name();
    const double from = std::max(limit.from, recipe.x_axis.lower.value_or(limit.from));
    const double to = std::min(limit.to, recipe.x_axis.upper.value_or(limit.to));
    if (!(from < to)) continue;
    const QString style = QStringLiteral("\"%1\", linestyle=\"--\", linewidth=0.8").arg(colour);
    code += std::isfinite(from) && std::isfinite(to)
                ? QStringLiteral("ax.hlines(%1, %2, %3, color=%4)\n").arg(y, number(from), number(to), style)
                : QStringLiteral("ax.axhline(%1, color=%2)\n").arg(y, style);
    if (limit.label.isEmpty()) continue;
    code +=
        QStringLiteral(
            "ax.text(0.99, %1, %2, transform=ax.get_yaxis_transform(), ha=\"right\", va=\"%3\", "
            "fontsize=\"small\", color=\"%4\")\n")
            .arg(y, quoted(limit.label), limit.label_below ? QStringLiteral("top") : QStringLiteral("bottom"), colour);
  }
  return code;
}

QString python_marks(const FigureRecipe& recipe) {
  QString code;
  for (const FigureRecipe::Mark& mark : recipe.marks) {
    const QString x = number(mark.x), colour = recipe.mark_colour.name();
    code += QStringLiteral("ax.axvline(%1, color=\"%2\", linestyle=\"--\", linewidth=0.8)\n").arg(x, colour);
    if (mark.label.isEmpty()) continue;
    code += QStringLiteral(
                "ax.text(%1, 0.98, %2, transform=ax.get_xaxis_transform(), ha=\"right\", va=\"top\", rotation=90, "
                "fontsize=\"small\", color=\"%3\")\n")
                .arg(x, quoted(mark.label), colour);
  }
  return code;
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
  if (recipe.kind == Kind::map || recipe.x_axis.log || recipe.y_axis.log)
    code += QStringLiteral("from matplotlib.ticker import LogLocator\n");
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
  code += python_limits(recipe) + python_marks(recipe);
  code += python_axis("x", recipe.x_axis) + python_axis("y", recipe.y_axis);
  if (recipe.y_downwards) code += QStringLiteral("ax.invert_yaxis()\n");
  code += QStringLiteral("ax.set_title(%1, loc=\"left\")\n").arg(quoted(recipe.title));
  if (recipe.kind != Kind::map) {
    QStringList words{QStringLiteral("frameon=False"), QStringLiteral("fontsize=\"small\"")};
    if (!recipe.legend.isEmpty()) words << QStringLiteral("title=%1").arg(quoted(recipe.legend));
    if (recipe.lines.size() > 8) {
      words << QStringLiteral("loc=\"center left\"") << QStringLiteral("bbox_to_anchor=(1, 0.5)")
            << QStringLiteral("ncols=%1").arg((recipe.lines.size() + 11) / 12);
    }
    code += QStringLiteral("ax.grid(color=\"0.9\", linewidth=0.5)\nax.set_axisbelow(True)\n") +
            call(QStringLiteral("ax.legend"), words);
  }
  return code + QStringLiteral("fig.savefig(%1, dpi=300)\n").arg(quoted(options.figure));
}

}  // namespace variometer
