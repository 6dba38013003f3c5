// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <vector>

class QAction;
class QActionGroup;
class QStackedWidget;
class QWidget;

namespace variometer {

class ActionBook;

/// The window's perspectives: one page each, an action each (Ctrl+1, Ctrl+2, ...), and a bar of buttons to change
/// between them. A new perspective is one `add` in MainWindow::buildPages. GUI thread.
class Perspectives : public QObject {
  Q_OBJECT
 public:
  Perspectives(QStackedWidget* stack, ActionBook* actions);

  /// `id`: "inspect"; its action is "perspective.inspect". The stack owns the page.
  void add(const QString& id, const QString& text, const QString& tip, const QString& icon, QWidget* page);
  /// Shows it, whether its action is enabled or not. Must exist.
  void show(const QString& id);
  QString current() const;
  bool is(const char* id) const { return current() == QLatin1String(id); }
  QAction* action(const QString& id) const;
  QWidget* page(const QString& id) const;
  /// The buttons, for a corner of the window.
  QWidget* makeBar(QWidget* parent) const;
  const std::vector<QAction*>& actions() const { return all_; }

 Q_SIGNALS:
  /// A user asked for it; whoever owns the window calls show().
  void requested(const QString& id);
  void changed(const QString& id);

 private:
  struct Entry {
    QString id;
    QWidget* page;
    QAction* action;
  };
  const Entry& require(const QString& id) const;

  QStackedWidget* stack_;
  ActionBook* book_;
  QActionGroup* group_;
  std::vector<Entry> entries_;
  std::vector<QAction*> all_;
};

}  // namespace variometer
