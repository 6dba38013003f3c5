// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export_dialog.h"

#include <QClipboard>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSaveFile>
#include <QSpinBox>
#include <QVBoxLayout>
#include <memory>

#include "app/command_line.h"
#include "app/error_dialog.h"
#include "app/settings.h"
#include "core/base/error.h"
#include "widgets/card.h"
#include "widgets/card_factory.h"
#include "widgets/card_figure.h"
#include "widgets/panel_icons.h"
#include "widgets/step_axis.h"

namespace variometer {

ExportDialog::ExportDialog(Card* card, const RunHistory& history, FramePtr frame, QString record, QWidget* parent)
    : QDialog(parent), card_(card), history_(history), frame_(std::move(frame)), record_(std::move(record)) {
  setWindowTitle(tr("Export: %1").arg(card->title()));
  auto* form = new QFormLayout;
  form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  format_ = new QComboBox(this);
  for (const char* kind : {"png", "svg", "pdf", "csv"}) {
    const QString ending = QString::fromLatin1(kind);
    format_->addItem(ending == QLatin1String("csv") ? tr("CSV, the numbers") : tr("%1, a figure").arg(ending.toUpper()),
                     ending);
  }
  format_->setToolTip(tr("SVG and PDF are vectors; colour maps inside them are pictures"));
  form->addRow(tr("&Format"), format_);
  const auto millimetres = [&](const QString& label, double value) {
    auto* box = new QDoubleSpinBox(this);
    box->setRange(20, 1000);
    box->setDecimals(0);
    box->setSuffix(QStringLiteral(" mm"));
    box->setValue(value);
    box->setToolTip(tr("Size on paper; 85 mm is one column of many journals"));
    form->addRow(label, box);
    connect(box, &QDoubleSpinBox::valueChanged, this, &ExportDialog::refresh);
    return box;
  };
  width_ = millimetres(tr("&Width"), 110);
  height_ = millimetres(tr("&Height"), 80);
  dpi_ = new QSpinBox(this);
  dpi_->setRange(50, 1200);
  dpi_->setValue(200);
  dpi_->setSuffix(QStringLiteral(" dpi"));
  dpi_->setToolTip(tr("Resolution of a PNG"));
  form->addRow(tr("&Resolution"), dpi_);
  theme_ = new QComboBox(this);
  theme_->addItem(tr("Print"), QStringLiteral("print"));
  theme_->addItem(tr("Light"), QStringLiteral("light"));
  theme_->addItem(tr("Dark"), QStringLiteral("dark"));
  theme_->setToolTip(tr("Colours of the figure"));
  form->addRow(tr("&Colours"), theme_);
  rows_ = new QComboBox(this);
  rows_->addItem(tr("what is visible"));
  rows_->addItem(tr("everything"));
  rows_->setToolTip(tr("The steps in view, or the whole run"));
  form->addRow(tr("R&ows"), rows_);

  command_ = new QLineEdit(this);
  command_->setReadOnly(true);
  command_->setToolTip(tr("The command that makes the same file from the record"));
  auto* copy = copy_ = new QPushButton(themedIcon(QStringLiteral("copy")), tr("Copy"), this);
  copy->setToolTip(tr("Put the command on the clipboard"));
  auto* row = new QHBoxLayout;
  row->addWidget(command_, 1);
  row->addWidget(copy);
  form->addRow(tr("Repeat with"), row);
  connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(command_->text()); });

  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel, this);
  auto* save = buttons->addButton(tr("&Export…"), QDialogButtonBox::ActionRole);
  save->setDefault(true);
  save->setToolTip(tr("Choose the file and write it"));
  auto* image = buttons->addButton(tr("Copy &image"), QDialogButtonBox::ActionRole);
  image->setToolTip(tr("The card as it is on the screen, and its numbers, to the clipboard"));
  connect(save, &QPushButton::clicked, this, &ExportDialog::exportNow);
  connect(image, &QPushButton::clicked, card_, &Card::copyImage);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(form);
  layout->addWidget(buttons);
  for (QComboBox* box : {format_, theme_, rows_}) {
    connect(box, &QComboBox::currentIndexChanged, this, &ExportDialog::refresh);
  }
  connect(dpi_, &QSpinBox::valueChanged, this, &ExportDialog::refresh);
  resize(560, sizeHint().height());
  refresh();
}

bool ExportDialog::isFigure() const { return format_->currentData().toString() != QLatin1String("csv"); }

