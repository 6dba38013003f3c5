// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTimer>
#include <QWidget>

#include <array>

#include "app/inspect_side.h"
#include "widgets/colour_map.h"
#include "widgets/inspect_view.h"

class QAction;
class QButtonGroup;
class QCheckBox;
class QComboBox;
class QLabel;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;
class QScrollArea;
class QSplitter;
class QTabWidget;
class QTableWidget;
class QToolButton;

namespace variometer {

class Card;
class CellTestPanel;
class InspectAttention;
class InspectHeatMap;
class InspectSignature;
class WeightHistogram;
class LayerRail;
class MassiveTable;
class NumberField;
class RulePanel;
class TokenStrip;

/// The Inspect perspective: a model (or two), a prompt, and where its activations are large. Complete in itself: the
/// window gives it a way to open models and a place to stand. GUI thread.
class InspectPage : public QWidget {
  Q_OBJECT
 public:
  enum class Compare { none, bos, models, pinned };

  /// Without a way to open models it stays empty.
  explicit InspectPage(OpenInspector open, QWidget* parent = nullptr);
  ~InspectPage() override;

  /// Takes a dropped or chosen model; false when it is none, and the window handles it.
  bool openPath(const QString& path);
  void openModel(const QString& path);
  void openSecondModel(const QString& path);
  void setPrompt(const QString& text);
  QString prompt() const;
  void setLayer(int layer);
  int layer() const { return static_cast<int>(view_.layer); }
  void setMode(InspectView::Mode mode);
  void setCompare(Compare compare);
  Compare compare() const { return compare_; }
  int layerCount() const;
  void stepLayer(int by);
  void stepHead(int by);
  /// Keeps the pass that is shown beside those to come, and compares with it.
  void pin();
  bool hasPinned() const { return pinned_ != nullptr; }
  QAction* pinAction() const;
  /// What is tested is what the panel says: the chosen cell, or all massive ones of the layer.
  void testCells(CellTest::Value value);
  bool canTestCells() const;
  void focusPrompt();
  void focusMassive();
  /// Of maps of sizes; none: each view's own.
  void setColours(std::optional<ColourMap::Kind> kind);
  Card* shownCard() const;
  /// `variometer inspect ...` that prints the same numbers.
  QString commandLine() const;
  /// Whether what is open is a file of stored passes, with no model behind it.
  bool isStored() const { return !first_->facts().stored_passes.empty(); }
  QComboBox* storedBox() const { return stored_; }
  /// Asks where to, and exports the view that is shown.
  void exportView();
  /// To the clipboard: the chosen rows where the table has the focus, else the view that is shown as picture and
  /// numbers. Says what it was.
  QString copy();
  /// The view that is shown, by the ending of `file`: png, svg, pdf or csv. False: the inline line says why not.
  bool exportTo(const QString& file);
  QTabWidget* tabs() const { return tabs_; }
  InspectSignature* signature() const { return signature_; }
  InspectAttention* attention() const { return attention_; }
  InspectAttention* secondAttention() const { return second_attention_; }
  QTableWidget* weightTable() const { return weights_; }
  WeightHistogram* weightHistogram() const { return histogram_; }
  RulePanel* rulePanel() const { return rule_; }
  CellTestPanel* cellTest() const { return test_; }
  QCheckBox* kindBox(TokenKind kind) const { return kinds_[static_cast<std::size_t>(kind)]; }
  QCheckBox* hideSinkBox() const { return hide_sink_; }
  QCheckBox* bosBox() const { return bos_; }
  QPushButton* cancelButton() const { return cancel_; }
  QString status() const;
  QString titleText() const;  ///< the model's name; empty: none is open
  const InspectView& view() const { return view_; }
  void saveLayout() const;
  void restoreLayout();

  InspectSide& side() { return *first_; }
  InspectSide& secondSide() { return *second_; }
  InspectHeatMap* heatMap() const { return map_; }
  InspectHeatMap* secondHeatMap() const { return second_map_; }
  MassiveTable* massiveTable() const { return massive_; }
  TokenStrip* tokenStrip() const { return tokens_; }
  LayerRail* layerRail() const { return rail_; }
  QString problem() const;  ///< the inline error shown, if any

