// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/inspect.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>

#include "core/analysis/inspect_tap.h"
#include "core/analysis/model_tokenizer.h"
#include "core/analysis/open_model.h"
#include "core/analysis/token_loss.h"
#include "core/base/error.h"
#include "core/base/links.h"
#include "core/base/new_file.h"
#include "core/base/unfinished.h"
#include "core/checkpoint/tensor_bytes.h"
#include "core/model/family.h"
#include "core/record/record_writer.h"

namespace variometer {

namespace {

/// The sequences to show, checked against the vocabulary: a text cut to the context (default: the model's limit, which
/// `warnings` tells of), ids as they are unless a context was asked for.
std::vector<std::vector<std::int32_t>> sequences_of(const InspectOptions& options, const OpenModel& model,
                                                    std::vector<std::string>& warnings) {
  const auto& config = model.decoder.config();
  auto sequences = options.ids;
  if (options.text) {
    if (!model.tokenizer) {
      throw file_error(options.model.string() + ": it has no tokenizer that can be used; give token ids with --ids");
    }
    sequences = {model.tokenizer->encode_for_model(*options.text, options.bos)};
    for (auto& warning : text_warnings(*model.tokenizer, *options.text, sequences.front(), options.bos)) {
      warnings.push_back(std::move(warning));
    }
  }
  if (options.context > config.block_size && family_options(config).positions == PositionKind::learned) {
    throw usage_error("--context " + std::to_string(options.context) + ": this model has " +
                      std::to_string(config.block_size) + " positions");
  }
  const auto limit = static_cast<std::size_t>(options.context > 0 ? options.context : config.block_size);
  for (auto& ids : sequences) {
    if (ids.empty()) throw usage_error("there are no tokens to show to the model; give some text, or --bos");
    if (ids.size() > limit && (options.text || options.context > 0)) {
      if (options.context == 0) {
        warnings.push_back("the text has " + std::to_string(ids.size()) + " tokens; the first " +
                           std::to_string(limit) + ", the model's limit, are shown");
      }
      ids.resize(limit);
    }
    require_in_vocabulary(ids, config.vocab_size);
  }
  return sequences;
}

/// Statistics of the weights as they come by, in the order of the parameters.
class WeightStatistics {
 public:
  void see(const Parameter& parameter) {
    Parameter one{.info = parameter.info, .value = parameter.value.detach().to(at::kFloat)};
    found_[one.info.name] = measure_weights({one}, {}).tensors.front();
  }
  WeightSnapshot of(const std::vector<Parameter>& parameters) const {
    WeightSnapshot snapshot;
    for (const auto& parameter : parameters) {
      if (!parameter.extra) snapshot.tensors.push_back(found_.at(parameter.info.name));
    }
    return snapshot;
  }

 private:
  std::map<std::string, WeightStat> found_;
};

/// A record of the passes under its name once it is whole: what is broken off leaves nothing, and what was there stays.
class SnapshotFile {
 public:
  /// `rule` has room for every token.
  SnapshotFile(const InspectOptions& options, const ProbeConfig& rule, const OpenModel& model,
               const WeightStatistics& statistics, const std::string& dtype)
      : target_(through_links(options.record)),
        folder_(target_.has_parent_path() ? target_.parent_path() : ".", target_.filename().string(),
                Unfinished::Kind::folder),
        file_(folder_.path() / target_.filename()),
        named_(options.record) {
    RunInfo info;
    info.name = model.folder.filename().string();
    info.config.model = model.decoder.config();
    info.config.probe = rule;
    info.n_layer = info.config.model.n_layer;
    info.n_embd = info.config.model.n_embd;
    for (const auto& parameter : model.decoder.parameters()) {
      if (parameter.extra) continue;
      info.tensors.push_back(parameter.info);
      std::int64_t count = 1;
      for (const auto n : parameter.info.shape) count *= n;
      info.n_parameter += count;
    }
    info.device = model.decoder.device().str();
    info.dtype = dtype;
    guarded([&] { writer_ = std::make_unique<RecordWriter>(file_, info, /*overwrite=*/false); });
    weights_ = std::make_shared<WeightSnapshot>(statistics.of(model.decoder.parameters()));
  }

