// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mitigation_section.h"

#include <QEvent>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "core/base/config_fields.h"
#include "widgets/change_text.h"
#include "widgets/kept_room.h"
#include "widgets/number_text.h"
#include "widgets/panel_form.h"
#include "widgets/panel_icons.h"
#include "widgets/panel_switch.h"
#include "widgets/typed_number.h"

namespace variometer {
namespace {

struct Texts {
  QString group, title, nature, warning;
  QStringList keys;
};

/// The keys are those of the config under "GROUP.".
Texts textsOf(const QString& group) {
  const std::array<Texts, 3> all{{
      {QStringLiteral("tvr"), QStringLiteral("TVR"), QObject::tr("In place: rescales weights, adds nothing."),
       QObject::tr("Target Variance Rescaling: every <i>step interval</i> updates each 2-D block weight whose "
                   "std / target exceeds the ratio threshold becomes (w − mean) / std · target + mean. "
                   "Switching off leaves the weights as they are."),
       QStringLiteral("target_std ratio_threshold step_interval scale_with_depth blacklist log_granularity")
           .split(' ')},
      {QStringLiteral("kv_bias"), QStringLiteral("KV bias"),
       QObject::tr("Adds parameters: a key and a value per KV head."),
       QObject::tr("Every query may also attend to a learned key k′ with value v′. Not neutral even at zero: "
                   "k′ = 0 still adds e⁰ to the softmax sum. The neutral start hides the slot (logit −20) and "
                   "lets it in over <i>anneal steps</i>. Off again: the slot is masked, its values are kept."),
       QStringLiteral("start anneal_steps warmup_steps weight_decay").split(' ')},
      {QStringLiteral("dyt"), QStringLiteral("DyT"), QObject::tr("Replaces the norm layers; usually the loss jumps."),
       QObject::tr("Dynamic Tanh: weight · tanh(alpha · x) (+ bias) in place of every block norm and the final "
                   "norm. Its full effect needs a run that starts with it. <i>calibrated</i> fits alpha and weight "
                   "to the old norms and jumps less than <i>paper</i>. Off again: the old norms return."),
       QStringLiteral("start warmup_steps alpha_attention alpha_other").split(' ')},
  }};
  Texts texts = *std::find_if(all.begin(), all.end(), [&](const Texts& each) { return each.group == group; });
  for (QString& key : texts.keys) key.prepend(group + QLatin1Char('.'));
  return texts;
}

void addFormulas(ConfigForm* form) {
  const std::array<std::pair<const char*, QString>, 11> more{{
      {"tvr.target_std", QObject::tr("σ*, same unit as the weights. The paper's best, 0.01, is for a width of 2,048; at a width of 64 it "
                   "ruins the model and 0.05 does not. Until one is chosen, one that goes with the weights as they are "
                   "is proposed.")},
      {"tvr.ratio_threshold", QObject::tr("Rescale when σ(w) / σ* &gt; threshold. 1.0 as in the published curves.")},
      {"tvr.step_interval",
       QObject::tr("Optimizer updates between two checks; the first comes right after switching on.")},
      {"tvr.scale_with_depth", QObject::tr("σ* / √layer, layer counted from 1.")},
      {"tvr.blacklist", QObject::tr("Example: self_attn.q_proj,self_attn.k_proj")},
      {"kv_bias.start", QObject::tr("random: k′, v′ ~ N(0, 0.02). neutral: logit offset −20 → 0.")},
      {"kv_bias.warmup_steps",
       QObject::tr("Learning rate of k′ and v′ = η · k / N in the k-th of N updates since switching on, then η: "
                   "AdamW has no moments of them yet. On from the start of a run: the run's own warm-up alone.")},
      {"dyt.start",
       QObject::tr("paper: alpha by width and embeddings × √width. calibrated: least squares on one batch.")},
      {"dyt.warmup_steps",
       QObject::tr("Learning rate of alpha, weight, bias and embedding scale = η · k / N in the k-th of N updates "
                   "since switching on, then η: AdamW has no moments of them yet. Off again: the same for the norms "
                   "that return. 0: 200 after a calibrated start, else none (1: none). On from the start of a run: the "
                   "run's own warm-up alone.")},
      {"dyt.alpha_attention", QObject::tr("tanh(alpha · x); 0 takes the paper's value for this width.")},
      {"dyt.alpha_other", QObject::tr("tanh(alpha · x); 0 takes the paper's value for this width.")},
  }};
  for (const auto& [key, text] : more) form->addToolTip(QString::fromLatin1(key), text);
}

}  // namespace

MitigationSection::MitigationSection(const QString& group, QWidget* parent) : QWidget(parent), group_(group) {
  const Texts texts = textsOf(group);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(10, 8, 10, 10);
  layout->setSpacing(5);

  auto* head = new QHBoxLayout;
  auto* title = new QLabel(texts.title, this);
  QFont bold = title->font();
  bold.setBold(true);
  title->setFont(bold);
  title->setToolTip(QStringLiteral("<p>%1</p>").arg(texts.warning));
  state_label_ = new QLabel(this);
  state_label_->setObjectName(group + QStringLiteral(".state"));
  switch_ = new Switch(this);
  switch_->setObjectName(group + QStringLiteral(".switch"));
  switch_->setAccessibleName(texts.title);
  switch_->setToolTip(QStringLiteral("<p>%1</p>").arg(texts.warning));
  head->addWidget(title);
  head->addStretch(1);
  head->addWidget(state_label_);
  head->addWidget(switch_);
  layout->addLayout(head);

  auto* nature = new QLabel(texts.nature, this);
  nature->setWordWrap(true);
  nature->setToolTip(QStringLiteral("<p>%1</p>").arg(texts.warning));
  layout->addWidget(nature);

  form_ = new ConfigForm(texts.keys, this);
  addFormulas(form_);
  layout->addWidget(form_);

  auto* buttons = new QHBoxLayout;
  preview_button_ = new QPushButton(tr("Preview"), this);
  preview_button_->setObjectName(group + QStringLiteral(".preview"));
  preview_button_->setToolTip(
      tr("Measure, on the probe prompt and one held batch, what it would do. Changes nothing."));
  apply_button_ = new QPushButton(tr("Apply"), this);
  apply_button_->setObjectName(group + QStringLiteral(".apply"));
  apply_button_->setToolTip(tr("Use the edited parameters from the next step on."));
  fork_button_ = new QPushButton(tr("Fork…"), this);
  fork_button_->setObjectName(group + QStringLiteral(".fork"));
  // It comes and goes with the switch, and nothing moves for it.
  QSizePolicy kept = apply_button_->sizePolicy();
  kept.setRetainSizeWhenHidden(true);
  apply_button_->setSizePolicy(kept);
  for (QPushButton* button : {preview_button_, fork_button_, apply_button_}) buttons->addWidget(button);
  buttons->addStretch(1);
  layout->addLayout(buttons);
  sizeButtons();

  result_label_ = new QLabel(this);
  result_label_->setObjectName(group + QStringLiteral(".result"));
  result_label_->setWordWrap(true);
  result_label_->setTextFormat(Qt::RichText);
  result_label_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  result_label_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  result_label_->hide();

  connect(switch_, &Switch::flipRequested, this, &MitigationSection::flip);
  connect(preview_button_, &QPushButton::clicked, this, &MitigationSection::preview);
  connect(apply_button_, &QPushButton::clicked, this, &MitigationSection::applyEdits);
  connect(form_, &ConfigForm::edited, this, [this](const QString& key) {
    if (key == QLatin1String("tvr.target_std")) {
      target_touched_ = true;
      proposeTarget();
    }
    showState();
  });
  connect(fork_button_, &QPushButton::clicked, this, [this] { Q_EMIT forkRequested(proposal()); });
  if (group == QLatin1String("tvr")) setTargetNote({});
  setForkable(false);
  showState();
}

/// Side by side in a narrow panel: the style's least width of a button is more than these words need.
void MitigationSection::sizeButtons() {
  for (QPushButton* button : {preview_button_, fork_button_, apply_button_}) {
    button->setMinimumWidth(button->fontMetrics().horizontalAdvance(button->text()) + 18);
  }
}

void MitigationSection::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::FontChange && fork_button_ != nullptr) sizeButtons();
}

