// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/card_samples.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QTextBrowser>
#include <QTextDocument>
#include <QVBoxLayout>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/base/event_words.h"
#include "widgets/number_text.h"
#include "widgets/plot_library.h"

namespace variometer {
namespace {

constexpr std::size_t kPage = 50;  // newer ones shown; all are in the table

QString escaped(const std::string& text) {
  return QString::fromStdString(text).toHtmlEscaped().replace(QLatin1Char('\n'), QStringLiteral("<br>"));
}

QString switchesOf(const Sample& sample) { return QString::fromStdString(switch_words(sample.mitigations)); }

QTextBrowser* browser(const QString& name, QWidget* parent) {
  auto* view = new QTextBrowser(parent);
  view->setFrameShape(QFrame::NoFrame);
  view->setOpenLinks(false);
  view->setAccessibleName(name);
  return view;
}

}  // namespace

SamplesCard::SamplesCard(StepAxis* steps, QWidget* parent)
    : Card(QStringLiteral("samples"), tr("Text from the model"),
           tr("What the model wrote up to the step shown, newest on top, under its step and what was switched on then; "
              "drawn at temperature 0.8, the prompt in bold.\n"
              "Every train.sample_every updates, and on demand. Training waits while a text is written."),
           steps, parent),
      summary_(title()) {
  auto* picture = new QWidget(this);
  auto* layout = new QVBoxLayout(picture);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(4);
  auto* row = new QHBoxLayout;
  prompt_ = new QLineEdit(picture);
  prompt_->setPlaceholderText(tr("Prompt; empty: from the beginning of a text"));
  prompt_->setToolTip(
      tr("The text the model goes on from (train.sample_prompt). Enter: from now on, and write one now."));
  prompt_->setAccessibleName(tr("Prompt of the samples"));
  write_ = new QPushButton(tr("Write"), picture);
  write_->setObjectName(QStringLiteral("samples.write"));
  // One place for both words: nothing moves when the one becomes the other.
  write_->setMinimumWidth(write_->fontMetrics().horizontalAdvance(tr("Cancel")) + 28);
  side_by_side_ = new QCheckBox(tr("Side by side"), picture);
  side_by_side_->setToolTip(tr("Two texts beside each other: before and after a switch, say."));
  row->addWidget(prompt_, 1);
  row->addWidget(write_);
  row->addWidget(side_by_side_);
  layout->addLayout(row);
  pages_ = new QStackedWidget(picture);
  view_ = browser(title(), pages_);
  pages_->addWidget(view_);
  pages_->addWidget(buildSides());
  layout->addWidget(pages_, 1);
  setPicture(picture);
  setFocusProxy(view_);
  connect(prompt_, &QLineEdit::returnPressed, this, &SamplesCard::ask);
  connect(write_, &QPushButton::clicked, this, &SamplesCard::ask);
  connect(side_by_side_, &QCheckBox::clicked, this, [this](bool on) {
    side_by_side_->setChecked(!on);
    Q_EMIT stateAboutToChange();
    setSideBySide(on);
    Q_EMIT stateChanged(on ? tr("Texts side by side") : tr("Texts in a list"));
  });
  setSteering(tr("No run is open."));
  fill();
}

QWidget* SamplesCard::buildSides() {
  auto* page = new QWidget(pages_);
  auto* grid = new QGridLayout(page);
  grid->setContentsMargins(0, 0, 0, 0);
  for (int side = 0; side < 2; ++side) {
    const QString name = side == 0 ? tr("Before") : tr("After");
    auto* choice = new QComboBox(page);
    choice->setAccessibleName(name);
    choice->setToolTip(side == 0 ? tr("The text on the left") : tr("The text on the right"));
    choice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    choice->setMinimumContentsLength(12);
    sides_[static_cast<std::size_t>(side)] = {choice, browser(name, page), false};
    grid->addWidget(choice, 0, side);
    grid->addWidget(sides_[static_cast<std::size_t>(side)].view, 1, side);
    grid->setColumnStretch(side, 1);
    connect(choice, &QComboBox::activated, this, [this, side] {
      sides_[static_cast<std::size_t>(side)].chosen = true;
      fillSides();
    });
  }
  grid->setRowStretch(1, 1);
  return page;
}

void SamplesCard::setSideBySide(bool on) {
  side_by_side_->setChecked(on);
  pages_->setCurrentIndex(on ? 1 : 0);
  setFocusProxy(on ? sides_[1].view : view_);
  fill();
}

QVariantMap SamplesCard::state() const { return {{QStringLiteral("side_by_side"), side_by_side_->isChecked()}}; }

void SamplesCard::setState(const QVariantMap& state) {
  if (const auto on = state.constFind(QStringLiteral("side_by_side")); on != state.constEnd()) {
    setSideBySide(on->toBool());
  }
}

void SamplesCard::setSteering(const QString& why_not) {
  why_not_ = why_not;
  showAsking();
}

void SamplesCard::showAsking() {
  const bool writing = sampling_.has_value();
  write_->setText(writing ? tr("Cancel") : tr("Write"));
  write_->setToolTip(!why_not_.isEmpty() ? why_not_
                     : writing           ? tr("Ends the text that is being written; training goes on.")
                                         : tr("A text from this prompt now; training waits for it."));
  write_->setEnabled(why_not_.isEmpty());
  prompt_->setEnabled(why_not_.isEmpty());
}

QString SamplesCard::promptInForce() const {
  if (history() == nullptr) return {};
  const auto& events = history()->events();
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (event->kind != "set" || event->detail.find("train.sample_prompt") == std::string::npos) continue;
    const auto detail = nlohmann::json::parse(event->detail, nullptr, /*allow_exceptions=*/false);
    const auto set = detail.is_object() ? detail.find("set") : detail.end();
    if (set == detail.end() || !set->is_object()) continue;
    const auto prompt = set->find("train.sample_prompt");
    if (prompt != set->end() && prompt->is_string()) return QString::fromStdString(prompt->get<std::string>());
  }
  return QString::fromStdString(history()->info().config.train.sample_prompt);
}

