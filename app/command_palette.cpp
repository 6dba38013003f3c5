// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/command_palette.h"

#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "app/action_words.h"
#include "app/actions.h"

namespace variometer {

int paletteScore(const QString& typed, const QString& text) {
  const QString wanted = typed.toLower().trimmed();
  const QString have = text.toLower();
  if (wanted.isEmpty()) return 1;
  if (have.startsWith(wanted)) return 1000;
  if (const qsizetype at = have.indexOf(wanted); at >= 0) return at > 0 && have.at(at - 1).isSpace() ? 800 : 600;
  // The letters in order, gaps allowed: the fewer, the better.
  qsizetype at = -1;
  int gaps = 0;
  for (const QChar c : wanted) {
    const qsizetype next = have.indexOf(c, at + 1);
    if (next < 0) return 0;
    gaps += next > at + 1 ? 1 : 0;
    at = next;
  }
  return std::max(1, 300 - 20 * gaps);
}

CommandPalette::CommandPalette(const std::vector<QAction*>& actions, QWidget* parent)
    : QDialog(parent), actions_(actions), edit_(new QLineEdit(this)), list_(new QListWidget(this)) {
  setWindowTitle(tr("Command palette"));
  setModal(true);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 8, 8, 8);
  edit_->setPlaceholderText(tr("Type a command"));
  edit_->setAccessibleName(tr("Command"));
  edit_->installEventFilter(this);
  list_->setUniformItemSizes(true);
  list_->setFocusPolicy(Qt::NoFocus);
  layout->addWidget(edit_);
  layout->addWidget(list_);
  connect(edit_, &QLineEdit::textChanged, this, &CommandPalette::filter);
  connect(edit_, &QLineEdit::returnPressed, this, &CommandPalette::runCurrent);
  connect(list_, &QListWidget::itemClicked, this, &CommandPalette::runCurrent);
  filter({});
}

void CommandPalette::popUp() {
  const QRect area = parentWidget()->rect();
  resize(std::min(560, area.width() - 40), std::min(380, area.height() - 80));
  move(parentWidget()->mapToGlobal(QPoint(area.center().x() - width() / 2, 60)));
  show();
  edit_->setFocus();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::KeyPress) {
    const int key = static_cast<QKeyEvent*>(event)->key();
    const int step = key == Qt::Key_Down ? 1 : key == Qt::Key_Up ? -1 : 0;
    if (step != 0 && list_->count() > 0) {
      list_->setCurrentRow((list_->currentRow() + step + list_->count()) % list_->count());
      return true;
    }
  }
  return QDialog::eventFilter(watched, event);
}

int paletteScore(const QString& typed, const QAction& action) {
  const QString wanted = typed.trimmed();
  if (wanted.isEmpty()) return 1;
  // Words of the text count most; of a tooltip, which is a sentence, nothing counts but what was typed as it stands.
  int score = paletteScore(wanted, plainText(action));
  const QString words = QLatin1Char(' ') + actionWords(action.objectName());
  if (words.contains(QLatin1Char(' ') + wanted, Qt::CaseInsensitive)) score = std::max(score, 500);
  if (action.toolTip().contains(wanted, Qt::CaseInsensitive)) score = std::max(score, 400);
  return score;
}

void CommandPalette::filter(const QString& text) {
  struct Hit {
    int score;
    QAction* action;
  };
  std::vector<Hit> hits;
  for (QAction* action : actions_) {
    if (action->objectName() == QLatin1String("edit.palette")) continue;
    if (const int score = paletteScore(text, *action); score > 0) hits.push_back({score, action});
  }
  // What can be done comes before what cannot.
  std::stable_sort(hits.begin(), hits.end(), [](const Hit& a, const Hit& b) {
    return std::pair(a.action->isEnabled(), a.score) > std::pair(b.action->isEnabled(), b.score);
  });
  list_->clear();
  for (const Hit& hit : hits) {
    const QString keys = hit.action->shortcut().toString(QKeySequence::NativeText);
    QString row = plainText(*hit.action);
    if (!keys.isEmpty()) row += QStringLiteral("    ") + keys;
    auto* item = new QListWidgetItem(hit.action->icon(), row, list_);
    item->setToolTip(hit.action->toolTip());
    item->setData(Qt::UserRole, QVariant::fromValue(static_cast<QObject*>(hit.action)));
    if (hit.action->isEnabled()) continue;
    // Why not is the tooltip's last line.
    item->setText(row + QStringLiteral("  – ") + hit.action->toolTip().section(QLatin1Char('\n'), -1));
    item->setFlags(item->flags() & ~Qt::ItemIsEnabled);
  }
  if (hits.empty()) {
    auto* none = new QListWidgetItem(tr("No command goes by “%1”.").arg(text.trimmed()), list_);
    none->setFlags(Qt::NoItemFlags);
  }
  list_->setCurrentRow(0);
}

void CommandPalette::runCurrent() {
  const QListWidgetItem* item = list_->currentItem();
  if (item == nullptr) return;
  auto* action = qobject_cast<QAction*>(item->data(Qt::UserRole).value<QObject*>());
  if (action == nullptr || !action->isEnabled()) return;  // it stays, and says why not
  accept();
  // After the palette is gone: the command may open a dialog of its own.
  QMetaObject::invokeMethod(action, "trigger", Qt::QueuedConnection);
}

}  // namespace variometer
