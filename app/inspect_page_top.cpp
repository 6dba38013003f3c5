// SPDX-License-Identifier: GPL-3.0-or-later
// The top of the Inspect perspective: the model, the prompt and its tokens.
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "app/inspect_page.h"
#include "app/model_chooser.h"
#include "app/plain_label.h"
#include "widgets/elided_label.h"
#include "widgets/number_field.h"
#include "widgets/panel_icons.h"
#include "widgets/token_strip.h"

namespace variometer {

namespace {

/// A strip of tokens that may grow to three lines, then scrolls.
QScrollArea* scrolled(TokenStrip* strip, QWidget* parent) {
  auto* area = new QScrollArea(parent);
  area->setWidget(strip);
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setFocusPolicy(Qt::NoFocus);
  const int line = strip->minimumSizeHint().height() + 3;
  area->setMinimumHeight(line + 2);
  area->setMaximumHeight(line + 2);
  return area;
}

}  // namespace

QWidget* InspectPage::buildHead() {
  auto* head = new QWidget(this);
  auto* column = new QVBoxLayout(head);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(3);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  name_ = plainLabel(head);
  QFont bold = name_->font();
  bold.setWeight(QFont::DemiBold);
  name_->setFont(bold);
  facts_ = new ElidedLabel(head);
  facts_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  progress_ = new QProgressBar(head);
  progress_->setMaximumWidth(260);
  progress_->setMinimumWidth(160);
  progress_->setTextVisible(true);
  progress_->hide();
  cancel_ = new QPushButton(tr("Cancel"), head);
  cancel_->setToolTip(tr("Give up loading; the model that was open before stays as it was"));
  cancel_->hide();
  connect(cancel_, &QPushButton::clicked, this, &InspectPage::cancelLoading);
  auto* open = new QPushButton(tr("Open model…"), head);
  open->setProperty("icon_name", QStringLiteral("open"));
  open->setIcon(themedIcon(QStringLiteral("open")));
  open->setToolTip(tr("A model folder (config.json and weights) or a .gguf file; or drop one on the window"));
  connect(open, &QPushButton::clicked, this, [this] {
    const QString model = askForModel(this, tr("Inspect a model"));
    if (!model.isEmpty()) openPath(model);
  });
  auto* copy = new QPushButton(tr("Copy command line"), head);
  copy->setProperty("icon_name", QStringLiteral("terminal"));
  copy->setIcon(themedIcon(QStringLiteral("terminal")));
  copy->setToolTip(tr("variometer inspect … that prints the same numbers"));
  connect(copy, &QPushButton::clicked, this, &InspectPage::copyCommandLine);
  export_ = new QPushButton(tr("Export…"), head);
  export_->setProperty("icon_name", QStringLiteral("export"));
  export_->setIcon(themedIcon(QStringLiteral("export")));
  export_->setToolTip(tr("The view that is shown, as PNG, SVG, PDF or CSV"));
  connect(export_, &QPushButton::clicked, this, &InspectPage::exportView);
  row->addWidget(name_);
  row->addWidget(facts_, 1);
  row->addWidget(progress_);
  row->addWidget(cancel_);
  row->addWidget(open);
  row->addWidget(copy);
  row->addWidget(export_);
  column->addLayout(row);
  auto* trouble = new QHBoxLayout;
  problem_icon_ = new QLabel(head);
  problem_ = plainLabel(head);
  problem_->setWordWrap(true);
  trouble->addWidget(problem_icon_);
  trouble->addWidget(problem_, 1);
  column->addLayout(trouble);
  problem_icon_->hide();
  problem_->hide();
  return head;
}

QWidget* InspectPage::buildPrompt() {
  auto* box = new QWidget(this);
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  prompt_ = new QPlainTextEdit(box);
  prompt_->setTabChangesFocus(true);
  prompt_->setFixedHeight(prompt_->fontMetrics().lineSpacing() * 2 + 14);
  prompt_->setPlaceholderText(tr("Text to show to the model"));
  prompt_->setToolTip(tr("The text shown to the model; everything below follows as you type"));
  prompt_->setAccessibleName(tr("Probe prompt"));
  connect(prompt_, &QPlainTextEdit::textChanged, this, &InspectPage::askSoon);
  row->addWidget(prompt_, 1);
  auto* options = new QHBoxLayout;
  bos_ = new QCheckBox(tr("&BOS"), box);
  bos_->setChecked(true);
  bos_->setToolTip(tr("The token that begins every text, where the tokenizer has one (--bos, --no-bos)"));
  connect(bos_, &QCheckBox::toggled, this, &InspectPage::askSoon);
  context_ = new NumberField(NumberField::Kind::whole, box);
  context_->setRange(0, 1 << 20);
  context_->setValue(512);
  context_->setSpecialValueText(tr("model's limit"));
  context_->setPrefix(tr("first "));
  context_->setSuffix(tr(" tokens"));
  context_->setToolTip(tr("The text is cut after that many tokens; 0: the model's limit (--context)"));
  context_->setAccessibleName(tr("Context"));
  connect(context_, &NumberField::valueChanged, this, &InspectPage::askSoon);
  compare_box_ = new QComboBox(box);
  compare_box_->addItem(tr("One pass"));
  compare_box_->addItem(tr("With and without BOS"));
  compare_box_->addItem(tr("Two models"));
  compare_box_->addItem(tr("With the pinned pass"));
  enableCompare();
  compare_box_->setToolTip(tr("Two passes side by side, and their difference"));
  compare_box_->setAccessibleName(tr("Compare"));
  connect(compare_box_, &QComboBox::currentIndexChanged, this,
          [this](int index) { setCompare(static_cast<Compare>(index)); });
  open_second_ = new QPushButton(tr("Second model…"), box);
  open_second_->setToolTip(tr("The model to compare with"));
  open_second_->hide();
  connect(open_second_, &QPushButton::clicked, this, [this] {
    const QString model = askForModel(this, tr("Second model"));
    if (!model.isEmpty()) openSecondModel(model);
  });
  stored_ = new QComboBox(box);
  stored_->setAccessibleName(tr("Stored pass"));
  stored_->setToolTip(tr("Which of the passes that this file holds is shown. There is no model behind them: other text "
                         "cannot be shown and cells not tested."));
  stored_->hide();
  connect(stored_, &QComboBox::currentIndexChanged, this, &InspectPage::ask);
  for (QWidget* widget : {static_cast<QWidget*>(stored_), static_cast<QWidget*>(bos_), static_cast<QWidget*>(context_),
                          static_cast<QWidget*>(compare_box_), static_cast<QWidget*>(open_second_)}) {
    options->addWidget(widget);
  }
  row->addLayout(options);
  column->addLayout(row);
  tokens_ = new TokenStrip(box);
  second_tokens_ = new TokenStrip(box);
  tokens_area_ = scrolled(tokens_, box);
  second_area_ = scrolled(second_tokens_, box);
  column->addWidget(tokens_area_);
  column->addWidget(second_area_);
  second_area_->hide();
  auto* foot = new QHBoxLayout;
  foot->setSpacing(8);
  cut_ = plainLabel(box);
  cut_->setAccessibleName(tr("Text that was cut off"));
  cut_->hide();
  status_ = new ElidedLabel(box);
  status_->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  foot->addWidget(cut_);
  foot->addWidget(status_, 1);
  column->addLayout(foot);
  for (TokenStrip* strip : {tokens_, second_tokens_}) {
    connect(strip, &TokenStrip::tokenClicked, this, &InspectPage::showToken);
  }
  return box;
}

}  // namespace variometer
