// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_cell_test.h"

#include <QCheckBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <cmath>

#include "widgets/kept_room.h"
#include "widgets/massive_text.h"
#include "widgets/number_text.h"
#include "widgets/theme.h"

namespace variometer {

QString test_text(const CellTestResult& result) {
  const double change = result.loss_after - result.loss_before;
  const QString sign = change > 0 ? QStringLiteral("+") : QString();
  QString text = CellTestPanel::tr("Perplexity %1 → %2 (%3)")
                     .arg(value_text(std::exp(result.loss_before)), value_text(std::exp(result.loss_after)),
                          change == 0 ? CellTestPanel::tr("no change")
                                      : CellTestPanel::tr("loss %1").arg(sign + value_text(change)));
  const bool zero = result.test.value == CellTest::Value::zero;
  if (result.changes.size() == 1) {
    const auto& one = result.changes.front();
    text += CellTestPanel::tr("\nlayer %1, token %2, channel %3: %4 → %5")
                .arg(result.test.layer)
                .arg(one.cell.token)
                .arg(one.cell.channel)
                .arg(value_text(one.before), value_text(one.after));
    if (!zero) {
      text += CellTestPanel::tr("\nmean of %1 %2 at %3 tokens of %4 sentences")
                  .arg(one.n_mean)
                  .arg(one.massive ? CellTestPanel::tr("%1 values").arg(massive_word(result.test.rule)) : CellTestPanel::tr("values"))
                  .arg(one.cell.token == 0 ? CellTestPanel::tr("first") : CellTestPanel::tr("later"))
                  .arg(result.test.calibration.size());
    }
  } else {
    text += CellTestPanel::tr("\nlayer %1: %2 %3 cells set to %4")
                .arg(result.test.layer)
                .arg(result.changes.size())
                .arg(massive_word(result.test.rule), zero ? CellTestPanel::tr("zero") : CellTestPanel::tr("their means"));
  }
  return text;
}

CellTestPanel::CellTestPanel(QWidget* parent) : QWidget(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 4, 0, 0);
  column->setSpacing(3);
  auto* head = new QLabel(tr("Test this cell"), this);
  QFont bold = head->font();
  bold.setWeight(QFont::DemiBold);
  head->setFont(bold);
  head->setToolTip(
      tr("Overwrites the cell between two layers in one more forward pass of the prompt and compares the "
         "perplexity. The model stays as it is."));
  what_ = new QLabel(this);
  result_ = new QLabel(this);
  for (QLabel* label : {what_, result_}) {
    label->setTextFormat(Qt::PlainText);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setWordWrap(true);
  }
  all_ = new QCheckBox(this);
  all_->setToolTip(tr("Every cell of this layer that the rule finds, in the same pass, as the papers do"));
  QSizePolicy kept = all_->sizePolicy();
  kept.setRetainSizeWhenHidden(true);  // layers with one massive cell and with many: the buttons below stay
  all_->setSizePolicy(kept);
  connect(all_, &QCheckBox::toggled, this, &CellTestPanel::enable);
  zero_ = new QPushButton(tr("Set to zero"), this);
  mean_ = new QPushButton(tr("Set to mean"), this);
  mean_->setToolTip(
      tr("The signed mean of the same channel and layer over 32 plain English sentences, first tokens and "
         "others apart; of a cell that the rule finds over values that it finds"));
  connect(zero_, &QPushButton::clicked, this, [this] { request(CellTest::Value::zero); });
  connect(mean_, &QPushButton::clicked, this, [this] { request(CellTest::Value::mean); });
  auto* row = new QHBoxLayout;
  row->addWidget(zero_);
  row->addWidget(mean_);
  row->addStretch(1);
  column->addWidget(head);
  column->addWidget(what_);
  column->addWidget(all_);
  column->addLayout(row);
  column->addWidget(result_);
  // Room for the longest words from the start: the buttons must not move when a cell is chosen or an answer comes.
  for (QLabel* label : {what_, result_}) label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  keepRoomFor(what_, {tr("layer %1, token %2 “%3”, channel %4: %5").arg(29).arg(1859).arg("some·word").arg(4095).arg("-12,345")});
  CellTestResult longest{.test = {.layer = 29, .value = CellTest::Value::mean},
                         .changes = {{.cell = {1859, 4095}, .before = -12345, .after = -0.012345F, .massive = true, .n_mean = 1859}},
                         .loss_before = 3.21,
                         .loss_after = 3.2123};
  longest.test.calibration.resize(32);
  keepRoomFor(result_, {test_text(longest)});
  setCell({}, {});
  retheme();
}