  void write(std::int64_t step, const ActivationSnapshot& activation, const HiddenStates& hidden,
             const ProbeConfig& rule) {
    Snapshot snapshot;
    snapshot.step = step;
    snapshot.state = RunState::finished;
    snapshot.loss = activation.loss;
    snapshot.probe = std::make_shared<ActivationSnapshot>(activation);
    snapshot.probe_config = rule;
    if (step == 0) snapshot.weights = weights_;
    guarded([&] {
      writer_->write(snapshot);
      writer_->write_hidden(hidden);
    });
  }

  void close() {
    guarded([&] { writer_->close(); });
    NewFile place(named_);
    std::filesystem::permissions(file_, std::filesystem::status(place.path()).permissions());
    std::filesystem::rename(file_, place.path());
    place.commit();
  }

 private:
  /// The writer knows the name of the unfinished file, and of a run that could go on; neither is of use here.
  template <class Work>
  void guarded(Work work) const {
    try {
      work();
    } catch (const Error& error) {
      std::string reason = error.what();
      const std::string unfinished = file_.string() + ": ";
      if (reason.starts_with(unfinished)) reason.erase(0, unfinished.size());
      reason = reason.substr(0, reason.find("; what is recorded is safe"));
      throw file_error(named_.string() + ": " + reason + "; nothing is left of it, make room and inspect again");
    }
  }

  std::filesystem::path target_;  // where links lead to
  Unfinished folder_;
  std::filesystem::path file_;   // in it
  std::filesystem::path named_;  // as given, for messages
  std::unique_ptr<RecordWriter> writer_;  // closes before the file goes
  std::shared_ptr<const WeightSnapshot> weights_;
};

void write_dump(const std::filesystem::path& path, std::map<std::string, std::vector<at::Tensor>> parts) {
  std::vector<TensorSource> tensors;
  for (auto& [name, sequences] : parts) tensors.push_back(source_of(name, at::cat(sequences, 0)));
  NewFile file(path);  // a full disk leaves no half of a file, and what was there stays
  write_safetensors(file.path(), std::move(tensors), {});
  file.commit();
}

/// Attention maps of one sequence that are more than that are left out of a snapshot file: it would take as much memory
/// to write them, and disk to keep them.
constexpr double kMostMapBytes = 1e9;

double map_bytes(const ModelConfig& config, std::size_t n_token) {
  return 4.0 * static_cast<double>(config.n_layer * config.n_head) * static_cast<double>(n_token * (n_token + 1));
}

/// So many sequences at a time that the attention of one layer stays below a gigabyte. The same for resident and
/// streamed models, so that both give the same bits.
std::size_t batch_size(const ModelConfig& config, std::size_t n_token) {
  const double bytes = 4.0 * static_cast<double>(config.n_head) * static_cast<double>(n_token * n_token);
  return static_cast<std::size_t>(std::max(1.0, std::floor(1e9 / bytes)));
}

at::Tensor batch_of(const std::vector<std::vector<std::int32_t>>& sequences, std::size_t first, std::size_t n) {
  std::vector<at::Tensor> rows;
  for (std::size_t i = first; i < first + n; ++i) rows.push_back(id_tensor(sequences[i]));
  return at::stack(rows);
}

class InspectRun {
 public:
  explicit InspectRun(const InspectOptions& options) : options_(options), model_(open()) {
    result_.model = std::filesystem::weakly_canonical(model_.folder).filename().string();
    result_.family = model_.decoder.config().family;
    result_.warnings = model_.warnings;
    result_.streamed = model_.streaming;
    result_.dtype = dtype_name(model_.decoder.compute_type());
  }

  Inspection run() {
    const auto sequences = sequences_of(options_, model_, result_.warnings);
    const auto most = batch_size(model_.decoder.config(), sequences.front().size());
    for (std::size_t first = 0; first < sequences.size(); first += most) {
      pass(sequences, first, std::min(most, sequences.size() - first));
    }
    if (file_) file_->close();
    if (!options_.dump.empty()) write_dump(options_.dump, std::move(dumped_));
    return std::move(result_);
  }

