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
/// on clashing shortcuts are all made from it. Each action has a text, a tooltip that ends with its shortcut, and an
/// icon where one is drawn.
class ActionBook : public QObject {
  Q_OBJECT
 public:
  explicit ActionBook(QWidget* window);

  struct Spec {
    QString id;    ///< "run.step"
    QString text;  ///< "&Step", without the dots' reason
    QString tip;   ///< one sentence
    QList<QKeySequence> keys;
    QString icon;  ///< name in resources/icons, or empty
    bool checkable = false;
  };
  QAction* add(const Spec& spec, std::function<void()> run);
  /// Must exist.
  QAction* require(const QString& id) const;
  const std::vector<QAction*>& all() const { return actions_; }
  void setIcon(const QString& id, const QString& icon);
  /// Icons in the colours of the palette as it is now.
  void retheme();

 private:
  QWidget* window_;
  QHash<QString, QAction*> by_id_;
  QHash<QString, QString> icons_;
  std::vector<QAction*> actions_;
};

/// "Step" for "&Step".
QString plainText(const QAction& action);

}  // namespace variometer
