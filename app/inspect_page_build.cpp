// SPDX-License-Identifier: GPL-3.0-or-later
// How the Inspect perspective is put together.
#include <QButtonGroup>
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSplitter>
#include <QTabWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include "app/inspect_page.h"
#include "app/plain_label.h"
#include "widgets/inspect_attention.h"
#include "widgets/inspect_heat_map.h"
#include "widgets/inspect_signature.h"
#include "widgets/layer_rail.h"
#include "widgets/massive_table.h"
#include "widgets/panel_cell_test.h"
#include "widgets/panel_icons.h"
#include "widgets/panel_rule.h"
#include "widgets/weight_histogram.h"

namespace variometer {
void InspectPage::build() {
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 6, 8, 6);
  layout->setSpacing(6);
  layout->addWidget(buildHead());
  layout->addWidget(buildPrompt());
  main_ = new QSplitter(Qt::Horizontal, this);
  main_->setChildrenCollapsible(false);
  main_->setHandleWidth(6);
  main_->addWidget(buildRail());
  main_->addWidget(buildViews());
  main_->addWidget(buildMassive());
  main_->setStretchFactor(1, 1);
  main_->setSizes({128, 880, 340});
  layout->addWidget(main_, 1);
  retheme();
}

QWidget* InspectPage::buildRail() {
  auto* rail = new QWidget(main_);
  auto* column = new QVBoxLayout(rail);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(3);
  rail_head_ = plainLabel(rail);
  rail_head_->setToolTip(tr("The block whose output is shown; ↑ ↓ step through the layers"));
  rail_ = new LayerRail(rail);
  column->addWidget(rail_head_);
  column->addWidget(rail_, 1);
  auto* tokens = plainLabel(rail);
  tokens->setText(tr("Tokens shown"));
  column->addWidget(tokens);
  const QStringList tips = {tr("BOS and other tokens that are no text"),
                            tr("Tokens of nothing but punctuation and symbols"),
                            tr("Tokens of nothing but spaces and line ends"), tr("All other tokens")};
  for (const TokenKind kind : TokenFilter::kAll) {
    auto* box = new QCheckBox(kind_name(kind), rail);
    box->setChecked(true);
    box->setToolTip(
        tips[static_cast<int>(kind)] +
        tr("\nWhat is left out is blank in the maps, missing in the table, and no part of the colour scale"));
    connect(box, &QCheckBox::toggled, this, &InspectPage::followFilter);
    kinds_[static_cast<std::size_t>(kind)] = box;
    column->addWidget(box);
  }
  return rail;
}

QWidget* InspectPage::buildMassive() {
  auto* box = new QWidget(this);
  auto* column = new QVBoxLayout(box);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(3);
  massive_what_ = new QComboBox(box);
  massive_what_->setObjectName(QStringLiteral("massive_what"));
  massive_what_->addItem(tr("Massive activations"));
  massive_what_->addItem(tr("Largest three of each layer"));
  massive_what_->setAccessibleName(tr("What the table lists"));
  connect(massive_what_, &QComboBox::currentIndexChanged, this, &InspectPage::showMassive);
  massive_pass_ = new QComboBox(box);
  massive_pass_->addItems({{}, {}});
  massive_pass_->setAccessibleName(tr("Which pass the table is of"));
  massive_pass_->hide();
  connect(massive_pass_, &QComboBox::currentIndexChanged, this, &InspectPage::showMassive);
  massive_note_ = plainLabel(box);
  massive_note_->setWordWrap(true);
  rule_ = new RulePanel(box);  // above the table: what Tab comes to first
  massive_ = new MassiveTable(box);
  connect(rule_, &RulePanel::ruleChanged, this, &InspectPage::followRule);
  test_ = new CellTestPanel(box);
  connect(test_, &CellTestPanel::testRequested, this, &InspectPage::runTest);
  connect(massive_, &MassiveTable::placeChosen, this, &InspectPage::jumpTo);
  column->addWidget(massive_what_);
  column->addWidget(massive_pass_);
  column->addWidget(rule_);
  column->addWidget(massive_note_);
  column->addWidget(massive_, 1);
  column->addWidget(test_);
  box->setMinimumWidth(240);
  return box;
}