 private:
  OpenModel open() {
    OpenOptions how{.device = options_.device, .dtype = options_.dtype, .threads = options_.threads};
    how.stream = options_.stream;
    const bool record = !options_.record.empty();
    how.whole_values = record;
    if (record || options_.progress) {
      how.loaded = [this, record](const Parameter& parameter, std::size_t n_done, std::size_t n_total) {
        if (record) statistics_.see(parameter);
        if (options_.progress) {
          options_.progress(parameter.info.name, static_cast<std::int64_t>(n_done), static_cast<std::int64_t>(n_total));
        }
      };
    }
    return open_model(options_.model, how);
  }

  void pass(const std::vector<std::vector<std::int32_t>>& sequences, std::size_t first, std::size_t n) {
    const bool record = !options_.record.empty(), dump = !options_.dump.empty();
    auto rule = options_.rule;
    rule.max_tokens = std::max<std::int64_t>(rule.max_tokens, std::ssize(sequences[first]));
    const double bytes = map_bytes(model_.decoder.config(), sequences[first].size());
    const bool maps = bytes <= kMostMapBytes;
    if (record && !maps && first == 0) {
      char size[32];
      std::snprintf(size, sizeof(size), "%.1f GB", bytes / 1e9);
      result_.warnings.push_back(options_.record.string() + ": without attention maps, which would take " + size +
                                 " of " + std::to_string(sequences[first].size()) +
                                 " tokens; a --context of fewer tokens keeps them");
    }
    InspectTap tap(model_.decoder.config(), rule, model_.decoder.switches, static_cast<std::int64_t>(n),
                   {.record = record, .maps = maps, .dump = dump, .after_layer = [this](std::int64_t layer) {
                      if (!options_.progress) return;
                      const auto n_layer = model_.decoder.config().n_layer;
                      options_.progress("layer " + std::to_string(layer), layer + 1, n_layer);
                    }});
    const auto input = batch_of(sequences, first, n);
    const auto logits = model_.decoder.logits(input.to(model_.decoder.device()), &tap).to(at::kCPU);
    auto snapshots = tap.snapshots();
    auto hidden = tap.hidden();
    for (std::size_t i = 0; i < n; ++i) {
      const auto& ids = sequences[first + i];
      const auto row = static_cast<std::int64_t>(i);
      InspectedSequence sequence{ids, token_texts_of(ids, model_.tokenizer.get()), std::move(snapshots[i]), {}};
      if (const auto losses = token_losses(logits.slice(0, row, row + 1), input.slice(0, row, row + 1));
          !losses.empty()) {
        sequence.loss = mean_loss(losses);
      }
      sequence.activation.tokens = ids;
      sequence.activation.token_texts = sequence.tokens;
      if (sequence.loss) sequence.activation.loss = static_cast<float>(*sequence.loss);
      if (record) {
        if (!file_) file_ = std::make_unique<SnapshotFile>(options_, rule, model_, statistics_, result_.dtype);
        hidden[i].step = static_cast<std::int64_t>(first + i);
        hidden[i].tokens = ids;
        file_->write(hidden[i].step, sequence.activation, hidden[i], rule);
      }
      result_.sequences.push_back(std::move(sequence));
    }
    if (!dump) return;
    for (const auto& [name, value] : tap.kept()) dumped_[name].push_back(value);
    dumped_["logits"].push_back(logits.to(at::kFloat));
  }

  const InspectOptions& options_;
  WeightStatistics statistics_;
  OpenModel model_;
  std::unique_ptr<SnapshotFile> file_;
  std::map<std::string, std::vector<at::Tensor>> dumped_;
  Inspection result_;
};

}  // namespace

Inspection inspect(const InspectOptions& options) {
  const at::NoGradGuard no_grad;
  return InspectRun(options).run();
}

}  // namespace variometer
