// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAction>
#include <QHash>
#include <QKeySequence>
#include <QObject>
#include <functional>
#include <vector>

namespace variometer {

/// Everything the window can be told, by name: the menus, the toolbar, the command palette, the key sheet and the test
/// on clashing shortcuts are all made from it. Each action has a text, an icon, and a tooltip that says its shortcut
/// and, while it is disabled, why.
class ActionBook : public QObject {
  Q_OBJECT
 public:
  explicit ActionBook(QWidget* window);

  struct Spec {
    QString id;    ///< "run.step"
    QString text;  ///< "&Step", without the dots' reason
    QString tip;   ///< one sentence
    QList<QKeySequence> keys;
    QString icon;  ///< name in resources/icons
    bool checkable = false;
    /// A plain letter, which acts while a plot has the focus: the plot has an action of its own for the key, and this
    /// one is there to be found.
    bool in_plots = false;
  };
  QAction* add(const Spec& spec, std::function<void()> run);
  /// Must exist.
  QAction* require(const QString& id) const;
  const std::vector<QAction*>& all() const { return actions_; }
  void setIcon(const QString& id, const QString& icon);
  /// Enabled where `why_not` is empty; else disabled, and the tooltip ends with it.
  void setAvailable(const QString& id, const QString& why_not);
  /// Icons in the colours of the palette as it is now.
  void retheme();

 private:
  QWidget* window_;
  QHash<QString, QAction*> by_id_;
  QHash<QString, QString> icons_, tips_;
  std::vector<QAction*> actions_;
};

/// "Step" for "&Step".
QString plainText(const QAction& action);

}  // namespace variometer
