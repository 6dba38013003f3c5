// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analysis/inspect.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

#include "core/analysis/inspect_tap.h"
#include "core/analysis/open_model.h"
#include "core/base/error.h"
#include "core/checkpoint/tensor_bytes.h"
#include "core/model/family.h"
#include "core/record/record_writer.h"
#include "core/text/byte_tokenizer.h"

namespace variometer {

void DumpingTap::block_output(std::int64_t layer, const at::Tensor& h) {
  probe_.block_output(layer, h);
  keep("layer_out", layer, h);
}

void DumpingTap::attention(std::int64_t layer, const at::Tensor& probabilities) {
  probe_.attention(layer, probabilities);
  keep("attentions", layer, probabilities);
}

void DumpingTap::keep(const char* what, std::int64_t layer, const at::Tensor& value) {
  if (!dump_) return;
  kept_[what + std::string(".") + std::to_string(layer)] = value.detach().to(at::kCPU, at::kFloat).clone();
}

namespace {

/// The sequences to show, cut to the context and checked against the vocabulary.
std::vector<std::vector<std::int32_t>> sequences_of(const InspectOptions& options, const OpenModel& model) {
  const auto& config = model.decoder.config();
  auto sequences = options.ids;
  if (options.text) {
    if (!model.byte_tokenizer) {
      throw file_error(options.model.string() + ": its tokenizer is not supported yet; give token ids with --ids");
    }
    auto ids = encode_bytes(*options.text);  // BOS first
    if (!options.bos) ids.erase(ids.begin());
    sequences = {std::move(ids)};
  }
  if (options.context > config.block_size && family_options(config).positions == PositionKind::learned) {
    throw usage_error("--context " + std::to_string(options.context) + ": this model has " +
                      std::to_string(config.block_size) + " positions");
  }
  const auto limit = static_cast<std::size_t>(options.context > 0 ? options.context : config.block_size);
  for (auto& ids : sequences) {
    if (ids.empty()) throw usage_error("there are no tokens to show to the model; give some text, or --bos");
    if (ids.size() > limit) ids.resize(limit);
    for (const auto id : ids) {
      if (id < 0 || id >= config.vocab_size) {
        throw usage_error("token id " + std::to_string(id) + " is outside this model's vocabulary of " +
                          std::to_string(config.vocab_size));
      }
    }
  }
  return sequences;
}

std::vector<std::string> texts_of(const std::vector<std::int32_t>& ids, bool byte_tokenizer) {
  if (byte_tokenizer) return byte_token_texts(ids);
  std::vector<std::string> texts;
  for (const auto id : ids) texts.push_back("<" + std::to_string(id) + ">");
  return texts;
}

std::optional<double> loss_of(const at::Tensor& logits, const at::Tensor& ids) {
  const auto n_token = ids.size(1);
  if (n_token < 2) return std::nullopt;
  const auto predicted = logits.select(0, 0).slice(0, 0, n_token - 1).to(at::kDouble);  // (T - 1, V)
  return at::cross_entropy_loss(predicted, ids.select(0, 0).slice(0, 1)).item<double>();
}

class SnapshotFile {
 public:
  SnapshotFile(const InspectOptions& options, const OpenModel& model, const std::string& dtype) {
    if (options.record.empty()) return;
    RunInfo info;
    info.name = model.folder.filename().string();
    info.config.model = model.decoder.config();
    info.config.probe = options.rule;
    info.n_layer = info.config.model.n_layer;
    info.n_embd = info.config.model.n_embd;
    for (const auto& parameter : model.decoder.parameters()) {
      if (parameter.extra) continue;
      info.tensors.push_back(parameter.info);
      info.n_parameter += parameter.value.numel();
    }
    info.device = model.decoder.parameters().front().value.device().str();
    info.dtype = dtype;
    writer_ = std::make_unique<RecordWriter>(options.record, info, options.overwrite);
    // Extras are left out above; what is measured must line up with the names.
    for (const auto& parameter : model.decoder.parameters()) {
      if (!parameter.extra) plain_.push_back(parameter);
    }
    weights_ = std::make_shared<WeightSnapshot>(measure_weights(plain_, {}));
  }