QWidget* InspectPage::buildViews() {
  tabs_ = new QTabWidget(this);
  tabs_->setDocumentMode(true);
  tabs_->addTab(buildHeatMaps(), tr("Heat map"));
  linkMaps();
  buildMoreViews();
  adoptPlotActions();
  connect(tabs_, &QTabWidget::currentChanged, this, &InspectPage::showViews);
  for (Card* card : {static_cast<Card*>(map_), static_cast<Card*>(second_map_), static_cast<Card*>(signature_),
                     static_cast<Card*>(second_signature_), static_cast<Card*>(attention_),
                     static_cast<Card*>(second_attention_), static_cast<Card*>(histogram_)}) {
    connect(card, &Card::exportRequested, this, &InspectPage::exportView);
  }
  return tabs_;
}

QWidget* InspectPage::buildHeatMaps() {
  auto* page = new QWidget(tabs_);
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 4, 0, 0);
  auto* bar = new QHBoxLayout;
  modes_ = new QButtonGroup(this);
  const auto mode = [&](InspectView::Mode id, const QString& text, const QString& tip) {
    auto* button = new QToolButton(page);
    button->setText(text);
    button->setToolTip(tip);
    button->setCheckable(true);
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    modes_->addButton(button, static_cast<int>(id));
    bar->addWidget(button);
    return button;
  };
  mode(InspectView::Mode::magnitude, tr("|h|"), tr("Magnitude, logarithmic colour"))->setChecked(true);
  mode(InspectView::Mode::signed_value, tr("signed"),
       tr("h with its sign; colour linear within ± the median, logarithmic beyond"));
  mode(InspectView::Mode::ratio, tr("|h| / median"), tr("How many times the layer's lower median of |h|"));
  mode(InspectView::Mode::difference, tr("A − B"), tr("Difference of the two passes, signed (choose what to compare)"));
  connect(modes_, &QButtonGroup::idClicked, this, [this](int id) { setMode(static_cast<InspectView::Mode>(id)); });
  same_scale_ = new QCheckBox(tr("same colours for all layers"), page);
  same_scale_->setToolTip(tr("One scale for every layer, so that they can be compared; else each layer has its own"));
  connect(same_scale_, &QCheckBox::toggled, this, &InspectPage::showViews);
  bar->addSpacing(10);
  bar->addWidget(same_scale_);
  bar->addStretch(1);
  column->addLayout(bar);
  maps_ = new QSplitter(Qt::Horizontal, page);
  maps_->setChildrenCollapsible(false);
  map_ = new InspectHeatMap(maps_);
  second_map_ = new InspectHeatMap(maps_);
  second_map_->hide();
  maps_->addWidget(map_);
  maps_->addWidget(second_map_);
  column->addWidget(maps_, 1);
  return page;
}

void InspectPage::retheme() {
  const Theme& theme = theme_of(*this);
  for (QLabel* label : {facts_, status_, massive_note_}) {
    QPalette palette = label->palette();
    palette.setColor(QPalette::WindowText, theme.muted);
    label->setPalette(palette);
  }
  QPalette warning = cut_->palette();
  warning.setColor(QPalette::WindowText, theme.warning);
  cut_->setPalette(warning);
  QPalette palette = problem_->palette();
  palette.setColor(QPalette::WindowText, theme.error);
  problem_->setPalette(palette);
  problem_icon_->setPixmap(themedIcon(QStringLiteral("warning"), theme.error).pixmap(16, 16));
  for (auto* button : findChildren<QAbstractButton*>()) {
    const QString icon = button->property("icon_name").toString();
    if (!icon.isEmpty()) button->setIcon(themedIcon(icon));
  }
}

}  // namespace variometer