void ExportDialog::refresh() {
  for (QWidget* widget :
       {static_cast<QWidget*>(width_), static_cast<QWidget*>(height_), static_cast<QWidget*>(theme_)}) {
    widget->setEnabled(isFigure());
  }
  dpi_->setEnabled(format_->currentData().toString() == QLatin1String("png"));
  rows_->setEnabled(!isFigure());
  const QString line =
      record_.isEmpty() ? QString() : commandLine(card_->name() + QLatin1Char('.') + format_->currentData().toString());
  command_->setText(!line.isEmpty()     ? line
                    : record_.isEmpty() ? tr("only for runs that are recorded")
                                        : tr("only from this window"));
  copy_->setEnabled(!line.isEmpty());
  command_->setCursorPosition(0);
}

QString ExportDialog::commandLine(const QString& file) const {
  // `export` has no table of a picture that is kept for the newest step only.
  if (!isFigure() && card_->name() == QLatin1String("heat_map")) return {};
  const bool visible_only = !isFigure() && rows_->currentIndex() == 0;
  const Card::Steps steps = card_->visibleSteps();
  if (visible_only && steps.last < steps.first) return {};
  QStringList words{QStringLiteral("variometer")};
  if (isFigure()) {
    words << QStringLiteral("render") << shellQuoted(record_) << QStringLiteral("--card") << card_->name()
          << QStringLiteral("--out") << shellQuoted(file) << QStringLiteral("--width-mm")
          << QString::number(width_->value()) << QStringLiteral("--height-mm") << QString::number(height_->value());
    if (dpi_->isEnabled()) words << QStringLiteral("--dpi") << QString::number(dpi_->value());
    words << QStringLiteral("--theme") << theme_->currentData().toString();
    if (!card_->steps().following()) words << QStringLiteral("--at") << QString::number(card_->steps().shownStep());
  } else {
    words << QStringLiteral("export") << shellQuoted(record_) << QStringLiteral("--out") << shellQuoted(file)
          << QStringLiteral("--what") << QString::fromStdString(card_->tableName()) << QStringLiteral("--head");
    if (visible_only) words << QStringLiteral("--steps") << QStringLiteral("%1:%2").arg(steps.first).arg(steps.last);
  }
  return words.join(QLatin1Char(' '));
}

void ExportDialog::writeTo(const QString& file) {
  if (isFigure()) {
    FigureOptions options;
    options.width_mm = width_->value();
    options.height_mm = height_->value();
    options.dpi = dpi_->value();
    const QString name = theme_->currentData().toString();
    options.theme = name == QLatin1String("dark")    ? Theme::Kind::dark
                    : name == QLatin1String("light") ? Theme::Kind::light
                                                     : Theme::Kind::print;
    // A card of its own: the figure's theme and size must not touch the one on the screen.
    StepAxis steps;
    steps.setExtent(card_->steps().first(), card_->steps().latest());
    if (!card_->steps().following()) steps.setCursor(card_->steps().shownStep());
    const std::unique_ptr<Card> figure(make_card(card_->name(), &steps, nullptr));
    figure->setState(card_->state());
    figure->setHistory(&history_);
    if (frame_) figure->setFrame(frame_);
    figure->refresh(Card::Scope::even_hidden);
    save_figure({figure.get()}, file, options);
    return;
  }
  QSaveFile out(file);
  const QByteArray text = card_->csv(rows_->currentIndex() == 0 ? Card::Rows::visible : Card::Rows::all);
  if (!out.open(QIODevice::WriteOnly) || out.write(text) != text.size() || !out.commit()) {
    throw file_error(file.toStdString() + ": " + out.errorString().toStdString());
  }
}

void ExportDialog::exportNow() {
  const QString ending = format_->currentData().toString();
  const QString folder = settings().value(QStringLiteral("export_folder"), recordFolder()).toString();
  QString file =
      QFileDialog::getSaveFileName(this, tr("Export"), QStringLiteral("%1/%2.%3").arg(folder, card_->name(), ending),
                                   QStringLiteral("%1 (*.%2)").arg(ending.toUpper(), ending));
  if (file.isEmpty()) return;
  if (QFileInfo(file).suffix().toLower() != ending) file += QLatin1Char('.') + ending;
  settings().setValue(QStringLiteral("export_folder"), QFileInfo(file).absolutePath());
  try {
    writeTo(file);
    accept();
  } catch (const std::exception& error) {
    showError(this, {tr("The card was not exported."), QString::fromUtf8(error.what()), tr("The run is not touched.")});
  }
}

}  // namespace variometer
