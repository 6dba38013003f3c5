// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/preflight.h"

#include <unistd.h>

#include <string>

#include "core/base/error.h"
#include "core/base/links.h"
#include "core/base/own_input.h"
#include "core/checkpoint/checkpoint_folders.h"
#include "core/text/byte_tokenizer.h"
#include "core/text/corpus.h"
#include "core/train/starting_point.h"
#include "core/train/timed_commands.h"

namespace variometer {
namespace {

std::string gigabytes(double bytes) {
  const auto tenths = static_cast<std::int64_t>(bytes / 1e8 + 0.5);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GB";
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

}  // namespace

void check_run(const RunConfig& config, const LiveOptions& options) {
  // What another tokenizer makes of the text is known when it was read.
  const bool bytes = options.tokenizer_sha256 == "" || (options.init.empty() && options.resume.empty());
  if (bytes && config.model.vocab_size < kByteVocabulary) {
    throw usage_error("model.vocab_size = " + std::to_string(config.model.vocab_size) +
                      " is smaller than the tokenizer's " + std::to_string(kByteVocabulary));
  }
  // A GPU's own memory is not known here: there, the allocation that fails says so.
  if (const RunMemory memory = run_memory(config); !memory.fits()) {
    throw device_error("training this model takes about " + gigabytes(memory.total()) + " (weights " +
                       gigabytes(memory.weights) + ", gradients " + gigabytes(memory.gradients) + ", moments " +
                       gigabytes(memory.moments) + ", activations " + gigabytes(memory.activations) + "), and " +
                       gigabytes(memory.available) +
                       " of memory are free; make the model, train.batch_size or model.block_size smaller");
  }
  check_corpus(config.data, bytes ? config.model.block_size : 1);
  check_paths(config, options);
  check_timed(config, timed_switches(options.timed));
}

}  // namespace variometer
