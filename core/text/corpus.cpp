// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/text/corpus.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include "core/base/error.h"
#include "core/text/sentences.h"
#include "core/text/sha256.h"
#include "core/text/utf8.h"

namespace variometer {
namespace {

constexpr const char* kIsEmpty = " is empty; training needs text";

Error too_short(const std::string& name, std::uintmax_t n_byte, std::int64_t block_size) {
  return file_error(name + " has " + std::to_string(n_byte) + " bytes to train on, fewer than model.block_size = " +
                    std::to_string(block_size) + "; give a longer text or a shorter context");
}

constexpr std::size_t kSentenceBytes = 4U << 20U;
constexpr std::uint64_t kSentenceSeed = 1;  // the same text for every run, so that runs can be compared

std::filesystem::file_status require_text_file(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    throw file_error(path + ": no such corpus; check the path, or leave data.corpus empty for the built-in sentences");
  }
  if (std::filesystem::is_directory(status)) throw file_error(path + " is a folder; data.corpus takes one text file");
  return status;
}

std::string read_text(const std::string& path) {
  std::error_code error;
  const auto status = require_text_file(path);
  std::ifstream file(path, std::ios::binary);
  if (!file) throw file_error(path + " cannot be read: " + std::strerror(errno));
  std::string text;
  if (std::filesystem::is_regular_file(status)) text.reserve(std::filesystem::file_size(path, error));
  std::string block(1U << 20U, '\0');
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())), file.gcount() > 0) {
    text.append(block, 0, static_cast<std::size_t>(file.gcount()));
  }
  if (file.bad()) throw file_error(path + " cannot be read to its end: " + std::strerror(errno));
  return text;
}

}  // namespace

void check_corpus(const DataConfig& config, std::int64_t block_size) {
  if (config.corpus.empty()) return;
  std::error_code error;
  if (!std::filesystem::is_regular_file(require_text_file(config.corpus))) return;  // a pipe: its end is not known
  const auto n_byte = std::filesystem::file_size(config.corpus, error);
  if (error) return;
  if (n_byte == 0) throw file_error(config.corpus + kIsEmpty);
  if (n_byte < static_cast<std::uintmax_t>(block_size)) throw too_short(config.corpus, n_byte, block_size);
}

std::shared_ptr<const Corpus> make_corpus(std::string name, std::string text, const DataConfig& config,
                                          std::int64_t block_size) {
  const auto n_context = static_cast<std::size_t>(block_size);
  if (text.empty()) throw file_error(name + kIsEmpty);
  if (const std::size_t at = first_non_text(text); at != std::string::npos) {
    throw file_error(name + " is not text: " + (text[at] == '\0' ? "a NUL" : "no valid UTF-8") + " at byte " +
                     std::to_string(at) + "; give a UTF-8 text file");
  }
  auto corpus = std::make_shared<Corpus>();
  corpus->n_train =
      text.size() - static_cast<std::size_t>(static_cast<double>(text.size()) * config.validation_fraction);
  // A last part that holds no whole window validates nothing: it is trained on instead.
  if (text.size() - corpus->n_train < n_context) corpus->n_train = text.size();
  if (corpus->n_train < n_context) throw too_short(name, corpus->n_train, block_size);
  corpus->sha256 = sha256(text);
  if (!config.sha256.empty() && config.sha256 != corpus->sha256) {
    throw file_error(name + " is not the text this run was trained on (SHA-256 " + corpus->sha256.substr(0, 12) +
                     "..., expected " + config.sha256.substr(0, 12) + "...); give the original file");
  }
  corpus->name = std::move(name);
  corpus->text = std::move(text);
  return corpus;
}

std::shared_ptr<const Corpus> load_corpus(const DataConfig& config, std::int64_t block_size) {
  if (config.corpus.empty()) {
    return make_corpus("built-in sentences", make_sentences(kSentenceSeed, kSentenceBytes), config, block_size);
  }
  return make_corpus(config.corpus, read_text(config.corpus), config, block_size);
}

}  // namespace variometer