/// Under the name of what it is of: the panel shows the results of all sections in one place.
void MitigationSection::showResult(const QString& html) {
  result_label_->setText(QStringLiteral("<b>%1</b>%2").arg(textsOf(group_).title, html));
  Q_EMIT resultShown();
}

bool MitigationSection::enabledInForce() const {
  return get_field(in_force_, (group_ + QStringLiteral(".enabled")).toStdString()) == "true";
}

std::vector<Assignment> MitigationSection::edits() const { return form_->changesFrom(in_force_); }

void MitigationSection::flip(bool on) {
  if (!poster_ || !steerable_) return;
  if (on && !form_->typedProblem().isEmpty()) {
    // What is written there is no number: nothing is switched until it is.
    showResult(QStringLiteral("<div>%1</div>").arg(form_->typedProblem().toHtmlEscaped()));
    return;
  }
  Command command;
  command.kind = Command::Kind::set;
  command.assignments.push_back({(group_ + QStringLiteral(".enabled")).toStdString(), on ? "true" : "false"});
  if (on) {
    for (Assignment& edit : edits()) command.assignments.push_back(std::move(edit));
  }
  pending_switch_ = poster_(std::move(command));
  if (pending_switch_ != 0) switch_->setPending(on);
  showState();
}

void MitigationSection::setSpread(const ModelConfig& model, const WeightSpread& spread) {
  if (group_ != QLatin1String("tvr") || spread.n_measured == 0) return;
  model_ = model;
  spread_ = spread;
  proposeTarget();
  showState();
}

