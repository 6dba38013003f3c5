// SPDX-License-Identifier: GPL-3.0-or-later
#include <chrono>
#include <filesystem>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/base/path_text.h"
#include "core/checkpoint/checkpoint_folders.h"
#include "core/checkpoint/weights_sha256.h"
#include "core/text/tokenizer_files.h"
#include "core/train/run_loop.h"

namespace variometer {
namespace {

/// Thrown through the tokenizer, or the reading of weights, where the run is stopped meanwhile.
struct Stopped {};

}  // namespace

void RunLoop::find_tokenizer() {
  auto expected = options_.tokenizer_sha256;
  std::filesystem::path from;
  tokenizer_ = bytes_for_run();
  if (!options_.resume.empty()) {
    // A checkpoint carries its tokenizer: nothing else is needed to go on from it.
    from = require_checkpoint(options_.resume);
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
  tokenizer_event_ = {{"path", path_text(std::filesystem::absolute(from))},
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
  const auto tell = [&](double share) { tell_preparation(stop, "tokenizing " + name, share); };
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
    stop_preparation();
    return nullptr;
  }
}

bool RunLoop::name_init(const std::stop_token& stop) {
  constexpr auto kPeriod = std::chrono::milliseconds(100);
  auto told = Clock::now();
  const auto tell = [&](double share) {
    if (Clock::now() - told < kPeriod) return;
    told = Clock::now();
    tell_preparation(stop, "reading the weights of " + options_.init.string(), share);
  };
  try {
    const std::string sha256 = weights_sha256(options_.init, tell);
    message_.clear();
    add_event("init", {{"path", path_text(std::filesystem::absolute(options_.init))}, {"sha256", sha256}});
    return true;
  } catch (const Stopped&) {
    stop_preparation();
    return false;
  }
}

void RunLoop::tell_preparation(const std::stop_token& stop, const std::string& what, double share) {
  if (stop.stop_requested()) throw Stopped();
  while (const auto command = channels_.commands.try_take()) {
    if (command->kind == Command::Kind::stop) throw Stopped();
    early_.push_back(*command);  // they take effect before the first update, as if posted then
  }
  message_ = what + ": " + std::to_string(static_cast<int>(share * 100)) + " %";
  // Without the events that wait for the record, which does not exist yet.
  std::vector<Event> waiting = std::exchange(pending_.events, {});
  publish(/*is_update=*/false);
  pending_.events = std::move(waiting);
}

void RunLoop::stop_preparation() {
  message_.clear();
  state_ = RunState::stopped;
  publish(/*is_update=*/false);
}

}  // namespace variometer
