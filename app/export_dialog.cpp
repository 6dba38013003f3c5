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
#include <QMessageBox>
#include <QPushButton>
#include <QSaveFile>
#include <QSpinBox>
#include <QVBoxLayout>
#include <memory>

#include "app/command_line.h"
#include "app/error_dialog.h"
#include "app/figure_code.h"
#include "app/settings.h"
#include "core/base/error.h"
#include "widgets/card.h"
#include "widgets/card_factory.h"
#include "widgets/card_figure.h"
#include "widgets/panel_icons.h"
#include "widgets/step_axis.h"

namespace variometer {

namespace {

void write_bytes(const QString& file, const QByteArray& bytes) {
  QSaveFile out(file);
  if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() || !out.commit()) {
    throw file_error(file.toStdString() + ": " + out.errorString().toStdString());
  }
}

}  // namespace

ExportDialog::ExportDialog(Card* card, std::vector<Card*> tab, const RunHistory& history, FramePtr frame,
                           QString record, QWidget* parent)
    : QDialog(parent),
      card_(card),
      tab_(std::move(tab)),
      history_(history),
      frame_(std::move(frame)),
      record_(std::move(record)) {
  setWindowTitle(tr("Export"));
  auto* form = new QFormLayout;
  form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  what_ = new QComboBox(this);
  what_->addItem(tr("This card: %1").arg(card->title()));
  if (tab_.size() > 1) what_->addItem(tr("All %1 cards of this tab, a file each").arg(tab_.size()));
  what_->setToolTip(tr("Files are named by their cards"));
  form->addRow(tr("&What"), what_);
  format_ = new QComboBox(this);
  for (const auto& [ending, text] : {std::pair{"png", tr("PNG, a figure")},
                                     {"svg", tr("SVG, a figure")},
                                     {"pdf", tr("PDF, a figure")},
                                     {"csv", tr("CSV, the numbers")},
                                     {"py", tr("matplotlib, a program that draws it from its CSV")},
                                     {"tex", tr("pgfplots, a document that draws it from its CSV")}}) {
    format_->addItem(text, QString::fromLatin1(ending));
  }
  format_->setToolTip(tr("SVG and PDF are vectors, with colour maps as pictures inside. Programs come with their CSV"));
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
  theme_->setToolTip(tr("Background, text and lines of the figure; maps are coloured as View, Colour map says"));
  form->addRow(tr("&Theme"), theme_);
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

  auto* buttons = new QDialogButtonBox(this);
  auto* save = buttons->addButton(tr("&Export…"), QDialogButtonBox::ActionRole);
  save->setDefault(true);
  save->setToolTip(tr("Choose the file and write it"));
  auto* image = buttons->addButton(tr("Copy &image"), QDialogButtonBox::ActionRole);
  image->setToolTip(tr("The card as it is on the screen, and its numbers, to the clipboard"));
  buttons->addButton(QDialogButtonBox::Cancel);  // last: Qt 6.4 loses the way of Tab where it has to reorder them
  connect(save, &QPushButton::clicked, this, &ExportDialog::exportNow);
  connect(image, &QPushButton::clicked, card_, &Card::copyImage);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(form);
  layout->addWidget(buttons);
  for (QComboBox* box : {what_, format_, theme_, rows_}) {
    connect(box, &QComboBox::currentIndexChanged, this, &ExportDialog::refresh);
  }
  connect(dpi_, &QSpinBox::valueChanged, this, &ExportDialog::refresh);
  resize(560, sizeHint().height());
  refresh();
}

QString ExportDialog::ending() const { return format_->currentData().toString(); }
bool ExportDialog::isCode() const { return ending() == QLatin1String("py") || ending() == QLatin1String("tex"); }
bool ExportDialog::isFigure() const { return !isCode() && ending() != QLatin1String("csv"); }
bool ExportDialog::all() const { return what_->currentIndex() == 1; }