void MitigationSection::proposeTarget() {
  if (spread_.n_measured == 0) return;
  const QString key = QStringLiteral("tvr.target_std");
  const QString now = value_text(spread_.median);
  const QString proposed = number_as_typed(proposed_tvr_target(model_, spread_));
  if (enabledInForce()) {
    setTargetNote(tr("The weights' median std is %1 now.").arg(now));
  } else if (in_force_.mitigations.tvr.target_std == TvrConfig{}.target_std && !target_touched_) {
    form_->setText(key, proposed);
    setTargetNote(tr("Proposed: %1.").arg(QString::fromStdString(tvr_target_reason(model_, spread_))));
  } else {
    setTargetNote(tr("The weights' median std is %1 now; %2 would be proposed.").arg(now, proposed));
  }
}

/// The line is always there, and as high as the longest of what it may say: nothing below it moves.
void MitigationSection::setTargetNote(const QString& note) {
  form_->setNote(QStringLiteral("tvr.target_std"),
                 note.isEmpty() ? tr("Proposed once the weights are measured.") : note);
  WeightSpread narrow;  // the reason with the most words
  narrow.median = 0.0123;
  narrow.n_measured = 1;
  if (auto* label = form_->findChild<QLabel*>(QStringLiteral("note"))) {
    label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    keepRoomFor(label, {tr("Proposed: %1.").arg(QString::fromStdString(tvr_target_reason(model_, narrow))),
                        tr("The weights' median std is %1 now; %2 would be proposed.").arg(0.0123).arg(0.0123)});
  }
}

void MitigationSection::applyEdits() {
  if (!poster_ || !steerable_) return;
  Command command;
  command.kind = Command::Kind::set;
  command.assignments = edits();
  if (command.assignments.empty()) return;
  pending_edits_ = poster_(std::move(command));
  showState();
}

std::vector<Assignment> MitigationSection::proposal() const {
  std::vector<Assignment> change = edits();
  // Without edits: what would flipping the switch do?
  if (!enabledInForce() || change.empty()) {
    change.push_back({(group_ + QStringLiteral(".enabled")).toStdString(), enabledInForce() ? "false" : "true"});
  }
  return change;
}

void MitigationSection::setForkable(bool forkable) {
  if (forkable == fork_button_->isEnabled() && !fork_button_->toolTip().isEmpty()) return;
  fork_button_->setEnabled(forkable);
  fork_button_->setToolTip(forkable
                               ? tr("Start a second run from the step shown with this changed; this one stays as it is")
                               : tr("Only a run that is recorded can be forked"));
}

void MitigationSection::preview() {
  if (!poster_ || !steerable_) return;
  Command command;
  command.kind = Command::Kind::preview;
  command.assignments = proposal();
  pending_preview_ = poster_(std::move(command));
  if (pending_preview_ != 0) {
    showResult(tr("<div>Measuring at the next step …</div>"));
  }
  showState();
}