void SamplesCard::ask() {
  if (!why_not_.isEmpty()) return;
  if (sampling_) {
    Q_EMIT commandRequested({.kind = Command::Kind::cancel});
    return;
  }
  if (prompt_->text() != promptInForce()) {
    Q_EMIT commandRequested({.assignments = {{"train.sample_prompt", prompt_->text().toStdString()}}});
  }
  Q_EMIT commandRequested({.kind = Command::Kind::sample});
}

void SamplesCard::restart() {
  n_known_ = n_shown_ = 0;
  sampling_.reset();
  for (Side& side : sides_) side.chosen = false;
  prompt_->setText(promptInForce());
  showAsking();
  fill();
}

void SamplesCard::take(const RunHistory& history) {
  n_known_ = history.samples().size();
  const std::optional<Sampling> now = history.last() ? history.last()->sampling : std::nullopt;
  const bool changed = now.has_value() != sampling_.has_value() || (now && now->n_token != sampling_->n_token);
  sampling_ = now;
  if (!changed) return;
  showAsking();
  fill();
}

void SamplesCard::showStep(const RunHistory& history, std::int64_t step) {
  const auto& samples = history.samples();
  const auto end = std::upper_bound(samples.begin(), samples.end(), step,
                                    [](std::int64_t at, const auto& sample) { return at < sample.first; });
  const auto n = static_cast<std::size_t>(end - samples.begin());
  const QString later = n_known_ > n ? tr("%1 later").arg(n_known_ - n) : QString();
  setFooter(n_known_ == 0 ? QString()
            : n > kPage   ? tr("newest %1 of %2 samples").arg(kPage).arg(n)
            : n == 1      ? tr("1 sample")
                          : tr("%1 samples").arg(n),
            later);
  if (n == n_shown_) return;
  n_shown_ = n;
  fill();
  if (n == 0) return setValue({});
  const auto& [at, sample] = samples[n - 1];
  setValue(tr("step %1").arg(step_text(at)));
  summary_ = tr("At step %1, %2, the model writes: ").arg(step_text(at), switchesOf(sample)) +
             QString::fromStdString(sample.text).left(120);
}

void SamplesCard::themeChanged() {
  if (view_ != nullptr) fill();
}

void SamplesCard::fill() {
  const bool at_top = view_->verticalScrollBar()->value() == 0;
  view_->setHtml(html());
  if (at_top) view_->verticalScrollBar()->setValue(0);
  if (side_by_side_->isChecked()) fillSides();
}