void ExportDialog::refresh() {
  for (QWidget* widget : {static_cast<QWidget*>(width_), static_cast<QWidget*>(height_)}) {
    widget->setEnabled(isFigure() || isCode());
  }
  theme_->setEnabled(isFigure());
  dpi_->setEnabled(ending() == QLatin1String("png"));
  rows_->setEnabled(!isFigure());
  QStringList lines;
  for (Card* card : all() ? tab_ : std::vector<Card*>{card_}) {
    const QString line = record_.isEmpty() ? QString() : commandLine(*card, card->name() + QLatin1Char('.') + ending());
    if (!line.isEmpty()) lines << line;
  }
  command_->setText(!lines.isEmpty()    ? lines.join(QStringLiteral(" && "))
                    : record_.isEmpty() ? tr("only for runs that are recorded")
                                        : tr("only from this window"));
  copy_->setEnabled(!lines.isEmpty());
  command_->setCursorPosition(0);
}

QString ExportDialog::commandLine(const Card& card, const QString& file) const {
  // `export` has no table of a picture that is kept for the newest step only, and writes no programs.
  if (isCode() || (!isFigure() && card.name() == QLatin1String("heat_map"))) return {};
  const bool visible_only = !isFigure() && rows_->currentIndex() == 0;
  const Card::Steps steps = card.visibleSteps();
  if (visible_only && steps.last < steps.first) return {};
  QStringList words{QStringLiteral("variometer")};
  if (isFigure()) {
    words << QStringLiteral("render") << shellQuoted(record_) << QStringLiteral("--card") << card.name()
          << QStringLiteral("--out") << shellQuoted(file) << QStringLiteral("--width-mm")
          << QString::number(width_->value()) << QStringLiteral("--height-mm") << QString::number(height_->value());
    if (dpi_->isEnabled()) words << QStringLiteral("--dpi") << QString::number(dpi_->value());
    words << QStringLiteral("--theme") << theme_->currentData().toString();
    if (card.colours()) words << QStringLiteral("--colours") << ColourMap::name(*card.colours());
    if (!card.steps().following()) words << QStringLiteral("--at") << QString::number(card.steps().shownStep());
  } else {
    words << QStringLiteral("export") << shellQuoted(record_) << QStringLiteral("--out") << shellQuoted(file)
          << QStringLiteral("--what") << QString::fromStdString(card.tableName()) << QStringLiteral("--head");
    if (visible_only) words << QStringLiteral("--steps") << QStringLiteral("%1:%2").arg(steps.first).arg(steps.last);
  }
  return words.join(QLatin1Char(' '));
}

void ExportDialog::writeFigure(Card& card, const QString& file) {
  FigureOptions options;
  options.width_mm = width_->value();
  options.height_mm = height_->value();
  options.dpi = dpi_->value();
  const QString name = theme_->currentData().toString();
  options.theme = name == QLatin1String("dark")    ? Theme::Kind::dark
                  : name == QLatin1String("light") ? Theme::Kind::light
                                                   : Theme::Kind::print;
  options.colours = card.colours();
  // A card of its own: the figure's theme and size must not touch the one on the screen.
  StepAxis steps;
  steps.setExtent(card.steps().first(), card.steps().latest());
  if (!card.steps().following()) steps.setCursor(card.steps().shownStep());
  const std::unique_ptr<Card> figure(make_card(card.name(), &steps, nullptr));
  figure->setState(card.state());
  figure->setHistory(&history_);
  if (frame_) figure->setFrame(frame_);
  figure->refresh(Card::Scope::even_hidden);
  save_figure({figure.get()}, file, options);
}

