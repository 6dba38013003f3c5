// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/panel_form.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QSpinBox>
#include <limits>
#include <type_traits>

#include "core/base/config_fields.h"
#include "widgets/theme.h"

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

NumberBox::NumberBox(QWidget* parent) : QDoubleSpinBox(parent) {
  setDecimals(14);
  setRange(-1e12, 1e12);
  setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
  setLocale(QLocale::c());
  setKeyboardTracking(false);
}

QString NumberBox::textFromValue(double value) const { return QString::number(value, 'g', 8); }

double NumberBox::valueFromText(const QString& text) const { return text.trimmed().toDouble(); }

QValidator::State NumberBox::validate(QString& text, int& /*position*/) const {
  bool ok = false;
  const double value = text.trimmed().toDouble(&ok);
  if (ok) return value < minimum() || value > maximum() ? QValidator::Intermediate : QValidator::Acceptable;
  for (const QChar c : text) {
    if (!c.isDigit() && !QStringLiteral("+-.eE ").contains(c)) return QValidator::Invalid;
  }
  return QValidator::Intermediate;
}

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
  QString label = key.mid(key.indexOf(QLatin1Char('.')) + 1);
  return label.replace(QLatin1Char('_'), QLatin1Char(' '));
}

ConfigForm::ConfigForm(const QStringList& keys, QWidget* parent) : QWidget(parent), keys_(keys) {
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
    if (auto* box = qobject_cast<QSpinBox*>(editor)) {
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
  if (kind == QLatin1String("int")) {
    auto* box = new QSpinBox(this);
    box->setRange(0, std::numeric_limits<int>::max());
    box->setLocale(QLocale::c());
    box->setKeyboardTracking(false);
    box->setStepType(QAbstractSpinBox::AdaptiveDecimalStepType);
    connect(box, &QSpinBox::valueChanged, this, edited_now);
    return box;
  }
  if (kind == QLatin1String("number")) {
    auto* box = new NumberBox(this);
    connect(box, &QDoubleSpinBox::valueChanged, this, edited_now);
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
  if (const auto* box = qobject_cast<QSpinBox*>(editor)) return QString::number(box->value());
  if (const auto* box = qobject_cast<NumberBox*>(editor)) return box->textFromValue(box->value());
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
  } else if (auto* spin = qobject_cast<QSpinBox*>(editor)) {
    spin->setValue(value.toInt());
  } else if (auto* number = qobject_cast<NumberBox*>(editor)) {
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
  int row = 0;
  QFormLayout::ItemRole role{};
  layout_->getWidgetPosition(editors_.value(at_fault), &row, &role);
  problem_ = new QLabel(message, this);
  problem_->setObjectName(QStringLiteral("problem"));
  problem_->setWordWrap(true);
  QPalette colours = problem_->palette();
  colours.setColor(QPalette::WindowText, theme_of(*this).error);
  problem_->setPalette(colours);
  layout_->insertRow(row + 1, QString(), problem_);
  return true;
}

void ConfigForm::addToolTip(const QString& key, const QString& more) {
  QWidget* widget = editors_.value(key);
  if (widget != nullptr) widget->setToolTip(widget->toolTip() + QStringLiteral("<p>") + more + QStringLiteral("</p>"));
}

}  // namespace variometer
