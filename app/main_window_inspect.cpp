// SPDX-License-Identifier: GPL-3.0-or-later
// The Inspect menu: what the perspective's own keys and buttons do, where a menu and the palette find it.
#include <QActionGroup>

#include "app/inspect_page.h"
#include "app/main_window.h"
#include "app/number_dialog.h"
#include "app/model_chooser.h"
#include "app/perspectives.h"
#include "app/run_model.h"
#include "app/run_session.h"
#include "widgets/number_text.h"

namespace variometer {

void MainWindow::buildInspectActions() {
  struct Spec {
    const char* id;
    QString text, tip;
    const char* key;
    const char* icon;
    std::function<void()> run;
    bool in_plots = false;
  };
  using Mode = InspectView::Mode;
  using Compare = InspectPage::Compare;
  const auto add = [this](const Spec& c, bool checkable = false) {
    QList<QKeySequence> keys;
    if (*c.key != '\0') keys << QKeySequence(QString::fromLatin1(c.key));
    return actions_->add({QStringLiteral("inspect.") + QString::fromLatin1(c.id), c.text, c.tip, keys,
                          QString::fromLatin1(c.icon), checkable, c.in_plots},
                         [this, run = c.run] {
                           run();
                           updateInspectActions();
                         });
  };
  const std::vector<Spec> commands = {
      {"open", tr("&Open model…"), tr("A model folder or a .gguf file, to look into"), "Ctrl+I", "open",
       [this] {
         const QString model = askForModel(this, tr("Inspect a model"));
         if (model.isEmpty()) return;
         showPerspective(QStringLiteral("inspect"));
         inspect_->openPath(model);
       }},
      {"stored", tr("&Stored states of this record"),
       tr("Look into the hidden states and attention maps that were recorded on request, step by step"), "", "massive",
       [this] {
         if (shown_ == nullptr || shown_->record_path.isEmpty()) return;
         const QString record = shown_->record_path;
         showPerspective(QStringLiteral("inspect"));
         inspect_->openModel(record);
       }},
      {"run", tr("&This run's model"), tr("Inspect the model of the run that is shown, as it is now"), "Ctrl+Shift+I",
       "lens", [this] { inspectRun(); }},
      {"train", tr("T&rain this model…"), tr("Start a run from the weights of the model that is inspected"), "", "run",
       [this] { openModel(inspected_); }},
      {"prompt", tr("&Probe prompt"), tr("Type another text for the model"), "Ctrl+P", "prompt",
       [this] {
         showPerspective(QStringLiteral("inspect"));
         inspect_->focusPrompt();
       }},
      {"layer_before", tr("Layer &before"), tr("The block below"), "Up", "up", [this] { inspect_->stepLayer(-1); },
       true},
      {"layer_after", tr("Layer &after"), tr("The block above"), "Down", "down", [this] { inspect_->stepLayer(1); },
       true},
      {"layer_go", tr("&Go to layer…"), tr("Choose the block by its number"), "Ctrl+G", "go_to",
       [this] {
         const int last = inspect_->layerCount() - 1;
         const auto layer = askNumber(this, {.title = tr("Go to layer"),
                                             .label = tr("Layer, 0 to %1:").arg(last),
                                             .value = static_cast<double>(inspect_->layer()),
                                             .most = static_cast<double>(last)});
         if (layer) inspect_->setLayer(static_cast<int>(*layer));
       }},
      {"head_before", tr("Head b&efore"), tr("Attention of the head before; before the first, the mean of all"), "PgUp",
       "up", [this] { inspect_->stepHead(-1); }, true},
      {"head_after", tr("Head a&fter"), tr("Attention of the next head"), "PgDown", "down",
       [this] { inspect_->stepHead(1); }, true},
      {"massive", tr("&Massive table"), tr("To the table of the largest activations; Enter jumps to a cell"), "",
       "massive", [this] { inspect_->focusMassive(); }},
      {"zero", tr("Test: set to &zero"),
       tr("The perplexity with the chosen cells set to zero; the model stays as it is"), "", "zero",
       [this] { inspect_->testCells(CellTest::Value::zero); }},
      {"mean", tr("Test: set to m&ean"),
       tr("The perplexity with the chosen cells set to their mean; the model stays as it is"), "", "mean",
       [this] { inspect_->testCells(CellTest::Value::mean); }},
  };
  for (const Spec& command : commands) add(command);
  const auto choice = [&](QActionGroup* group, const Spec& command) { group->addAction(add(command, true)); };
  auto* compare = new QActionGroup(this);
  choice(compare, {"one", tr("One pass"), tr("The prompt once"), "", "magnitude",
                   [this] { inspect_->setCompare(Compare::none); }});
  choice(compare, {"bos", tr("With and without BOS"), tr("The prompt with and without its first token, side by side"),
                   "", "begin", [this] { inspect_->setCompare(Compare::bos); }});
  choice(compare, {"models", tr("Two models"), tr("The prompt in two models, side by side"), "", "two",
                   [this] { inspect_->setCompare(Compare::models); }});
  choice(compare, {"pinned", tr("With the pinned pass"), tr("What is shown beside what was pinned"), "", "pin",
                   [this] { inspect_->setCompare(Compare::pinned); }});
  auto* mode = new QActionGroup(this);
  choice(mode, {"magnitude", tr("|h|"), tr("Magnitude of the residual stream, logarithmic colour"), "", "magnitude",
                [this] { inspect_->setMode(Mode::magnitude); }});
  choice(mode, {"signed", tr("Signed h"), tr("h with its sign: linear within ± the median, logarithmic beyond"), "",
                "signed", [this] { inspect_->setMode(Mode::signed_value); }});
  choice(mode, {"ratio", tr("|h| / median"), tr("How many times the layer's lower median of |h|"), "", "ratio",
                [this] { inspect_->setMode(Mode::ratio); }});
  choice(mode, {"difference", tr("A − B"), tr("The first pass less the second, signed"), "", "difference",
                [this] { inspect_->setMode(Mode::difference); }});
}

void MainWindow::inspectRun() {
  if (shown_ == nullptr) return;
  if (run_model_ == nullptr) {
    run_model_ = new RunModel(this);
    connect(run_model_, &RunModel::failed, this, [this](const QString& why) { toast(tr("Not saved: %1").arg(why)); });
    connect(run_model_, &RunModel::ready, this, [this](const QString& folder, qint64 step, bool saved) {
      showPerspective(QStringLiteral("inspect"));
      inspect_->openModel(folder);
      toast(saved ? tr("The checkpoint of step %1, the newest of this run that is there.").arg(step_text(step))
                  : tr("The model as it was after step %1; the run goes on without it.").arg(step_text(step)));
    });
  }
  toast(tr("The model is saved for Inspect at the next step."));
  if (const QString why = run_model_->request(*session()); !why.isEmpty()) toast(why);
}

void MainWindow::updateInspectActions() {
  const bool here = perspectives_->is("inspect");
  const InspectView& view = inspect_->view();
  const QString elsewhere = here ? QString() : tr("Of the Inspect perspective (Ctrl+3).");
  const QString no_pass = !here ? elsewhere : view.pass ? QString() : tr("No model has read the prompt yet.");
  const auto set = [this](const char* id, const QString& why_not) {
    actions_->setAvailable(QStringLiteral("inspect.") + QString::fromLatin1(id), why_not);
  };
  for (const char* id : {"layer_before", "layer_after", "layer_go", "massive", "magnitude", "signed", "ratio"}) {
    set(id, no_pass);
  }
  set("stored", shown_ == nullptr || shown_->record_path.isEmpty() ? tr("No record is open.")
                : !session()->ended()                              ? tr("The run is still being recorded.")
                                                                   : QString());
  const bool attention = view.pass && !view.pass->attention.empty();
  for (const char* id : {"head_before", "head_after"}) {
    set(id, !no_pass.isEmpty() ? no_pass : attention ? QString() : tr("This model's attention was not computed."));
  }
  const bool testable = inspect_->canTestCells();
  for (const char* id : {"zero", "mean"}) {
    set(id, !no_pass.isEmpty() ? no_pass : testable ? QString() : tr("Choose a cell of the heat map first."));
  }
  for (const char* id : {"one", "bos", "models"}) set(id, elsewhere);
  set("run", shown_ != nullptr ? QString() : tr("No run is open."));
  set("train", !elsewhere.isEmpty()    ? elsewhere
               : inspect_->isStored()  ? tr("This file holds the numbers of one text, not the model.")
               : inspected_.isEmpty()  ? tr("No model is open.")
                                       : QString());
  if (here && inspect_->isStored()) set("bos", tr("This file holds the numbers of one text, not the model."));
  set("pinned", !elsewhere.isEmpty()    ? elsewhere
                : inspect_->hasPinned() ? QString()
                                        : tr("Pin a pass first (P in a plot)."));
  set("difference", !no_pass.isEmpty()                                  ? no_pass
                    : inspect_->compare() != InspectPage::Compare::none ? QString()
                                                                        : tr("Choose what to compare first."));
  const auto check = [this](std::initializer_list<const char*> ids, int chosen) {
    int i = 0;
    for (const char* id : ids) {
      actions_->require(QStringLiteral("inspect.") + QString::fromLatin1(id))->setChecked(i++ == chosen);
    }
  };
  check({"one", "bos", "models", "pinned"}, static_cast<int>(inspect_->compare()));
  check({"magnitude", "signed", "ratio", "difference"}, static_cast<int>(view.mode));
}

}  // namespace variometer
