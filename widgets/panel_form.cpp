// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <type_traits>

#include "core/base/config_fields.h"
#include "core/base/field_labels.h"
#include "widgets/number_field.h"
#include "widgets/theme.h"
#include "widgets/typed_number.h"

namespace variometer {
namespace {

struct FieldShape {
  QString help;
  QString kind;  // bool | int | number | list | text
  QString standard;
};

FieldShape shapeOf(const QString& key) {
  FieldShape shape;
  const RunConfig standard;
  visit_fields(standard, [&](std::string_view name, const auto& field, std::string_view help) {
    if (key.toStdString() != name) return;
    using T = std::decay_t<decltype(field)>;
    shape.help = QString::fromUtf8(help.data(), static_cast<qsizetype>(help.size()));
    shape.kind = std::is_same_v<T, bool>           ? QStringLiteral("bool")
                 : std::is_same_v<T, std::int64_t> ? QStringLiteral("int")
                 : std::is_same_v<T, double>       ? QStringLiteral("number")
                 : std::is_same_v<T, std::string>  ? QStringLiteral("text")
                                                   : QStringLiteral("list");
  });
  shape.standard = QString::fromStdString(get_field(standard, key.toStdString()));
  return shape;
}

}  // namespace

QStringList allowedWords(const QString& key) {
  static const QHash<QString, QStringList> words{
      {QStringLiteral("model.family"),
       QStringLiteral("llama gpt2 mistral qwen2 qwen3 phi3 phi gpt_neox opt falcon olmo olmo2 gemma gemma2 gemma3_text")
           .split(QLatin1Char(' '))},
      {QStringLiteral("train.dtype"), {QStringLiteral("float32"), QStringLiteral("bfloat16")}},
      {QStringLiteral("train.device"), {QStringLiteral("auto"), QStringLiteral("cpu"), QStringLiteral("cuda")}},
      {QStringLiteral("kv_bias.start"), {QStringLiteral("random"), QStringLiteral("neutral")}},
      {QStringLiteral("dyt.start"), {QStringLiteral("paper"), QStringLiteral("calibrated")}},
      {QStringLiteral("tvr.log_granularity"),
       {QStringLiteral("layer"), QStringLiteral("agg"), QStringLiteral("none")}}};
  return words.value(key);
}

QString fieldLabel(const QString& key) {
  const QString label = QString::fromStdString(field_label(key.toStdString()));
  return label.isEmpty() ? key : label;
}

ConfigForm::ConfigForm(const QStringList& keys, QWidget* parent, Labels labels) : QWidget(parent), keys_(keys) {
  layout_ = new QFormLayout(this);
  QFormLayout* layout = layout_;
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setHorizontalSpacing(12);
  layout->setVerticalSpacing(4);
  layout->setFieldGrowthPolicy(QFormLayout::ExpandingFieldsGrow);
  layout->setLabelAlignment(Qt::AlignLeft);
  for (const QString& key : keys) {
    const FieldShape shape = shapeOf(key);
    QWidget* editor = makeEditor(key, shape.kind);
    if (auto* box = qobject_cast<NumberField*>(editor); box != nullptr && shape.kind == QLatin1String("int")) {
      // "key/value heads; 0: as many as query heads": a nought that means something says what.
      const qsizetype nought = shape.help.indexOf(QStringLiteral("; 0: "));
      if (nought >= 0) box->setSpecialValueText(QStringLiteral("0: ") + shape.help.mid(nought + 5));
    }
    editor->setObjectName(key);
    if (shape.kind != QLatin1String("bool")) editor->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    editor->setAccessibleName(fieldLabel(key));
    editor->setToolTip(QStringLiteral("<p><b>%1</b><br>%2. Default: %3</p>")
                           .arg(key.toHtmlEscaped(), shape.help.toHtmlEscaped(),
                                shape.standard.isEmpty() ? QStringLiteral("empty") : shape.standard.toHtmlEscaped()));
    editors_.insert(key, editor);
    tips_.insert(key, editor->toolTip());
    if (labels == Labels::none) {
      layout->addRow(editor);
      continue;
    }
    auto* label = new QLabel(fieldLabel(key), this);
    label->setBuddy(editor);
    label->setToolTip(editor->toolTip());
    layout->addRow(label, editor);
  }
  setValues(RunConfig{});
}

QWidget* ConfigForm::makeEditor(const QString& key, const QString& kind) {
  const auto edited_now = [this, key] { Q_EMIT edited(key); };
  if (kind == QLatin1String("bool")) {
    auto* box = new QCheckBox(this);
    connect(box, &QCheckBox::toggled, this, edited_now);
    return box;
  }
  if (kind == QLatin1String("int") || kind == QLatin1String("number")) {
    const bool whole = kind == QLatin1String("int");
    auto* box = new NumberField(whole ? NumberField::Kind::whole : NumberField::Kind::real, this);
    connect(box, &NumberField::valueChanged, this, edited_now);
    connect(box, &NumberField::problemChanged, this, edited_now);
    return box;
  }
  if (const QStringList words = allowedWords(key); !words.isEmpty()) {
    auto* box = new QComboBox(this);
    box->addItems(words);
    box->setEditable(key == QLatin1String("train.device"));
    connect(box, &QComboBox::currentTextChanged, this, edited_now);
    return box;
  }
  auto* line = new QLineEdit(this);
  line->setMinimumWidth(80);
  connect(line, &QLineEdit::textEdited, this, edited_now);
  return line;
}

void ConfigForm::setValues(const RunConfig& config) {
  for (const QString& key : keys_) setText(key, QString::fromStdString(get_field(config, key.toStdString())));
}

QString ConfigForm::text(const QString& key) const {
  QWidget* editor = editors_.value(key);
  if (const auto* box = qobject_cast<QCheckBox*>(editor)) {
    return box->isChecked() ? QStringLiteral("true") : QStringLiteral("false");
  }
  if (const auto* box = qobject_cast<NumberField*>(editor)) return number_as_typed(box->value());
  if (const auto* box = qobject_cast<QComboBox*>(editor)) return box->currentText().trimmed();
  if (const auto* line = qobject_cast<QLineEdit*>(editor)) return line->text();
  return {};
}

void ConfigForm::setText(const QString& key, const QString& value) {
  QWidget* editor = editors_.value(key);
  if (editor == nullptr) return;
  const QSignalBlocker quiet(editor);
  if (auto* box = qobject_cast<QCheckBox*>(editor)) {
    box->setChecked(value == QLatin1String("true"));
  } else if (auto* number = qobject_cast<NumberField*>(editor)) {
    number->setValue(value.toDouble());
  } else if (auto* words = qobject_cast<QComboBox*>(editor)) {
    if (words->findText(value) < 0 && !words->isEditable()) words->addItem(value);
    words->setCurrentText(value);
  } else if (auto* line = qobject_cast<QLineEdit*>(editor)) {
    line->setText(value);
  }
}

void ConfigForm::writeTo(RunConfig& config) const {
  for (const Assignment& change : changesFrom(config)) set_field(config, change.key, change.value);
}

std::vector<Assignment> ConfigForm::changesFrom(const RunConfig& config) const {
  std::vector<Assignment> changes;
  for (const QString& key : keys_) {
    // Compared as the config would hold it, so that 0.010 and 0.01 are the same.
    RunConfig edited = config;
    set_field(edited, key.toStdString(), text(key).toStdString());
    if (!(edited == config)) changes.push_back({key.toStdString(), get_field(edited, key.toStdString())});
  }
  return changes;
}

bool ConfigForm::showProblem(const QString& message) {
  if (problem_ != nullptr) {
    layout_->removeRow(problem_);  // deletes it
    problem_ = nullptr;
  }
  QString at_fault;
  qsizetype where = -1;
  for (const QString& key : keys_) {
    const qsizetype found = message.indexOf(key);
    const bool better = found >= 0 && (where < 0 || found < where || (found == where && key.size() > at_fault.size()));
    if (better) at_fault = key, where = found;
  }
  if (where < 0) return false;
  problem_ = new QLabel(message, this);
  problem_->setObjectName(QStringLiteral("problem"));
  problem_->setWordWrap(true);
  QPalette colours = problem_->palette();
  colours.setColor(QPalette::WindowText, theme_of(*this).error);
  problem_->setPalette(colours);
  layout_->insertRow(rowOf(at_fault) + 1, QString(), problem_);
  return true;
}

void ConfigForm::addToolTip(const QString& key, const QString& more) {
  QWidget* widget = editors_.value(key);
  if (widget == nullptr) return;
  tips_[key] += QStringLiteral("<p>") + more + QStringLiteral("</p>");
  widget->setToolTip(tips_.value(key));
}

QString ConfigForm::typedProblem() const {
  for (const QString& key : keys_) {
    const auto* box = qobject_cast<NumberField*>(editors_.value(key));
    if (box != nullptr && !box->problem().isEmpty()) return key + QStringLiteral(": ") + box->problem();
  }
  return {};
}

void ConfigForm::setFixed(const QStringList& keys, const QString& reason) {
  for (const QString& key : keys) {
    QWidget* widget = editors_.value(key);
    if (widget == nullptr) continue;
    widget->setEnabled(reason.isEmpty());
    const QString why = reason.isEmpty() ? QString() : QStringLiteral("<p>%1</p>").arg(reason.toHtmlEscaped());
    widget->setToolTip(tips_.value(key) + why);
  }
}

int ConfigForm::rowOf(const QString& key) const {
  int row = 0;
  QFormLayout::ItemRole role{};
  layout_->getWidgetPosition(editors_.value(key), &row, &role);
  return row;
}

void ConfigForm::setNote(const QString& key, const QString& note) {
  if (!editors_.contains(key) || this->note(key) == note) return;
  QLabel* label = notes_.value(key);
  if (note.isEmpty()) {
    layout_->removeRow(label);  // deletes it
    notes_.remove(key);
    return;
  }
  if (label == nullptr) {
    label = new QLabel(this);
    label->setObjectName(QStringLiteral("note"));
    label->setWordWrap(true);
    label->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    label->setForegroundRole(QPalette::PlaceholderText);
    notes_.insert(key, label);
    layout_->insertRow(rowOf(key) + 1, label);  // across the form: a sentence in a narrow field has one word a line
  }
  label->setText(note);
}

QString ConfigForm::note(const QString& key) const {
  const QLabel* label = notes_.value(key);
  return label == nullptr ? QString() : label->text();
}

}  // namespace variometer
