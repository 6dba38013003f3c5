// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export_dialog.h"

#include <QClipboard>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QSaveFile>
#include <QVBoxLayout>
#include <algorithm>
#include <initializer_list>
#include <vector>

#include "app/command_line.h"
#include "app/error_dialog.h"
#include "app/figure_code.h"
#include "app/figure_form.h"
#include "app/folders.h"
#include "core/base/error.h"
#include "widgets/card_figure.h"
#include "widgets/panel_icons.h"

namespace variometer {

namespace {

void write_bytes(const QString& file, const QByteArray& bytes) {
  QSaveFile out(file);
  if (!out.open(QIODevice::WriteOnly) || out.write(bytes) != bytes.size() || !out.commit()) {
    throw file_error(file.toStdString() + ": " + out.errorString().toStdString());
  }
}

std::vector<ExportItem> items_of(Card* card, const std::vector<Card*>& tab, const RunHistory& history,
                                 const QString& record) {
  std::vector<ExportItem> items{export_item(*card, history, record)};
  for (Card* other : tab) {
    if (other != card) items.push_back(export_item(*other, history, record));
  }
  return items;
}

constexpr int kPreviewWidth = 430, kPreviewHeight = 330;

/// The fields of several forms, one below the other, begin at the same place.
void alignLabels(std::initializer_list<const QFormLayout*> forms) {
  std::vector<QWidget*> labels;
  int width = 0;
  for (const QFormLayout* form : forms) {
    for (int row = 0; row < form->rowCount(); ++row) {
      const QLayoutItem* item = form->itemAt(row, QFormLayout::LabelRole);
      if (item == nullptr || item->widget() == nullptr) continue;
      labels.push_back(item->widget());
      width = std::max(width, item->widget()->sizeHint().width());
    }
  }
  for (QWidget* label : labels) label->setMinimumWidth(width);
}

}  // namespace

ExportDialog::ExportDialog(Card* card, const std::vector<Card*>& tab, const RunHistory& history, const QString& record,
                           QWidget* parent)
    : ExportDialog(items_of(card, tab, history, record), parent) {}

ExportDialog::ExportDialog(std::vector<ExportItem> items, QWidget* parent) : QDialog(parent), items_(std::move(items)) {
  setWindowTitle(tr("Export"));
  auto* form = new QFormLayout;
  form->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  what_ = new QComboBox(this);
  what_->addItem(tr("This card: %1").arg(items_.front().title));
  if (items_.size() > 1) what_->addItem(tr("All %1 cards of this tab, a file each").arg(items_.size()));
  what_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  what_->setToolTip(tr("Files are named by their cards"));
  form->addRow(tr("&What"), what_);
  format_ = new QComboBox(this);
  for (const auto& [ending, text] : {std::pair{"png", tr("PNG, a figure")},
                                     {"svg", tr("SVG, a figure")},
                                     {"pdf", tr("PDF, a figure")},
                                     {"csv", tr("CSV, the numbers")},
                                     {"py", tr("matplotlib, a program that draws it from its CSV")},
                                     {"tex", tr("pgfplots, a document that draws it from its CSV")}}) {
    const bool code = QLatin1String(ending) == QLatin1String("py") || QLatin1String(ending) == QLatin1String("tex");
    if (!code || items_.front().recipe) format_->addItem(text, QString::fromLatin1(ending));
  }
  format_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  format_->setToolTip(tr("SVG and PDF are vectors, with colour maps as pictures inside. Programs come with their CSV"));
  form->addRow(tr("&Format"), format_);
  rows_ = new QComboBox(this);
  rows_->addItem(tr("what is visible"));
  rows_->addItem(tr("everything"));
  rows_->setToolTip(tr("The steps in view, or the whole run"));
  form->addRow(tr("R&ows"), rows_);
  for (QComboBox* box : {what_, format_}) box->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  form_ = new FigureForm(this);
  alignLabels({form, qobject_cast<QFormLayout*>(form_->layout())});

  preview_ = new QLabel(this);
  preview_->setFixedSize(kPreviewWidth, kPreviewHeight);
  preview_->setAlignment(Qt::AlignCenter);
  preview_->setWordWrap(true);
  preview_->setTextFormat(Qt::PlainText);
  preview_->setFrameShape(QFrame::StyledPanel);
  preview_->setAccessibleName(tr("Preview of the figure"));
  preview_->setToolTip(tr("The figure as it will be written, scaled to fit here"));

  command_ = new QLineEdit(this);
  command_->setReadOnly(true);
  command_->setAccessibleName(tr("Repeat with"));
  command_->setToolTip(tr("The command that makes the same file from the record"));
  auto* copy = copy_ = new QPushButton(themedIcon(QStringLiteral("copy")), tr("Copy"), this);
  copy->setToolTip(tr("Put the command on the clipboard"));
  auto* row = new QHBoxLayout;
  row->addWidget(new QLabel(tr("Repeat with"), this));
  row->addWidget(command_, 1);
  row->addWidget(copy);
  connect(copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(command_->text()); });

