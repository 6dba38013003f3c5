// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/export_item.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <cmath>

#include "app/command_line.h"
#include "widgets/card_factory.h"
#include "widgets/card_plot.h"
#include "widgets/step_axis.h"

namespace variometer {
namespace {

std::vector<std::unique_ptr<Card>> figure_of(const Card& card, const RunHistory& history) {
  auto* steps = new StepAxis;
  steps->setExtent(card.steps().first(), card.steps().latest());
  steps->setState(card.steps().state());
  std::unique_ptr<Card> figure(make_card(card.name(), steps, nullptr));
  steps->setParent(figure.get());
  figure->setState(card.state());
  figure->setHistory(&history);
  if (card.frame()) figure->setFrame(card.frame());
  figure->setViewState(card.viewState());
  figure->refresh(Card::Scope::even_hidden);
  std::vector<std::unique_ptr<Card>> one;
  one.push_back(std::move(figure));
  return one;
}

QString range_text(double lower, double upper) {
  return QStringLiteral("%1:%2").arg(QString::number(lower, 'g', 10), QString::number(upper, 'g', 10));
}

/// What the card was set to, apart from what a new one shows of itself.
QString set_text(const Card& card, const RunHistory& history) {
  StepAxis steps;
  const std::unique_ptr<Card> fresh(make_card(card.name(), &steps, nullptr));
  fresh->setHistory(&history);
  fresh->refresh(Card::Scope::even_hidden);
  const QVariantMap unset = fresh->state(), now = card.state();
  QJsonObject set;
  for (auto each = now.begin(); each != now.end(); ++each) {
    if (unset.value(each.key()) != each.value()) set[each.key()] = QJsonValue::fromVariant(each.value());
  }
  return set.isEmpty() ? QString() : QString::fromUtf8(QJsonDocument(set).toJson(QJsonDocument::Compact));
}

QStringList render_words(const Card& card, const QString& record, const QString& set) {
  QStringList words{QStringLiteral("variometer"), QStringLiteral("render"), shellQuoted(record),
                    QStringLiteral("--card"), card.name()};
  if (!set.isEmpty()) words << QStringLiteral("--set") << shellQuoted(set);
  const StepAxis& steps = card.steps();
  if (!steps.following()) words << QStringLiteral("--at") << QString::number(steps.shownStep());
  const auto* plotted = dynamic_cast<const PlotCard*>(&card);
  if (plotted == nullptr) return words;
  const bool whole = steps.range().lower <= static_cast<double>(steps.first()) &&
                     steps.range().upper >= static_cast<double>(steps.latest());
  if (plotted->plot().showsSteps() && !whole) {
    words << QStringLiteral("--steps") << range_text(steps.range().lower, steps.range().upper);
  }
  const QVariantMap view = card.viewState();
  if (!view.value(QStringLiteral("y_free"), true).toBool()) {
    words << QStringLiteral("--y-range") << range_text(plotted->plot().yRange().lower, plotted->plot().yRange().upper);
  }
  return words;
}

QStringList table_words(const Card& card, const QString& record, Card::Rows rows) {
  // `export` has no table of a picture that is kept for the newest step only.
  if (card.name() == QLatin1String("heat_map")) return {};
  const Card::Steps steps = card.visibleSteps();
  if (rows == Card::Rows::visible && steps.last < steps.first) return {};
  QStringList words{QStringLiteral("variometer"),
                    QStringLiteral("export"),
                    shellQuoted(record),
                    QStringLiteral("--what"),
                    QString::fromStdString(card.tableName()),
                    QStringLiteral("--head")};
  if (rows == Card::Rows::visible) {
    words << QStringLiteral("--steps") << QStringLiteral("%1:%2").arg(steps.first).arg(steps.last);
  }
  return words;
}

}  // namespace

ExportItem export_item(Card& card, const RunHistory& history, const QString& record) {
  ExportItem item{.title = card.title(),
                  .name = card.name(),
                  .figure = [&card, &history] { return figure_of(card, history); },
                  .numbers = [&card](Card::Rows rows) { return card.csv(rows); },
                  .legend = card.legendNames(),
                  .colours = card.colours(),
                  .recipe = [&card] { return card.recipe(); },
                  .copy = [&card] { card.copyImage(); }};
  if (record.isEmpty()) return item;
  // The heat map is a picture of the living model; a record has none of it.
  if (card.name() != QLatin1String("heat_map")) {
    item.render = [&card, record, set = set_text(card, history)] { return render_words(card, record, set); };
  }
  item.table = [&card, record](Card::Rows rows) { return table_words(card, record, rows); };
  return item;
}

}  // namespace variometer
