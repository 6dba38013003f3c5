// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/figure_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QTableWidget>

#include "app/command_line.h"
#include "widgets/number_field.h"

namespace variometer {
namespace {

NumberField* number(QWidget* parent, NumberField::Kind kind, double lower, double upper, double value, double step,
                    const QString& suffix, const QString& tip) {
  auto* box = new NumberField(kind, parent);
  box->setRange(lower, upper);
  box->setStep(step);
  box->setFollowing(true);
  box->setSuffix(suffix);
  box->setValue(value);
  box->setToolTip(tip);
  return box;
}

}  // namespace

FigureForm::FigureForm(QWidget* parent) : QWidget(parent) {
  auto* form = new QFormLayout(this);
  form->setContentsMargins(0, 0, 0, 0);
  form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  const QString paper = tr("Size on paper; 85 mm is one column of many journals");
  constexpr auto kReal = NumberField::Kind::real;
  width_ = number(this, kReal, 20, 1000, 110, 1, tr(" mm"), paper);
  height_ = number(this, kReal, 20, 1000, 80, 1, tr(" mm"), paper);
  form->addRow(tr("&Width"), width_);
  form->addRow(tr("&Height"), height_);
  dpi_ = number(this, NumberField::Kind::whole, 36, 1200, 200, 10, tr(" dpi"), tr("Resolution of a PNG"));
  form->addRow(tr("&Resolution"), dpi_);
  theme_ = new QComboBox(this);
  theme_->addItem(tr("Print"), QStringLiteral("print"));
  theme_->addItem(tr("Light"), QStringLiteral("light"));
  theme_->addItem(tr("Dark"), QStringLiteral("dark"));
  theme_->setToolTip(tr("Background, text and lines of the figure; maps are coloured as View, Colour map says"));
  form->addRow(tr("&Theme"), theme_);
  title_ = new QLineEdit(this);
  title_->setToolTip(tr("Stands over the figure in place of the card's own title"));
  form->addRow(tr("T&itle"), title_);
  font_ = number(this, kReal, 0, 72, 0, 1, tr(" pt"),
                 tr("Size of the text on paper, 4 to 72 points; 0: as in the window"));
  font_->setSpecialValueText(tr("as in the window"));
  form->addRow(tr("Te&xt size"), font_);
  line_ = number(this, kReal, 0.1, 10, FigureStyle().line_pt, 0.1, tr(" pt"), tr("Width of data lines on paper"));
  form->addRow(tr("&Lines"), line_);
  const auto box = [this](const QString& text, const QString& tip, bool on) {
    auto* made = new QCheckBox(text, this);
    made->setToolTip(tip);
    made->setChecked(on);
    connect(made, &QCheckBox::toggled, this, &FigureForm::changed);
    return made;
  };
  legend_ = box(tr("Le&gend"), tr("The names of the lines, over them"), true);
  events_ = box(tr("E&vents"), tr("What happened in the run, and your markers"), true);
  transparent_ = box(tr("Transparent &ground"), tr("No ground: for slides and posters of any colour"), false);
  auto* boxes = new QHBoxLayout;
  for (QCheckBox* each : {legend_, events_, transparent_}) boxes->addWidget(each);
  boxes->addStretch(1);
  form->addRow(tr("With"), boxes);
  names_ = new QTableWidget(0, 2, this);
  names_->setHorizontalHeaderLabels({tr("Legend"), tr("in the figure")});
  names_->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
  names_->verticalHeader()->hide();
  names_->setTabKeyNavigation(false);
  names_->setToolTip(tr("Another text for an entry of the legend: double-click, or F2"));
  names_->setAccessibleName(tr("Texts of the legend"));
  names_->setMaximumHeight(6 * fontMetrics().lineSpacing());
  form->addRow(tr("Texts"), names_);

  for (NumberField* each : {width_, height_, dpi_, font_, line_}) {
    connect(each, &NumberField::valueChanged, this, &FigureForm::changed);
    connect(each, &NumberField::problemChanged, this, &FigureForm::changed);
  }
  connect(theme_, &QComboBox::currentIndexChanged, this, &FigureForm::changed);
  connect(title_, &QLineEdit::textChanged, this, &FigureForm::changed);
  connect(names_, &QTableWidget::itemChanged, this, &FigureForm::changed);
}

double FigureForm::widthMm() const { return width_->value(); }
double FigureForm::heightMm() const { return height_->value(); }

FigureOptions FigureForm::options() const {
  FigureOptions options{.width_mm = width_->value(), .height_mm = height_->value(), .dpi = static_cast<int>(dpi_->whole())};
  const QString theme = theme_->currentData().toString();
  options.theme = theme == QLatin1String("dark")    ? Theme::Kind::dark
                  : theme == QLatin1String("light") ? Theme::Kind::light
                                                    : Theme::Kind::print;
  options.style = {.title = title_->isEnabled() ? title_->text().trimmed() : QString(),
                   .names = {},
                   .legend = legend_->isChecked(),
                   .events = events_->isChecked(),
                   .transparent = transparent_->isChecked(),
                   .font_pt = font_->value(),
                   .line_pt = line_->value()};
  for (int row = 0; row < names_->rowCount() && names_->isEnabled(); ++row) {
    const QString own = names_->item(row, 0)->text(), other = names_->item(row, 1)->text().trimmed();
    if (!other.isEmpty() && other != own) options.style.names[own] = other;
  }
  return options;
}

QStringList FigureForm::words(bool png) const {
  const FigureOptions now = options();
  const FigureStyle& style = now.style;
  QStringList words{QStringLiteral("--width-mm"), QString::number(now.width_mm), QStringLiteral("--height-mm"),
                    QString::number(now.height_mm)};
  if (png) words << QStringLiteral("--dpi") << QString::number(now.dpi);
  words << QStringLiteral("--theme") << theme_->currentData().toString();
  if (!style.title.isEmpty()) words << QStringLiteral("--title") << shellQuoted(style.title);
  for (auto name = style.names.begin(); name != style.names.end(); ++name) {
    words << QStringLiteral("--legend") << shellQuoted(name.key() + QLatin1Char('=') + name.value());
  }
  if (style.font_pt > 0) words << QStringLiteral("--font-pt") << QString::number(style.font_pt);
  if (style.line_pt != FigureStyle().line_pt) words << QStringLiteral("--line-pt") << QString::number(style.line_pt);
  if (!style.legend) words << QStringLiteral("--no-legend");
  if (!style.events) words << QStringLiteral("--no-events");
  if (style.transparent) words << QStringLiteral("--transparent");
  return words;
}

void FigureForm::setItem(const QString& title, const QStringList& legend, bool alone) {
  const QSignalBlocker quiet(names_);
  title_->setPlaceholderText(title);
  title_->setEnabled(alone);
  names_->setEnabled(alone);
  names_->setRowCount(alone ? static_cast<int>(legend.size()) : 0);
  for (int row = 0; row < names_->rowCount(); ++row) {
    auto* own = new QTableWidgetItem(legend[row]);
    own->setFlags(Qt::ItemIsEnabled);
    names_->setItem(row, 0, own);
    names_->setItem(row, 1, new QTableWidgetItem(legend[row]));
  }
}

QString FigureForm::problem() const { return NumberField::problemWithin(*this); }

void FigureForm::setUses(bool figure, bool size, bool resolution) {
  for (QWidget* widget : {static_cast<QWidget*>(width_), static_cast<QWidget*>(height_)}) widget->setEnabled(size);
  for (QWidget* widget :
       {static_cast<QWidget*>(theme_), static_cast<QWidget*>(font_), static_cast<QWidget*>(line_),
        static_cast<QWidget*>(legend_), static_cast<QWidget*>(events_), static_cast<QWidget*>(transparent_)}) {
    widget->setEnabled(figure);
  }
  dpi_->setEnabled(resolution);
}

}  // namespace variometer
