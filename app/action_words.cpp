// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/action_words.h"

#include <QHash>

namespace variometer {
namespace {

const QHash<QString, QString>& table() {
  static const QHash<QString, QString> words{
      {QStringLiteral("file.new"), QStringLiteral("train start begin create experiment scratch")},
      {QStringLiteral("file.open"), QStringLiteral("load record history hdf5 h5 log file replay")},
      {QStringLiteral("file.model"),
       QStringLiteral("fine-tune finetune pretrained checkpoint load safetensors gguf continue resume")},
      {QStringLiteral("file.close"), QStringLiteral("end finish tab")},
      {QStringLiteral("file.save"), QStringLiteral("checkpoint safetensors weights store write")},
      {QStringLiteral("file.export"), QStringLiteral("figure picture png svg pdf csv data plot image print download")},
      {QStringLiteral("file.command_line"), QStringLiteral("terminal shell cli script repeat reproduce")},
      {QStringLiteral("file.preferences"), QStringLiteral("settings options configuration folder font")},
      {QStringLiteral("file.quit"), QStringLiteral("exit leave end close window")},
      {QStringLiteral("edit.history"), QStringLiteral("undo list steps timeline")},
      {QStringLiteral("edit.copy"), QStringLiteral("clipboard figure picture numbers tsv")},
      {QStringLiteral("edit.find"), QStringLiteral("search filter parameter weight layer")},
      {QStringLiteral("run.run"), QStringLiteral("play resume continue go start pause halt")},
      {QStringLiteral("run.step"), QStringLiteral("single next update iteration")},
      {QStringLiteral("run.step_n"), QStringLiteral("several updates iterations")},
      {QStringLiteral("run.stop"), QStringLiteral("end finish abort cancel")},
      {QStringLiteral("run.sample"), QStringLiteral("generate completion prompt write")},
      {QStringLiteral("run.record_hidden"), QStringLiteral("activations dump attention maps snapshot")},
      {QStringLiteral("run.learning_rate"), QStringLiteral("lr rate optimizer schedule")},
      {QStringLiteral("run.fork"), QStringLiteral("branch twin compare overlay copy what-if clone")},
      {QStringLiteral("mitigate.tvr"), QStringLiteral("target variance rescaling mitigation switch")},
      {QStringLiteral("mitigate.kv_bias"), QStringLiteral("attention key value bias sink mitigation switch")},
      {QStringLiteral("mitigate.dyt"), QStringLiteral("dynamic tanh norm layernorm rmsnorm mitigation switch")},
      {QStringLiteral("mitigate.undo"), QStringLiteral("back restore revert rewind")},
      {QStringLiteral("view.follow"), QStringLiteral("live hold freeze latest newest scroll")},
      {QStringLiteral("view.play"), QStringLiteral("replay animate animation movie")},
      {QStringLiteral("view.previous"), QStringLiteral("back zoom")},
      {QStringLiteral("view.next"), QStringLiteral("forward zoom")},
      {QStringLiteral("view.fit"), QStringLiteral("reset zoom autoscale all")},
      {QStringLiteral("view.log_x"), QStringLiteral("logarithm scale")},
      {QStringLiteral("view.log_y"), QStringLiteral("logarithm scale")},
      {QStringLiteral("view.tie"), QStringLiteral("link synchronise sync axes")},
      {QStringLiteral("view.cursors"), QStringLiteral("measure difference delta crosshair")},
      {QStringLiteral("view.pin"), QStringLiteral("overlay compare reference baseline keep")},
      {QStringLiteral("view.marker"), QStringLiteral("mark annotation note comment remark label")},
      {QStringLiteral("view.smoothing"), QStringLiteral("ema average")},
      {QStringLiteral("view.table"), QStringLiteral("numbers values data spreadsheet")},
      {QStringLiteral("view.alone"), QStringLiteral("maximise maximize zoom enlarge single")},
      {QStringLiteral("view.presentation"), QStringLiteral("room lecture projector slides teach beamer class present")},
      {QStringLiteral("view.fullscreen"), QStringLiteral("maximise maximize")},
      {QStringLiteral("view.larger"), QStringLiteral("zoom in font size scale bigger accessibility")},
      {QStringLiteral("view.smaller"), QStringLiteral("zoom out font size scale")},
      {QStringLiteral("view.normal"), QStringLiteral("reset zoom font size scale 100")},
      {QStringLiteral("view.reset_layout"), QStringLiteral("default panels docks restore")},
      {QStringLiteral("view.left_panels"), QStringLiteral("sidebar dock model tree")},
      {QStringLiteral("view.right_panels"), QStringLiteral("sidebar dock mitigations probe")},
      {QStringLiteral("view.theme"), QStringLiteral("colours colors night")},
      {QStringLiteral("theme.dark"), QStringLiteral("night black mode")},
      {QStringLiteral("theme.light"), QStringLiteral("day white bright mode")},
      {QStringLiteral("theme.contrast"), QStringLiteral("accessibility mode")},
      {QStringLiteral("theme.print"), QStringLiteral("paper white mode")},
      {QStringLiteral("colours.viridis"), QStringLiteral("color palette heat map")},
      {QStringLiteral("colours.cividis"), QStringLiteral("color palette heat map")},
      {QStringLiteral("colours.magma"), QStringLiteral("color palette heat map")},
      {QStringLiteral("colours.grey"), QStringLiteral("color palette gray heat map")},
      {QStringLiteral("series.add"), QStringLiteral("overlay curve line tensor same plot")},
      {QStringLiteral("series.split"), QStringLiteral("curve line tensor new plot")},
      {QStringLiteral("card.remove"), QStringLiteral("delete close plot")},
      {QStringLiteral("tab.add"), QStringLiteral("new page")},
      {QStringLiteral("tab.remove"), QStringLiteral("delete close page")},
      {QStringLiteral("inspect.open"), QStringLiteral("load checkpoint safetensors gguf look analyse analyze weights")},
      {QStringLiteral("inspect.prompt"), QStringLiteral("text input sentence tokens")},
      {QStringLiteral("inspect.models"), QStringLiteral("overlay side by side difference")},
      {QStringLiteral("inspect.bos"), QStringLiteral("overlay first token sink difference")},
      {QStringLiteral("inspect.pinned"), QStringLiteral("overlay reference baseline difference")},
      {QStringLiteral("inspect.difference"), QStringLiteral("subtract minus delta compare")},
      {QStringLiteral("inspect.massive"), QStringLiteral("outliers largest list")},
      {QStringLiteral("inspect.zero"), QStringLiteral("ablate ablation intervention knock out")},
      {QStringLiteral("inspect.mean"), QStringLiteral("ablate ablation intervention replace")},
      {QStringLiteral("help.keys"), QStringLiteral("shortcuts keyboard mouse help hotkeys")},
      {QStringLiteral("help.folder"), QStringLiteral("files where directory saved")},
      {QStringLiteral("help.about"), QStringLiteral("version licence license")}};
  return words;
}

}  // namespace

QString actionWords(const QString& id) { return table().value(id); }

QStringList actionsWithWords() { return table().keys(); }

}  // namespace variometer