  auto* buttons = new QDialogButtonBox(this);
  auto* save = save_ = buttons->addButton(tr("&Export…"), QDialogButtonBox::ActionRole);
  save->setDefault(true);
  save->setToolTip(tr("Choose the file and write it"));
  connect(save, &QPushButton::clicked, this, &ExportDialog::exportNow);
  if (items_.front().copy) {
    auto* image = buttons->addButton(tr("Copy &image"), QDialogButtonBox::ActionRole);
    image->setToolTip(tr("The card as it is on the screen, and its numbers, to the clipboard"));
    connect(image, &QPushButton::clicked, this, [this] { items_.front().copy(); });
  }
  buttons->addButton(QDialogButtonBox::Cancel);  // last: Qt 6.4 loses the way of Tab where it has to reorder them
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* left = new QVBoxLayout;
  left->addLayout(form);
  left->addWidget(form_);
  left->addStretch(1);
  auto* top = new QHBoxLayout;
  top->addLayout(left, 1);
  top->addWidget(preview_, 0, Qt::AlignTop);
  auto* layout = new QVBoxLayout(this);
  layout->addLayout(top);
  layout->addLayout(row);
  layout->addWidget(buttons);
  for (QComboBox* box : {what_, format_, rows_}) {
    connect(box, &QComboBox::currentIndexChanged, this, &ExportDialog::refresh);
  }
  connect(what_, &QComboBox::currentIndexChanged, this,
          [this] { form_->setItem(items_.front().title, items_.front().legend, !all()); });
  connect(form_, &FigureForm::changed, this, &ExportDialog::refresh);
  form_->setItem(items_.front().title, items_.front().legend, /*alone=*/true);
  refresh();
}

QString ExportDialog::ending() const { return format_->currentData().toString(); }
bool ExportDialog::isCode() const { return ending() == QLatin1String("py") || ending() == QLatin1String("tex"); }
bool ExportDialog::isFigure() const { return !isCode() && ending() != QLatin1String("csv"); }
bool ExportDialog::all() const { return what_->currentIndex() == 1; }
Card::Rows ExportDialog::rowsChosen() const {
  return rows_->currentIndex() == 0 ? Card::Rows::visible : Card::Rows::all;
}

void ExportDialog::refresh() {
  form_->setUses(isFigure(), isFigure() || isCode(), ending() == QLatin1String("png"));
  rows_->setEnabled(!isFigure());
  QStringList lines;
  bool possible = false;
  for (const ExportItem& item : items_) {
    if (!all() && &item != &items_.front()) break;
    possible |= item.render != nullptr || item.table != nullptr;
    const QString line = commandLine(item, item.name + QLatin1Char('.') + ending());
    if (!line.isEmpty()) lines << line;
  }
  command_->setText(!lines.isEmpty() ? lines.join(QStringLiteral(" && "))
                    : possible       ? tr("only from this window")
                                     : tr("only for runs that are recorded"));
  copy_->setEnabled(!lines.isEmpty());
  command_->setCursorPosition(0);
  const QString problem = form_->problem();
  save_->setEnabled(problem.isEmpty());
  save_->setToolTip(problem.isEmpty() ? tr("Choose the file and write it") : problem);
  showPreview();
}

void ExportDialog::showPreview() {
  if (!isFigure()) {
    preview_->setPixmap({});
    preview_->setText(tr("No figure: %1").arg(format_->currentText()));
    return;
  }
  FigureOptions options = form_->options();
  options.colours = items_.front().colours;
  constexpr double kMillimetresPerInch = 25.4;
  const double fits = std::min((kPreviewWidth - 8) / options.width_mm, (kPreviewHeight - 8) / options.height_mm);
  options.dpi = std::clamp(static_cast<int>(fits * kMillimetresPerInch * devicePixelRatioF()), 36, 600);
  try {
    const auto cards = items_.front().figure();
    QList<Card*> pointers;
    for (const auto& card : cards) pointers += card.get();
    QImage image = figure_image(pointers, options);
    image.setDevicePixelRatio(devicePixelRatioF());
    if (image.deviceIndependentSize().width() > kPreviewWidth) {
      image =
          image.scaledToWidth(static_cast<int>((kPreviewWidth - 8) * devicePixelRatioF()), Qt::SmoothTransformation);
    }
    preview_->setPixmap(QPixmap::fromImage(image));
  } catch (const std::exception& error) {
    preview_->setText(QString::fromUtf8(error.what()));
  }
}

