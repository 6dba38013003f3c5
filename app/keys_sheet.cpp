// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/keys_sheet.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QKeySequence>
#include <QTextBrowser>
#include <QVBoxLayout>

#include "app/actions.h"

namespace variometer {
namespace {

QString row(const QString& keys, const QString& what) {
  return QStringLiteral("<tr><td style='padding:1px 18px 1px 0'><b>%1</b></td><td style='padding:1px 0'>%2</td></tr>")
      .arg(keys.toHtmlEscaped(), what.toHtmlEscaped());
}

}  // namespace

KeysSheet::KeysSheet(const std::vector<QAction*>& actions, QWidget* parent) : QDialog(parent) {
  setWindowTitle(tr("Keys"));
  QString commands, in_plots;
  for (const QAction* action : actions) {
    QStringList keys;
    for (const QKeySequence& key : action->shortcuts()) keys << key.toString(QKeySequence::NativeText);
    // Some say what they would do just now; here stands what they are.
    const QString id = action->objectName();
    const QString what = id == QLatin1String("run.run")       ? tr("Run, pause, run again")
                         : id == QLatin1String("view.follow") ? tr("Follow or hold")
                         : id == QLatin1String("edit.undo")   ? tr("Undo")
                         : id == QLatin1String("edit.redo")   ? tr("Redo")
                                                              : plainText(*action);
    if (keys.isEmpty()) continue;
    (action->shortcutContext() == Qt::WidgetShortcut ? in_plots : commands) +=
        row(keys.join(QStringLiteral(", ")), what);
  }
  const QString plot =
      row(tr("drag"), tr("zoom into a box")) + row(tr("Ctrl+drag, middle drag"), tr("pan")) +
      row(tr("wheel"), tr("zoom X; Shift: Y; Ctrl: both; over an axis: that axis")) +
      row(tr("double click"), tr("fit, and follow again")) +
      row(tr("click, Shift+click"), tr("cursor A, reference cursor B; all cards show step A, and differences from B")) +
      row(tr("legend: click, Ctrl+click"), tr("hide a line, show it alone")) +
      row(tr("title: drag"), tr("the card beside another, onto it to swap, over a tab into it")) +
      row(tr("tree: drag"), tr("a tensor or layer onto a card; at an edge, a card of its own")) +
      row(tr("right click"), tr("menu of the card")) + row(tr("Space"), tr("Follow or Hold")) +
      row(tr("Left, Right"), tr("previous, next step; Shift: ten")) +
      row(tr("Ctrl+Left, Ctrl+Right"), tr("previous, next event")) +
      row(tr("Home, End"), tr("first step; newest, and follow")) +
      row(tr("Backspace, Shift+Backspace"), tr("previous view, and back again")) +
      row(tr("Esc"), tr("cancel a drag, remove the cursors")) + in_plots;
  auto* text = new QTextBrowser(this);
  // Beside each other, so that one look is enough.
  text->setHtml(
      QStringLiteral("<table width='100%'><tr><td style='padding-right:36px'><h3>%1</h3><table>%2</table></td>"
                     "<td><h3>%3</h3><table>%4</table></td></tr></table>")
          .arg(tr("Commands"), commands, tr("In a plot that has the focus"), plot));
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(text);
  layout->addWidget(buttons);
  resize(fontMetrics().averageCharWidth() * 140, fontMetrics().lineSpacing() * 46);
}

}  // namespace variometer