std::size_t SamplesCard::before(std::size_t after) const {
  const auto& samples = history()->samples();
  const Sample& newer = samples[after].second;
  for (std::size_t i = after; i-- > 0;) {
    const Sample& older = samples[i].second;
    if (older.prompt == newer.prompt && switchesOf(older) != switchesOf(newer)) return i;
  }
  return after == 0 ? 0 : after - 1;
}

void SamplesCard::fillSides() {
  for (std::size_t k = 2; k-- > 0;) {
    auto& [choice, view, chosen] = sides_[k];
    const QSignalBlocker quiet(choice);
    const int kept = choice->currentIndex();
    // Oldest first, so that a choice stays where it is when another one comes.
    while (choice->count() > static_cast<int>(n_shown_)) choice->removeItem(choice->count() - 1);
    for (auto i = static_cast<std::size_t>(choice->count()); i < n_shown_; ++i) choice->addItem(headOf(i));
    if (n_shown_ == 0) {
      view->setHtml(html());
      continue;
    }
    chosen = chosen && kept >= 0 && kept < choice->count();
    const std::size_t after = n_shown_ - 1;
    const std::size_t shown = chosen ? static_cast<std::size_t>(kept)
                              : k == 1
                                  ? after
                                  : before(static_cast<std::size_t>(std::max(sides_[1].choice->currentIndex(), 0)));
    choice->setCurrentIndex(static_cast<int>(shown));
    view->setHtml(htmlOf(shown));
  }
}

QString SamplesCard::headOf(std::size_t index) const {
  const auto& [step, sample] = history()->samples()[index];
  return tr("step %1").arg(step_text(step)) + QStringLiteral(" · ") + switchesOf(sample);
}

QString SamplesCard::htmlOf(std::size_t index) const {
  const Sample& sample = history()->samples()[index].second;
  return QStringLiteral(
             "<p style='margin:0 0 8px 0'><span style='color:%1'>%2</span><br>"
             "<span style='color:%3'><b>%4</b>%5</span></p>")
      .arg(currentTheme().muted.name(), headOf(index), currentTheme().text.name(), escaped(sample.prompt),
           escaped(sample.text));
}

QString SamplesCard::html() const {
  const QString muted = currentTheme().muted.name(), ink = currentTheme().text.name();
  QString page;
  if (sampling_) {
    page = QStringLiteral(
               "<p style='margin:0 0 8px 0'><span style='color:%1'>%2</span><br>"
               "<span style='color:%3'><b>%4</b>%5 …</span></p>")
               .arg(muted, tr("writing, %1 of %2 tokens").arg(sampling_->n_token).arg(sampling_->n_most), ink,
                    escaped(sampling_->prompt), escaped(sampling_->text));
  }
  if (n_shown_ == 0) {
    if (sampling_) return page;
    return QStringLiteral("<p style='color:%1'>%2</p>")
        .arg(muted, n_known_ == 0 ? tr("The first sample comes after some hundred steps; ask for one any time.")
                                  : tr("No sample yet at the step shown."));
  }
  for (std::size_t i = n_shown_; i-- > (n_shown_ > kPage ? n_shown_ - kPage : 0);) page += htmlOf(i);
  return page;
}

QString SamplesCard::text() const { return view_->toPlainText(); }

QString SamplesCard::sideText(int side) const { return sides_.at(static_cast<std::size_t>(side)).view->toPlainText(); }

void SamplesCard::paintPicture(QCPPainter& painter, const QRectF& area) {
  const auto draw = [&](const QString& html, const QRectF& place) {
    QTextDocument document;
    document.setDefaultFont(font());
    document.setHtml(html);
    document.setTextWidth(place.width() - 8);
    painter.save();
    painter.setClipRect(place);
    painter.translate(place.topLeft() + QPointF(4, 0));
    document.drawContents(&painter);
    painter.restore();
  };
  if (!side_by_side_->isChecked() || n_shown_ == 0) return draw(html(), area);
  const double half = area.width() / 2;
  for (std::size_t k = 0; k < 2; ++k) {
    const auto index = static_cast<std::size_t>(std::max(sides_[k].choice->currentIndex(), 0));
    draw(htmlOf(index), {area.left() + half * static_cast<double>(k), area.top(), half, area.height()});
  }
}

}  // namespace variometer