void ExportDialog::writeCode(Card& card, const QString& file) {
  const QFileInfo info(file);
  const auto recipe = card.recipe();
  const FigureCodeOptions options{.csv = info.completeBaseName() + QStringLiteral(".csv"),
                                  .figure = info.completeBaseName() + QStringLiteral(".pdf"),
                                  .width_mm = width_->value(),
                                  .height_mm = height_->value()};
  const QString code = !recipe                           ? QString()
                       : ending() == QLatin1String("py") ? matplotlib_code(*recipe, options)
                                                         : pgfplots_code(*recipe, options);
  if (code.isEmpty()) {
    throw usage_error(tr("%1 has no figure that %2 could draw from its table")
                          .arg(card.title(), ending() == QLatin1String("py") ? tr("matplotlib") : tr("pgfplots"))
                          .toStdString());
  }
  write_bytes(info.absolutePath() + QLatin1Char('/') + options.csv,
              card.csv(rows_->currentIndex() == 0 ? Card::Rows::visible : Card::Rows::all));
  write_bytes(file, code.toUtf8());
}

void ExportDialog::write(Card& card, const QString& file) {
  if (isFigure()) return writeFigure(card, file);
  if (isCode()) return writeCode(card, file);
  write_bytes(file, card.csv(rows_->currentIndex() == 0 ? Card::Rows::visible : Card::Rows::all));
}

QStringList ExportDialog::filesIn(const QString& folder) const {
  QStringList files;
  for (const Card* card : tab_) {
    // A card may stand there twice, of two kinds of weights say.
    QString name = card->name();
    const auto path = [&] { return folder + QLatin1Char('/') + name + QLatin1Char('.') + ending(); };
    for (int n = 2; files.contains(path()); ++n) name = QStringLiteral("%1-%2").arg(card->name()).arg(n);
    files << path();
  }
  return files;
}

QStringList ExportDialog::writeAll(const QString& folder) {
  QStringList left_out;
  const QStringList files = filesIn(folder);
  for (std::size_t i = 0; i < tab_.size(); ++i) {
    try {
      write(*tab_[i], files[static_cast<qsizetype>(i)]);
    } catch (const Error& error) {
      if (error.kind() != Error::Kind::usage) throw;  // a disk that is full stops all
      left_out << QString::fromUtf8(error.what());
    }
  }
  return left_out;
}

void ExportDialog::exportNow() {
  if (all()) return exportAll();
  const QString folder = settings().value(QStringLiteral("export_folder"), recordFolder()).toString();
  QString file =
      QFileDialog::getSaveFileName(this, tr("Export"), QStringLiteral("%1/%2.%3").arg(folder, card_->name(), ending()),
                                   QStringLiteral("%1 (*.%2)").arg(ending().toUpper(), ending()));
  if (file.isEmpty()) return;
  if (QFileInfo(file).suffix().toLower() != ending()) file += QLatin1Char('.') + ending();
  settings().setValue(QStringLiteral("export_folder"), QFileInfo(file).absolutePath());
  try {
    writeTo(file);
    accept();
  } catch (const std::exception& error) {
    showError(this, {tr("The card was not exported."), QString::fromUtf8(error.what()), tr("The run is not touched.")});
  }
}

void ExportDialog::exportAll() {
  const QString folder =
      QFileDialog::getExistingDirectory(this, tr("Export all cards into a folder"),
                                        settings().value(QStringLiteral("export_folder"), recordFolder()).toString());
  if (folder.isEmpty()) return;
  settings().setValue(QStringLiteral("export_folder"), folder);
  QStringList there;
  for (const QString& file : filesIn(folder)) {
    if (QFileInfo::exists(file)) there << QFileInfo(file).fileName();
  }
  if (!there.isEmpty() &&
      QMessageBox::question(
          this, tr("Replace files?"),
          tr("These are in the folder already and would be replaced: %1").arg(there.join(QStringLiteral(", ")))) !=
          QMessageBox::Yes) {
    return;
  }
  try {
    const QStringList left_out = writeAll(folder);
    if (!left_out.isEmpty()) {
      QMessageBox::information(
          this, tr("Export"),
          tr("Not written: %1. All others are in %2.").arg(left_out.join(QStringLiteral("; ")), folder));
    }
    accept();
  } catch (const std::exception& error) {
    showError(this, {tr("Not all cards were exported."), QString::fromUtf8(error.what()),
                     tr("What was written before is in %1; the run is not touched.").arg(folder)});
  }
}

}  // namespace variometer