  void write(std::int64_t step, const ActivationSnapshot& activation, const HiddenStates& hidden,
             const ProbeConfig& rule) {
    if (!writer_) return;
    Snapshot snapshot;
    snapshot.step = step;
    snapshot.state = RunState::finished;
    snapshot.loss = activation.loss;
    snapshot.probe = std::make_shared<ActivationSnapshot>(activation);
    snapshot.probe_config = rule;
    if (step == 0) snapshot.weights = weights_;
    writer_->write(snapshot);
    writer_->write_hidden(hidden);
  }

  void close() {
    if (writer_) writer_->close();
  }

 private:
  std::unique_ptr<RecordWriter> writer_;
  std::vector<Parameter> plain_;
  std::shared_ptr<const WeightSnapshot> weights_;
};

void write_dump(const std::filesystem::path& path, std::map<std::string, std::vector<at::Tensor>> parts) {
  std::vector<TensorSource> tensors;
  for (auto& [name, sequences] : parts) tensors.push_back(source_of(name, at::cat(sequences, 0)));
  write_safetensors(path, std::move(tensors), {});
}

std::string name_of(at::ScalarType type) {
  return type == at::kBFloat16 ? "bfloat16" : type == at::kHalf ? "float16" : "float32";
}

}  // namespace

Inspection inspect(const InspectOptions& options) {
  auto model = open_model(options.model, options.device, options.dtype, options.threads);
  const auto sequences = sequences_of(options, model);
  const auto device = model.decoder.parameters().front().value.device();
  Inspection result;
  result.model = std::filesystem::weakly_canonical(model.folder).filename().string();
  result.family = model.decoder.config().family;
  result.warnings = model.warnings;
  const at::NoGradGuard no_grad;
  std::unique_ptr<SnapshotFile> file;
  std::map<std::string, std::vector<at::Tensor>> dumped;
  for (std::size_t i = 0; i < sequences.size(); ++i) {
    const auto& ids = sequences[i];
    const bool record = !options.record.empty(), dump = !options.dump.empty();
    auto rule = options.rule;
    rule.max_tokens = std::max<std::int64_t>(rule.max_tokens, static_cast<std::int64_t>(ids.size()));
    ActivationTap probe(model.decoder.config(), rule, model.decoder.switches,
                        {.attention = true, .maps = record, .hidden = record});
    DumpingTap tap(probe, dump);
    const auto input = at::tensor(at::ArrayRef<std::int32_t>(ids), at::kInt).to(at::kLong).unsqueeze(0).to(device);
    const auto logits = model.decoder.logits(input, &tap);
    if (result.dtype.empty()) result.dtype = name_of(logits.scalar_type());

    InspectedSequence sequence{ids, texts_of(ids, model.byte_tokenizer), probe.snapshot(), loss_of(logits, input)};
    sequence.activation.tokens = ids;
    sequence.activation.token_texts = sequence.tokens;
    if (sequence.loss) sequence.activation.loss = static_cast<float>(*sequence.loss);
    if (record) {
      if (!file) file = std::make_unique<SnapshotFile>(options, model, result.dtype);
      auto hidden = probe.hidden(static_cast<std::int64_t>(i));
      hidden.tokens = ids;
      file->write(static_cast<std::int64_t>(i), sequence.activation, hidden, rule);
    }
    if (dump) {
      for (const auto& [name, value] : tap.kept()) dumped[name].push_back(value);
      dumped["logits"].push_back(logits.to(at::kCPU, at::kFloat));
    }
    result.sequences.push_back(std::move(sequence));
  }
  if (file) file->close();
  if (!options.dump.empty()) write_dump(options.dump, std::move(dumped));
  return result;
}

}  // namespace variometer
