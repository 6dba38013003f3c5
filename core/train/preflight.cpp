// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/preflight.h"

#include <unistd.h>

#include <fstream>
#include <limits>
#include <string>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/links.h"
#include "core/base/own_input.h"
#include "core/checkpoint/checkpoint_folders.h"
#include "core/model/parameter_count.h"
#include "core/text/byte_tokenizer.h"
#include "core/text/corpus.h"
#include "core/train/trainer.h"

namespace variometer {
namespace {

/// MemAvailable of /proc/meminfo; the largest number where that cannot be read.
double available_bytes() {
  std::ifstream file("/proc/meminfo");
  for (std::string key; file >> key;) {
    double kibibytes = 0;
    if (key == "MemAvailable:" && file >> kibibytes) return kibibytes * 1024.0;
    file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  return std::numeric_limits<double>::max();
}

std::string gigabytes(double bytes) {
  const auto tenths = static_cast<std::int64_t>(bytes / 1e8 + 0.5);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
}

double needed_bytes(const RunConfig& config) {
  const ModelConfig& m = config.model;
  const double n_token = static_cast<double>(config.train.batch_size) * static_cast<double>(m.block_size);
  const double kept =
      static_cast<double>(m.n_layer) * (8 * static_cast<double>(m.n_embd) + 3 * static_cast<double>(m.n_inner));
  return 16 * static_cast<double>(count_parameters(m)) + 4 * n_token * kept;
}

void check_paths(const RunConfig& config, const LiveOptions& options) {
  namespace fs = std::filesystem;
  std::error_code error;
  for (const auto& path : {options.record, options.checkpoint, options.resume, options.init}) {
    // A name too long, links in a circle: what cannot even be looked for.
    if (fs::status(path, error).type() == fs::file_type::none) throw file_error(path.string() + ": " + error.message());
  }
  if (!options.record.empty()) {
    check_output_file(options.record, options.overwrite,
                      {{config.data.corpus, "the text the run trains on"},
                       {options.init, "the model the run starts from"},
                       {options.resume, "the checkpoint the run goes on from"}});
    const fs::path there = through_links(options.record);
    const fs::path folder = there.has_parent_path() ? there.parent_path() : fs::path(".");
    if (::access(folder.c_str(), W_OK) != 0)
      throw file_error(folder.string() + " is not writable; record somewhere else");
  }
  if (!options.checkpoint.empty() && fs::exists(options.checkpoint, error) &&
      !fs::is_directory(options.checkpoint, error)) {
    throw file_error(options.checkpoint.string() + " is a file; --checkpoint takes a folder");
  }
  if (!options.checkpoint.empty()) {
    // A run that cannot keep its model should not be begun.
    if (options.checkpoint_every <= 0) require_checkpoint_place(options.checkpoint);
    fs::path there = resolved_path(options.checkpoint);
    while (!fs::exists(there, error) && there.has_relative_path()) there = there.parent_path();
    if (!fs::is_directory(there, error)) throw file_error(there.string() + " is no folder to keep checkpoints in");
    if (::access(there.c_str(), W_OK | X_OK) != 0) {
      throw file_error(there.string() + " is not writable; keep the checkpoints somewhere else");
    }
  }
  for (const auto& path : {options.resume, options.init}) {
    if (!path.empty() && !fs::exists(path, error)) throw file_error(path.string() + ": no such file or folder");
  }
  if (!options.resume.empty() && !options.init.empty()) {
    throw usage_error("--resume and --init exclude each other: a resumed run has its weights already");
  }
}

void check_timed(const RunConfig& config, const std::vector<TimedCommand>& timed) {
  for (const auto& [step, command] : timed) {
    if (step < 1) throw usage_error("--at " + std::to_string(step) + ": updates count from 1");
    RunConfig changed = config;
    for (const auto& [key, value] : command.assignments) {
      set_field(changed, key, value);
      if (!is_live_field(key)) throw usage_error(key + " cannot change while a model trains; use --set");
    }
    resolved(changed);
  }
}

}  // namespace

void check_run(const RunConfig& config, const LiveOptions& options) {
  // What another tokenizer makes of the text is known when it was read.
  const bool bytes = options.tokenizer_sha256 == "" || (options.init.empty() && options.resume.empty());
  if (bytes && config.model.vocab_size < kByteVocabulary) {
    throw usage_error("model.vocab_size = " + std::to_string(config.model.vocab_size) +
                      " is smaller than the tokenizer's " + std::to_string(kByteVocabulary));
  }
  // A GPU's own memory is not known here: there, the allocation that fails says so.
  const std::string& device = config.train.device;
  const bool on_cpu = device == "cpu" || (device == "auto" && choose_device(device).is_cpu());
  if (const double needed = needed_bytes(config), available = available_bytes(); on_cpu && needed > available) {
    throw device_error("training this model takes about " + gigabytes(needed) + ", and " + gigabytes(available) +
                       " of memory are free; make the model or train.batch_size smaller");
  }
  check_corpus(config.data, bytes ? config.model.block_size : 1);
  check_paths(config, options);
  check_timed(config, options.timed);
}

}  // namespace variometer
