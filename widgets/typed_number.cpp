// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/typed_number.h"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>
#include <cmath>

namespace variometer {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("variometer::TypedNumber", text); }

TypedNumber refused(const QString& why) { return {.value = std::nullopt, .problem = why}; }

}  // namespace

QString number_as_typed(double value) { return QString::number(value, 'g', QLocale::FloatingPointShortest); }

TypedNumber typed_number(const QString& typed) {
  // \d means 0 to 9 here: without UseUnicodePropertiesOption no other digits match.
  static const QRegularExpression grouped(QStringLiteral("^[+-]?\\d{1,3}([ \u00a0\u2009\u202f]\\d{3})+(?!\\d)"));
  static const QRegularExpression number(QStringLiteral("^([+-]?)(\\d*)(?:([.,])(\\d*))?([eE][+-]?\\d+)?$"));
  static const QRegularExpression beginning(QStringLiteral("^[+-]?\\d*[.,]?\\d*([eE][+-]?\\d*)?$"));
  QString text = typed.trimmed();
  const QString shown = text.size() > 40 ? text.left(40) + QStringLiteral("…") : text;
  text.replace(QChar(0x2212), QLatin1Char('-'));
  if (text.isEmpty()) {
    TypedNumber nothing = refused(tr("A number is missing here."));
    nothing.unfinished = true;
    return nothing;
  }
  if (const auto found = grouped.match(text); found.hasMatch()) {
    QString digits = found.captured();
    digits.remove(QRegularExpression(QStringLiteral("[ \u00a0\u2009\u202f]")));
    text = digits + text.mid(found.capturedLength());
  }
  const auto parts = number.match(text);
  if (!parts.hasMatch() || (parts.captured(2).isEmpty() && parts.captured(4).isEmpty())) {
    TypedNumber none = refused(tr("\"%1\" is not a number; write for instance 0.05 or 5e-2.").arg(shown));
    none.unfinished = beginning.match(text).hasMatch();
    return none;
  }
  const QString whole = parts.captured(2), fraction = parts.captured(4);
  const bool comma = parts.captured(3) == QLatin1String(",");
  if (comma && fraction.isEmpty()) {
    TypedNumber none = refused(tr("\"%1\" ends with a comma; write the digits after it.").arg(shown));
    none.unfinished = true;
    return none;
  }
  // Where the point groups digits, "1.000" is read in two ways as well.
  const bool point_groups = QLocale::system().groupSeparator() == QLatin1String(".") ||
                            QLocale().groupSeparator() == QLatin1String(".");
  const bool like_a_group = fraction.size() == 3 && whole.size() <= 3 && !whole.isEmpty() &&
                            !whole.startsWith(QLatin1Char('0')) && parts.captured(5).isEmpty();
  if (like_a_group && (comma || (parts.captured(3) == QLatin1String(".") && point_groups))) {
    return refused(tr("\"%1\" can be read in two ways; write %2, or %3.%4.")
                       .arg(shown, whole + fraction, whole, fraction + QLatin1Char('0')));
  }
  text.replace(QLatin1Char(','), QLatin1Char('.'));
  bool ok = false;
  const double value = QLocale::c().toDouble(text.startsWith(QLatin1Char('+')) ? text.mid(1) : text, &ok);
  if (!ok || !std::isfinite(value)) return refused(tr("\"%1\" is too large a number.").arg(shown));
  return {.value = value, .problem = {}};
}

}  // namespace variometer
