// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>

class QTableView;

namespace variometer {

class Card;

/// The numbers of a card that are in view when it is opened, as a table one can read, walk through by keys and copy
/// from. GUI thread.
class CardTableDialog : public QDialog {
  Q_OBJECT
 public:
  explicit CardTableDialog(const Card& card, QWidget* parent = nullptr);
  QTableView* view() const { return view_; }

 private:
  void copySelection();

  QTableView* view_;
};

}  // namespace variometer