QString CellTestPanel::cellText() const { return what_->text(); }
QString CellTestPanel::resultText() const { return result_->text(); }

void CellTestPanel::setCell(const InspectView& view, std::optional<std::pair<std::int64_t, std::int64_t>> cell) {
  view_ = view;
  cell_ = cell;
  const auto values = view.pass ? view.pass->layer(view.layer) : std::span<const float>();
  const bool there =
      cell && !values.empty() && cell->first < view.pass->hidden.n_token && cell->second < view.pass->hidden.n_channel;
  if (!there) cell_.reset();
  massive_.clear();
  for (const ActivationPlace& place : view.massivePlaces()) {
    if (place.layer == view.layer) massive_.push_back(place);
  }
  all_->setText(
      tr("all %1 %2 cells of layer %3 at once").arg(massive_.size()).arg(massive_word(view.rule)).arg(view.layer));
  all_->setVisible(massive_.size() > 1);
  if (there) {
    const float value = values[static_cast<std::size_t>(cell->first * view.pass->hidden.n_channel + cell->second)];
    what_->setText(tr("layer %1, token %2 “%3”, channel %4: %5")
                       .arg(view.layer)
                       .arg(cell->first)
                       .arg(token_label(*view.pass, cell->first))
                       .arg(cell->second)
                       .arg(value_text(value)));
  } else {
    what_->setText(tr("Click a cell of the heat map or a row of the table."));
  }
  enable();
}

void CellTestPanel::enable() {
  const bool all = all_->isChecked() && massive_.size() > 1;
  const bool long_enough = view_.pass && view_.pass->ids.size() > 1;
  const bool possible = (cell_ || all) && long_enough && unavailable_.isEmpty();
  zero_->setEnabled(possible && !busy_);
  mean_->setEnabled(possible && !busy_);
  const QString reason = !unavailable_.isEmpty()      ? unavailable_
                         : !long_enough && view_.pass ? tr("The loss is of what follows: the prompt needs two tokens")
                         : !possible                  ? tr("Choose a cell first")
                                                      : tr("0 in place of the value");
  zero_->setToolTip(reason);
}

void CellTestPanel::setUnavailable(const QString& why) {
  if (why == unavailable_) return;
  unavailable_ = why;
  result_->setText(why);
  enable();
}

void CellTestPanel::setBusy(bool busy) {
  busy_ = busy;
  if (busy) result_->setText(tr("computing …"));
  enable();
}

void CellTestPanel::showResult(const CellTestResult& result) {
  setBusy(false);
  result_->setText(test_text(result));
}

void CellTestPanel::showProblem(const QString& why) {
  setBusy(false);
  result_->setText(why);
}

void CellTestPanel::clearResult() {
  if (!busy_) result_->setText(unavailable_);
}

void CellTestPanel::request(CellTest::Value value) {
  CellTest test;
  test.layer = view_.layer;
  test.value = value;
  if (all_->isChecked() && massive_.size() > 1) {
    for (const ActivationPlace& place : massive_) test.cells.push_back({place.token, place.channel});
  } else if (cell_) {
    test.cells.push_back({cell_->first, cell_->second});
  }
  if (!test.cells.empty()) Q_EMIT testRequested(test);
}

void CellTestPanel::retheme() {
  QPalette palette = what_->palette();
  palette.setColor(QPalette::WindowText, theme_of(*this).muted);
  what_->setPalette(palette);
}

void CellTestPanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) retheme();
}

}  // namespace variometer
