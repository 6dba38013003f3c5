// SPDX-License-Identifier: GPL-3.0-or-later
#include <filesystem>

#include "core/base/error.h"
#include "core/checkpoint/checkpoint_folders.h"
#include "core/text/tokenizer_files.h"
#include "core/train/run_loop.h"

namespace variometer {
namespace {

/// Thrown through the tokenizer where the run is stopped meanwhile.
struct Stopped {};

}  // namespace

void RunLoop::find_tokenizer() {
  auto expected = options_.tokenizer_sha256;
  std::filesystem::path from;
  tokenizer_ = bytes_for_run();
  if (!options_.resume.empty()) {
    // A checkpoint carries its tokenizer: nothing else is needed to go on from it.
    from = find_checkpoint(options_.resume);
    expected = read_checkpoint_tokenizer(from);
    if (!expected->empty()) tokenizer_ = load_run_tokenizer(from);
  } else if (!options_.init.empty() && expected != "") {
    from = options_.init;
    tokenizer_ = tokenizer_of_model(from, config_.model.vocab_size);
  }
  if (expected && *expected != tokenizer_.sha256) {
    throw file_error(from.string() + ": its tokenizer is not the one this run was trained with (SHA-256 " +
                     (tokenizer_.is_bytes() ? "none" : tokenizer_.sha256.substr(0, 12) + "...") + ", expected " +
                     expected->substr(0, 12) + "...); give the original files");
  }
  if (tokenizer_.is_bytes()) return;
  tokenizer_event_ = {{"path", std::filesystem::absolute(from).string()},
                      {"sha256", tokenizer_.sha256},
                      {"kind", tokenizer_.tokenizer->kind()}};
}

std::shared_ptr<const Corpus> RunLoop::read_corpus(const std::stop_token& stop) {
  const auto block_size = config_.model.block_size;
  if (tokenizer_.is_bytes()) {
    for (const auto& warning : tokenizer_.warnings) add_event("warning", {{"what", warning}});
    return load_corpus(config_.data, block_size);
  }
  const std::string name = config_.data.corpus.empty() ? "the built-in sentences" : config_.data.corpus;
  const auto tell = [&](double share) {
    if (stop.stop_requested()) throw Stopped();
    while (const auto command = channels_.commands.try_take()) {
      if (command->kind == Command::Kind::stop) throw Stopped();
      early_.push_back(*command);  // they take effect before the first update, as if posted then
    }
    message_ = "tokenizing " + name + ": " + std::to_string(static_cast<int>(share * 100)) + " %";
    publish(/*is_update=*/false);
  };
  std::vector<std::string> warnings;
  try {
    auto corpus = load_corpus(config_.data, block_size,
                              {.tokenizer = tokenizer_.tokenizer,
                               .sha256 = tokenizer_.sha256,
                               .vocab_size = config_.model.vocab_size,
                               .progress = tell},
                              warnings);
    message_.clear();
    // Only now: what was published while the text was read is in no record.
    add_event("tokenizer", tokenizer_event_);
    warnings.insert(warnings.begin(), tokenizer_.warnings.begin(), tokenizer_.warnings.end());
    for (const auto& warning : warnings) add_event("warning", {{"what", warning}});
    return corpus;
  } catch (const Stopped&) {
    message_.clear();
    state_ = RunState::stopped;
    publish(/*is_update=*/false);
    return nullptr;
  }
}

}  // namespace variometer