QString ExportDialog::commandLine(const ExportItem& item, const QString& file) const {
  if (isCode()) return {};  // no command writes programs
  QStringList words;
  if (isFigure()) {
    if (item.render) words = item.render();
    if (words.isEmpty()) return {};
    words << QStringLiteral("--out") << shellQuoted(file) << form_->words(ending() == QLatin1String("png"));
    if (item.colours) words << QStringLiteral("--colours") << ColourMap::name(*item.colours);
  } else {
    if (item.table) words = item.table(rowsChosen());
    if (words.isEmpty()) return {};
    words << QStringLiteral("--out") << shellQuoted(file);
  }
  return words.join(QLatin1Char(' '));
}

void ExportDialog::writeFigure(const ExportItem& item, const QString& file) {
  FigureOptions options = form_->options();
  options.colours = item.colours;
  const auto cards = item.figure();
  QList<Card*> pointers;
  for (const auto& card : cards) pointers += card.get();
  save_figure(pointers, file, options);
}

void ExportDialog::writeCode(const ExportItem& item, const QString& file) {
  const QFileInfo info(file);
  const auto recipe = item.recipe ? item.recipe() : std::nullopt;
  const FigureCodeOptions options{.csv = info.completeBaseName() + QStringLiteral(".csv"),
                                  .figure = info.completeBaseName() + QStringLiteral(".pdf"),
                                  .width_mm = form_->widthMm(),
                                  .height_mm = form_->heightMm()};
  const QString code = !recipe                           ? QString()
                       : ending() == QLatin1String("py") ? matplotlib_code(*recipe, options)
                                                         : pgfplots_code(*recipe, options);
  if (code.isEmpty()) {
    throw usage_error(tr("%1 has no figure that %2 could draw from its table")
                          .arg(item.title, ending() == QLatin1String("py") ? tr("matplotlib") : tr("pgfplots"))
                          .toStdString());
  }
  write_bytes(info.absolutePath() + QLatin1Char('/') + options.csv, item.numbers(rowsChosen()));
  write_bytes(file, code.toUtf8());
}

void ExportDialog::write(const ExportItem& item, const QString& file) {
  if (isFigure()) return writeFigure(item, file);
  if (isCode()) return writeCode(item, file);
  write_bytes(file, item.numbers(rowsChosen()));
}

QStringList ExportDialog::filesIn(const QString& folder) const {
  QStringList files;
  for (const ExportItem& item : items_) {
    // A card may stand there twice, of two kinds of weights say.
    QString name = item.name;
    const auto path = [&] { return folder + QLatin1Char('/') + name + QLatin1Char('.') + ending(); };
    for (int n = 2; files.contains(path()); ++n) name = QStringLiteral("%1-%2").arg(item.name).arg(n);
    files << path();
  }
  return files;
}

QStringList ExportDialog::writeAll(const QString& folder) {
  QStringList left_out;
  const QStringList files = filesIn(folder);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    try {
      write(items_[i], files[static_cast<qsizetype>(i)]);
    } catch (const Error& error) {
      if (error.kind() != Error::Kind::usage) throw;  // a disk that is full stops all
      left_out << QString::fromUtf8(error.what());
    }
  }
  return left_out;
}

void ExportDialog::exportNow() {
  if (all()) return exportAll();
  QString file = askSaveFile(this, FileKind::figure, tr("Export"),
                             QStringLiteral("%1.%2").arg(items_.front().name, ending()),
                             QStringLiteral("%1 (*.%2)").arg(ending().toUpper(), ending()));
  if (file.isEmpty()) return;
  if (QFileInfo(file).suffix().toLower() != ending()) file += QLatin1Char('.') + ending();
  try {
    writeTo(file);
    accept();
  } catch (const std::exception& error) {
    showError(this, {tr("The card was not exported."), QString::fromUtf8(error.what()), tr("The run is not touched.")});
  }
}

void ExportDialog::exportAll() {
  const QString folder = askFolder(this, FileKind::figure, tr("Export all cards into a folder"));
  if (folder.isEmpty()) return;
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