 Q_SIGNALS:
  void modelOpened(const QString& path);
  void titleChanged(const QString& title);

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  // inspect_page_build.cpp
  void build();
  QWidget* buildHead();
  QWidget* buildPrompt();
  QWidget* buildViews();
  void buildMoreViews();
  QWidget* buildMassive();
  QWidget* buildRail();
  QWidget* buildHeatMaps();
  QWidget* buildWeights();
  void retheme();
  // inspect_page.cpp
  void askSoon();
  void ask();
  PromptRequest request(int slot, bool bos) const;
  void showHead();
  void showTokens();
  void fitTokens();
  void showPass();
  void showViews();
  void showRail();
  void showMassive();
  bool listsSecond() const;
  const InspectSide& weightsSide() const;
  void updatePlaces();
  void followRule();
  void followFilter();
  void showPlaces();
  void showCell();
  void runTest(const CellTest& test);
  void showCut();
  void followStored();
  QString passStatus(const InspectedPass& pass) const;
  static QString layersDone(const InspectSide& side, int slot);
  QString trouble() const;
  QString emptyText(const InspectSide& side, int slot) const;
  void jumpTo(const ActivationPlace& place);
  void showToken(int token);
  void showMoreViews();
  void showWeights();
  void showProblem(const QString& text);
  void cancelLoading();
  void copyCommandLine();
  QString weightsText() const;
  QByteArray numbers() const;  // of what is shown, as CSV
  std::vector<std::unique_ptr<Card>> figures() const;
  void enableCompare();
  void adoptPlotActions();
  void linkMaps();
  void align(InspectHeatMap* to, const InspectHeatMap* from);
  std::int64_t tokenShift() const;  ///< token t of the first pass is token t - shift of the second
  PassPtr firstPass() const;
  PassPtr secondPass() const;
  /// Who makes the second pass, where it is made.
  std::pair<const InspectSide*, int> secondSlot() const;

  InspectSide* first_;
  InspectSide* second_;
  Compare compare_ = Compare::none;
  InspectView view_;
  QTimer typing_;
  bool fresh_ = true;     ///< the next pass chooses the layer to show
  bool linking_ = false;  ///< one map is being moved by the other
  QString prompt_problem_;
  QString own_prompt_;  ///< while the stored text stands in its place
  bool prompt_is_stored_ = false;
  std::vector<std::int32_t> shown_ids_;  ///< of the pass that the zoom is of
  PassPtr pinned_;
  TokenizedPrompt pinned_tokens_;
  QString pinned_model_;

  QLabel* name_ = nullptr;
  QLabel* facts_ = nullptr;
  QProgressBar* progress_ = nullptr;
  QPushButton* cancel_ = nullptr;
  QLabel* status_ = nullptr;
  QLabel* cut_ = nullptr;  ///< how much of the text the model does not see
  QLabel* problem_icon_ = nullptr;
  QLabel* problem_ = nullptr;
  QPlainTextEdit* prompt_ = nullptr;
  QCheckBox* bos_ = nullptr;
  NumberField* context_ = nullptr;
  QComboBox* compare_box_ = nullptr;
  QComboBox* stored_ = nullptr;  ///< which of the stored passes
  QPushButton* open_second_ = nullptr;
  TokenStrip* tokens_ = nullptr;
  TokenStrip* second_tokens_ = nullptr;
  QScrollArea* tokens_area_ = nullptr;
  QScrollArea* second_area_ = nullptr;
  QPushButton* export_ = nullptr;
  QLabel* rail_head_ = nullptr;
  LayerRail* rail_ = nullptr;
  QTabWidget* tabs_ = nullptr;
  QButtonGroup* modes_ = nullptr;
  QCheckBox* same_scale_ = nullptr;
  InspectHeatMap* map_ = nullptr;
  InspectHeatMap* second_map_ = nullptr;
  QSplitter* maps_ = nullptr;
  InspectSignature* signature_ = nullptr;
  InspectSignature* second_signature_ = nullptr;
  QCheckBox* hide_sink_ = nullptr;
  QComboBox* colouring_ = nullptr;  ///< of attention
  InspectAttention* attention_ = nullptr;
  InspectAttention* second_attention_ = nullptr;
  QTableWidget* weights_ = nullptr;
  WeightHistogram* histogram_ = nullptr;
  QSplitter* weights_split_ = nullptr;
  QSplitter* main_ = nullptr;
  std::array<QCheckBox*, TokenFilter::kAll.size()> kinds_ = {};
  RulePanel* rule_ = nullptr;
  CellTestPanel* test_ = nullptr;
  QComboBox* massive_what_ = nullptr;
  QComboBox* massive_pass_ = nullptr;   ///< of two passes, whose
  QComboBox* weights_model_ = nullptr;  ///< of two models, whose
  QLabel* massive_note_ = nullptr;
  MassiveTable* massive_ = nullptr;
};

}  // namespace variometer