void MitigationSection::setSteerable(bool steerable, const QString& reason) {
  steerable_ = steerable;
  for (QWidget* widget : {static_cast<QWidget*>(switch_), static_cast<QWidget*>(form_)}) widget->setEnabled(steerable);
  const QString why = QStringLiteral("<p>%1</p>").arg(reason.isEmpty() ? textsOf(group_).warning : reason);
  switch_->setToolTip(why);
  if (!steerable) {
    pending_switch_ = pending_edits_ = pending_preview_ = 0;
    switch_->settle(enabledInForce());
  }
  showState();
}

void MitigationSection::setInForce(const Mitigations& mitigations, std::int64_t step) {
  if (has_state_ && in_force_.mitigations == mitigations) return;
  const bool was_on = enabledInForce();
  const std::vector<Assignment> kept = has_state_ ? edits() : std::vector<Assignment>{};
  in_force_.mitigations = mitigations;
  if (enabledInForce() != was_on || !has_state_) since_step_ = has_state_ ? step : -1;
  has_state_ = true;
  form_->setValues(in_force_);
  for (const Assignment& edit : kept) {
    form_->setText(QString::fromStdString(edit.key), QString::fromStdString(edit.value));
  }
  if (pending_switch_ == 0) switch_->settle(enabledInForce());
  proposeTarget();
  showState();
}

void MitigationSection::commandSettled(std::int64_t ticket, const Command& /*command*/, const QString& error,
                                       std::int64_t step) {
  const bool mine =
      ticket != 0 && (ticket == pending_switch_ || ticket == pending_edits_ || ticket == pending_preview_);
  if (!mine) return;
  if (ticket == pending_switch_) {
    pending_switch_ = 0;
    if (error.isEmpty()) since_step_ = step;
    switch_->settle(enabledInForce());
  }
  if (ticket == pending_edits_) pending_edits_ = 0;
  if (ticket == pending_preview_) pending_preview_ = 0;
  if (!error.isEmpty()) {
    showResult(tr("<div>Refused: %1</div>").arg(error.toHtmlEscaped()));
  }
  showState();
}

void MitigationSection::showPreview(const Preview& result) {
  if (result.ticket == 0 || result.ticket != pending_preview_) return;
  pending_preview_ = 0;
  QString what;
  for (const Assignment& a : result.assignments) {
    what += (what.isEmpty() ? QString() : QStringLiteral(", ")) + QString::fromStdString(a.key + "=" + a.value);
  }
  const auto row = [](const QString& name, double before, double after) {
    return QStringLiteral(
               "<tr><td>%1&nbsp;&nbsp;</td><td align='right'>%2</td><td>&nbsp;→&nbsp;</td>"
               "<td align='right'><b>%3</b></td><td>&nbsp;&nbsp;%4</td></tr>")
        .arg(name, value_text(before), value_text(after), change_text(before, after));
  };
  showResult(QStringLiteral("<table>%1%2</table><div>%3</div>")
                 .arg(row(tr("loss"), result.loss_before, result.loss_after),
                      row(tr("largest&nbsp;|h|"), result.top_before, result.top_after),
                      tr("%1, measured in %2 s").arg(what.toHtmlEscaped()).arg(result.seconds, 0, 'f', 2)));
  showState();
}

void MitigationSection::reset() {
  pending_switch_ = pending_edits_ = pending_preview_ = 0;
  has_state_ = false;
  since_step_ = -1;
  in_force_ = RunConfig{};
  target_touched_ = false;
  spread_ = {};
  if (group_ == QLatin1String("tvr")) setTargetNote({});
  form_->setValues(in_force_);
  switch_->settle(false);
  result_label_->clear();
  showState();
}

void MitigationSection::showState() {
  QString state;
  if (pending_switch_ != 0) {
    state = tr("pending …");
  } else if (enabledInForce()) {
    state = since_step_ >= 0 ? tr("on since %1").arg(since_step_) : tr("on");
  } else {
    state = since_step_ >= 0 ? tr("off since %1").arg(since_step_) : tr("off");
  }
  state_label_->setText(state);
  const bool edited = !edits().empty();
  apply_button_->setVisible(enabledInForce() || pending_edits_ != 0);
  const bool numbers = form_->typedProblem().isEmpty();
  apply_button_->setEnabled(steerable_ && edited && numbers && pending_edits_ == 0);
  preview_button_->setEnabled(steerable_ && numbers && pending_preview_ == 0);
}

}  // namespace variometer
