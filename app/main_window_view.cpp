// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QDockWidget>
#include <QFileInfo>
#include <QLabel>
#include <QLayout>
#include <QLocale>
#include <QMessageBox>
#include <QScreen>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTabBar>
#include <QToolBar>
#include <cmath>

#include "app/card_tabs.h"
#include "app/command_palette.h"
#include "app/inspect_page.h"
#include "app/keys_sheet.h"
#include "app/main_window.h"
#include "app/panel_room.h"
#include "app/perspectives.h"
#include "app/preferences_dialog.h"
#include "app/presentation.h"
#include "app/presets.h"
#include "app/settings.h"
#include "app/toast.h"
#include "app/version.h"
#include "app/watchdog.h"
#include "widgets/card.h"
#include "widgets/number_text.h"
#include "widgets/panel_transport.h"
#include "widgets/panel_tree.h"
#include "widgets/theme.h"
#include "widgets/theme_style.h"

namespace variometer {
namespace {

/// One rate in two units: "29.6 steps/s · 30,300 tokens/s".
QString rateText(double steps_per_second, std::int64_t tokens_per_step) {
  if (steps_per_second <= 0) return QObject::tr("0 steps/s");
  const double tokens = steps_per_second * static_cast<double>(tokens_per_step);
  const double unit = std::pow(10.0, std::max(0.0, std::floor(std::log10(std::max(tokens, 1.0))) - 2));
  return QObject::tr("%1 steps/s · %2 tokens/s")
      .arg(steps_per_second, 0, 'f',
           steps_per_second < 1     ? 3
           : steps_per_second < 100 ? 1
                                    : 0)
      .arg(step_text(std::llround(std::round(tokens / unit) * unit)));
}

QString sizeText(qint64 bytes) {
  return QLocale(QLocale::English).formattedDataSize(bytes, 1, QLocale::DataSizeSIFormat);
}

}  // namespace

void MainWindow::buildStatusBar() {
  const auto label = [this](const QString& name, const QString& tip) {
    auto* l = new QLabel(this);
    l->setObjectName(name);
    l->setToolTip(tip);
    l->setContentsMargins(6, 0, 6, 0);
    statusBar()->addPermanentWidget(l);
    return l;
  };
  status_chip_ = label(QStringLiteral("status.chip"), tr("The cards are held; training goes on. End follows again"));
  status_state_ = label(QStringLiteral("status.state"), tr("What the run is doing"));
  status_rate_ = label(QStringLiteral("status.rate"), tr("Optimizer updates and tokens a second"));
  status_cost_ =
      label(QStringLiteral("status.cost"),
            tr("Share of a step spent on measuring, running mean; above the budget the run measures less often"));
  status_ui_ =
      label(QStringLiteral("status.ui"),
            tr("How long the window's event handlers took: 99th percentile of those above 0.1 ms, and the worst"));
  status_record_ = label(QStringLiteral("status.record"), tr("The file the run is recorded in, and its size"));
  status_twin_ = label(QStringLiteral("status.twin"), {});
  status_twin_->hide();
  status_chip_->hide();
  statusBar()->setSizeGripEnabled(false);
}

void MainWindow::updateStatusBar() {
  // Inspect looks at a model, not at the run.
  const bool of_run = shown_ != nullptr && !perspectives_->is("inspect");
  for (QLabel* label : {status_state_, status_rate_, status_cost_, status_ui_, status_record_}) {
    label->setVisible(of_run);
  }
  if (!of_run) {
    status_chip_->hide();
    status_twin_->hide();
    return;
  }
  const QString verdict = shown_->fork && shown_->fork->told ? shown_->fork->verdict() : QString();
  status_twin_->setVisible(!verdict.isEmpty());
  if (!verdict.isEmpty()) {
    status_twin_->setText(shown_->fork->badge());
    status_twin_->setToolTip(verdict);
  }
  const SnapshotPtr& last = session()->history().last();
  status_state_->setText(session()->stateWord());
  if (session()->isLive()) {
    const double rate = session()->stepsPerSecond();
    status_rate_->setText(rateText(rate, session()->tokensPerStep()));
    if (rate > 0 && isDemo(shown_->origin)) measured_rate_ = rate;
    status_cost_->setText(last && last->observe_fraction >= 0
                              ? tr("observing %1 %").arg(static_cast<double>(last->observe_fraction) * 100, 0, 'f', 1)
                              : tr("observing –"));
  }
  status_rate_->setVisible(session()->isLive());
  status_cost_->setVisible(session()->isLive());
  if (const WatchedApplication* app = WatchedApplication::instance()) {
    const WatchedApplication::Delays delays = app->delays();
    status_ui_->setText(tr("UI p99 %1 ms, worst %2 ms").arg(delays.p99, 0, 'f', 1).arg(delays.worst, 0, 'f', 0));
    status_ui_->setToolTip(
        tr("How long the window's event handlers took: 99th percentile of those above 0.1 ms, and the "
           "worst (%1)")
            .arg(app->worstHandler()));
  } else {
    status_ui_->hide();
  }
  if (shown_->record_path.isEmpty()) {
    status_record_->setText(tr("not recorded"));
  } else {
    const QFileInfo file(shown_->record_path);
    const bool recording = session()->isLive() && !session()->ended();
    status_record_->setText((recording ? tr("● recording %1") : QStringLiteral("%1")).arg(sizeText(file.size())));
    status_record_->setToolTip(shown_->record_path);
  }
  fitStatusBar();
}

/// What has no room is left out whole, the least important first; the rest is not cut.
void MainWindow::fitStatusBar() {
  int room = statusBar()->width() - 16;
  for (QLabel* label : {status_chip_, status_state_, status_record_, status_twin_, status_rate_, status_cost_, status_ui_}) {
    if (label->isHidden()) continue;
    room -= label->sizeHint().width() + statusBar()->layout()->spacing();
    if (room < 0) label->hide();
  }
}

void MainWindow::updateTitle() {
  if (perspectives_->is("inspect")) {
    const QString name = inspect_->titleText();
    setWindowTitle(name.isEmpty() ? tr("Inspect – Variometer") : tr("%1 · Inspect – Variometer").arg(name));
    return;
  }
  if (shown_ == nullptr) {
    setWindowTitle(tr("Variometer"));
    return;
  }
  const QLocale locale(QLocale::English);
  setWindowTitle(
      tr("%1 · step %2 · %3 – Variometer")
          .arg(session()->name(), locale.toString(static_cast<qlonglong>(session()->step())), session()->stateWord()));
}

void MainWindow::setThemeNamed(const QString& name) {
  settings().setValue(QStringLiteral("theme"), name);
  auto* app = qobject_cast<QApplication*>(QCoreApplication::instance());
  const Theme::Kind kind = name == QLatin1String("light")      ? Theme::Kind::light
                           : name == QLatin1String("dark")     ? Theme::Kind::dark
                           : name == QLatin1String("contrast") ? Theme::Kind::contrast
                           : name == QLatin1String("print")
                               ? Theme::Kind::print
                               : system_theme(app->property("system_palette").value<QPalette>());
  apply_theme(*app, kind);
  if (QAction* action = actions_->require(QStringLiteral("theme.") + name)) action->setChecked(true);
  actions_->retheme();
}

void MainWindow::setUiScale(int percent) {
  percent = std::clamp(percent, 80, 200);
  settings().setValue(QStringLiteral("scale"), percent);
  applyUiScale();
  toast(tr("Text at %1 %").arg(percent));
}

void MainWindow::applyUiScale() {
  QFont font = qApp->property("system_font").value<QFont>();
  if (font.pointSizeF() <= 0) font.setPointSizeF(10);
  font.setPointSizeF(font.pointSizeF() * settings().value(QStringLiteral("scale"), 100).toInt() / 100);
  QApplication::setFont(font);
  for (QDockWidget* dock : docks_) dock->setFont(font);  // Qt takes the system's font for their titles
  QApplication::setStyle(new ThemeStyle);  // its sizes go by the text
  sizeDocks();
}

void MainWindow::restoreLayout() {
  restoreGeometry(settings().value(QStringLiteral("geometry")).toByteArray());
  // Remembered on a larger screen, or at another scale of the display.
  resize(size().boundedTo(screen()->availableGeometry().size()));
  restoreState(settings().value(QStringLiteral("layout")).toByteArray());
  cards_->restoreLayout(settings().value(QStringLiteral("cards")).toByteArray());
}

void MainWindow::saveLayout() {
  settings().setValue(QStringLiteral("geometry"), saveGeometry());
  if (perspectives_->is("observe")) {
    settings().setValue(QStringLiteral("layout"), saveState());
    for (QDockWidget* dock : docks_) {
      settings().setValue(dock->objectName() + QStringLiteral(".shown"), !dock->isHidden() || room_->hid(dock));
    }
  }
  settings().setValue(QStringLiteral("cards"), cards_->saveLayout());
  settings().sync();
}

void MainWindow::resetLayout() {
  restoreState(standard_layout_);
  cards_->resetLayout();
  const bool shown = perspectives_->is("observe");
  for (QDockWidget* dock : docks_) {
    dock->setFloating(false);
    dock->setVisible(shown);
  }
  sizeDocks();
  mitigation_dock_->raise();
  tool_bar_->setVisible(shown);
  room_->forget();
  room_->fit();
  if (shown) docks_now_ = docksText(), layouts_->note(tr("Reset layout"));
}

void MainWindow::showPreferences() {
  PreferencesDialog dialog(this);
  connect(&dialog, &PreferencesDialog::themeChosen, this, &MainWindow::setThemeNamed);
  connect(&dialog, &PreferencesDialog::scaleChosen, this, &MainWindow::setUiScale);
  dialog.exec();
}

void MainWindow::showKeys() {
  auto* sheet = new KeysSheet(actions_->all(), this);
  sheet->setAttribute(Qt::WA_DeleteOnClose);
  sheet->show();
}

void MainWindow::showAbout() {
  QMessageBox box(this);
  box.setWindowTitle(tr("About Variometer"));
  box.setIconPixmap(windowIcon().pixmap(64, 64));
  box.setText(tr("<h3>Variometer %1</h3>").arg(QString::fromLatin1(kVersion)));
  box.setInformativeText(tr("See the inside of a transformer while it trains.<br><br>"
                            "Target Variance Rescaling: arXiv 2503.17500<br>Attention KV bias: arXiv 2503.22329<br>"
                            "Dynamic Tanh: arXiv 2503.10622<br>Massive activations: arXiv 2402.17762<br><br>"
                            "Free software under the GNU GPL, version 3 or later. It sends nothing anywhere.<br>"
                            "Built on Qt %1, QCustomPlot, LibTorch and HDF5.")
                             .arg(QString::fromLatin1(qVersion())));
  box.exec();
}

void MainWindow::showPalette() {
  updateActions();
  auto* palette = new CommandPalette(actions_->all(), this);
  palette->setAttribute(Qt::WA_DeleteOnClose);
  palette->popUp();
}

void MainWindow::toggleFullScreen() {
  isFullScreen() ? showNormal() : showFullScreen();
  actions_->require(QStringLiteral("view.fullscreen"))->setChecked(isFullScreen());
}

void MainWindow::togglePresentation() {
  if (presentation_ != nullptr) return void(presentation_->close());
  if (shown_ == nullptr) return;
  presentation_ = new Presentation(actions_, &axis_, player_, mitigations_, this);
  QAction* action = actions_->require(QStringLiteral("view.presentation"));
  connect(presentation_, &Presentation::closed, this, [this, action] {
    presentation_ = nullptr;
    action->setChecked(false);
  });
  connect(presentation_, &Presentation::layerRequested, cards_, &CardTabs::layerRequested);
  presentation_->setCards(cards_->layout(), cards_->current() == nullptr ? QString() : cards_->current()->name());
  presentation_->setSession(session());
  presentation_->setScreen(screen());
  presentation_->setGeometry(screen()->geometry());
  presentation_->showFullScreen();
  action->setChecked(true);
}

void MainWindow::sizeDocks() {
  const int text = fontMetrics().height();
  resizeDocks({model_dock_, mitigation_dock_}, {16 * text, 17 * text}, Qt::Horizontal);
  resizeDocks({events_dock_}, {13 * text / 2}, Qt::Vertical);
}

void MainWindow::fitPanels() {
  // Below that, the curves in the tree give way before cards do. In heights of the text.
  constexpr int kSpacious = 86;
  model_->setRoomy(width() / std::max(1, fontMetrics().height()) >= kSpacious);
  fitStatusBar();
  room_->fit();
}

void MainWindow::toggleDocks(Qt::DockWidgetArea area) {
  const auto here = [&](const QDockWidget* dock) {
    return !dock->isFloating() && dockWidgetArea(const_cast<QDockWidget*>(dock)) == area;
  };
  const bool shown =
      std::any_of(docks_.begin(), docks_.end(), [&](const QDockWidget* d) { return here(d) && !d->isHidden(); });
  for (QDockWidget* dock : docks_) {
    if (here(dock)) dock->setVisible(!shown);
  }
  docks_now_ = docksText();
  layouts_->note(shown ? tr("Hide panels") : tr("Show panels"));
}

void MainWindow::toast(const QString& text) {
  Toast::say(presentation_ != nullptr ? static_cast<QWidget*>(presentation_) : this, text);
  statusBar()->showMessage(text, 15000);  // for who looked elsewhere
}

}  // namespace variometer
