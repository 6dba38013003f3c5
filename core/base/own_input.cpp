// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/own_input.h"

#include <algorithm>
#include <system_error>

#include "core/base/error.h"
#include "core/base/links.h"

namespace variometer {
namespace {

namespace fs = std::filesystem;

bool is_same(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) && !error;
}

/// A model's folder is flat, but for variometer/ of a checkpoint.
constexpr int kDepth = 2;

bool holds(const fs::path& folder, const fs::path& file) {
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, fs::directory_options::skip_permission_denied, error), end;
       !error && at != end; at.increment(error)) {
    if (at.depth() >= kDepth) at.disable_recursion_pending();
    if (is_same(at->path(), file)) return true;
  }
  return false;
}

/// Files beside a model's weights that say what they are: config.json, the tokenizer's.
bool describes_weights(const fs::path& weights, const fs::path& file) {
  const auto kind = weights.extension(), other = file.extension();
  if (kind != ".safetensors" && kind != ".gguf") return false;
  if (other != ".json" && other != ".model" && file.filename() != "merges.txt") return false;
  const auto folder_of = [](const fs::path& path) { return path.has_parent_path() ? path.parent_path() : "."; };
  return is_same(folder_of(weights), folder_of(file));
}

bool is_read(const Input& input, const fs::path& output) {
  std::error_code error;
  if (!fs::exists(output, error)) return false;
  if (is_same(input.path, output)) return true;
  if (!fs::is_directory(input.path, error)) return describes_weights(input.path, output);
  return !fs::is_directory(output, error) && holds(input.path, output);
}

}  // namespace

void refuse_own_input(const fs::path& output, const std::vector<Input>& inputs) {
  if (output.empty()) return;
  for (const Input& input : inputs) {
    if (input.path.empty() || !is_read(input, output)) continue;
    const bool itself = is_same(input.path, output);
    throw usage_error(output.string() + (itself ? " is " : " is part of ") + input.what +
                      (itself ? "" : ", " + input.path.string()) + "; choose another name for what is written");
  }
}

void refuse_folder_of_input(const fs::path& output, const std::vector<Input>& inputs) {
  if (output.empty()) return;
  const fs::path folder = resolved_path(output);
  for (const Input& input : inputs) {
    if (input.path.empty()) continue;
    const fs::path read = resolved_path(input.path);
    const auto [end, ignored] = std::mismatch(folder.begin(), folder.end(), read.begin(), read.end());
    if (end != folder.end()) continue;
    throw usage_error(output.string() + (read == folder ? " is " : " holds ") + input.what + ", " +
                      input.path.string() + "; choose another folder");
  }
}

void check_output_file(const fs::path& output, bool overwrite, const std::vector<Input>& inputs) {
  if (output.empty()) return;
  refuse_own_input(output, inputs);
  std::error_code error;
  const auto status = fs::status(output, error);
  if (status.type() == fs::file_type::none) throw file_error(output.string() + ": " + error.message());
  if (fs::exists(status)) {
    if (fs::is_directory(status)) throw file_error(output.string() + " is a folder, not a file");
    if (!fs::is_regular_file(status)) throw file_error(output.string() + " is no ordinary file; it is not replaced");
    if (!overwrite) throw usage_error(output.string() + " exists; use --overwrite to replace it");
  }
  const fs::path there = through_links(output);
  const fs::path folder = there.has_parent_path() ? there.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, error)) throw file_error(folder.string() + ": no such folder; make it first");
}

}  // namespace variometer
