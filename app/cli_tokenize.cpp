// SPDX-License-Identifier: GPL-3.0-or-later
#include <unistd.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <iostream>
#include <iterator>
#include <limits>
#include <memory>

#include "app/cli.h"
#include "app/cli_config.h"
#include "app/cli_json.h"
#include "app/cli_process.h"
#include "core/base/error.h"
#include "core/base/json_text.h"
#include "core/base/utf8.h"
#include "core/checkpoint/checkpoint_folders.h"
#include "core/checkpoint/gguf_tokenizer_file.h"
#include "core/text/tokenizer_files.h"

namespace variometer {
namespace {

struct TokenizeRequest {
  std::string model, text = "-", batch;
  bool special = false, decode = false;
  SpecialTokens rule() const { return special ? SpecialTokens::keep : SpecialTokens::leave_out; }
};

using Ids = std::vector<std::int32_t>;

/// A file, or stdin for "-".
std::string read_input(const std::string& path) {
  if (path != "-") return read_file(path);
  if (::isatty(STDIN_FILENO) == 1) report("reading from the terminal; end with Ctrl-D, or give --text FILE");
  return {std::istreambuf_iterator<char>(std::cin), {}};
}

/// Well-formed UTF-8; what was not is U+FFFD now, and the user is told.
std::string read_text(const std::string& path) {
  std::string text = read_input(path);
  if (const auto at = first_malformed(text); at != std::string::npos) {
    report((path == "-" ? "the text" : path) + ": not UTF-8 at byte " + std::to_string(at) +
           "; every malformed part counts as U+FFFD");
    text = printable_utf8(text);
  }
  return text;
}

nlohmann::json read_json(const std::string& path) {
  const std::string text = read_text(path);
  auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) throw file_error((path == "-" ? "stdin" : path) + ": not JSON");
  return json;
}

Ids ids_of(const nlohmann::json& list, const std::string& path) {
  const auto refuse = [&](const std::string& what) { throw file_error((path == "-" ? "stdin" : path) + ": " + what); };
  if (!list.is_array()) refuse("expected a JSON list of token ids");
  Ids ids;
  ids.reserve(list.size());
  for (const auto& id : list) {
    const bool fits = id.is_number_unsigned() && id.get<std::uint64_t>() <= std::numeric_limits<std::int32_t>::max();
    if (!fits) refuse("token ids are whole numbers from 0, not " + json_text(id).substr(0, 40));
    ids.push_back(id.get<std::int32_t>());
  }
  return ids;
}

void append_ids(std::string& line, const Ids& ids) {
  line.push_back('[');
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if (i > 0) line += ", ";
    line += std::to_string(ids[i]);
  }
  line.push_back(']');
}

/// A BOS typed in the text, and one that the post-processor puts before it.
bool has_two_bos(const Ids& ids, const Tokenizer& tokenizer) {
  return tokenizer.bos() && ids.size() > 1 && ids[0] == *tokenizer.bos() && ids[1] == *tokenizer.bos();
}

int tokenize_one(const TokenizeRequest& request, const Tokenizer& tokenizer) {
  if (!request.decode) {
    const auto ids = tokenizer.encode(read_text(request.text), request.rule());
    if (request.special && has_two_bos(ids, tokenizer)) {
      report("the text begins with " + tokenizer.token_text(*tokenizer.bos()) +
             ", the BOS that --special puts before it too: the ids begin with two");
    }
    std::string line = "{\"ids\": ";
    append_ids(line, ids);
    print_line(line + "}");
    return 0;
  }
  const auto json = read_json(request.text);
  const auto& list = json.is_object() && json.contains("ids") ? json["ids"] : json;
  print_line(to_line(Json{{"text", tokenizer.decode(ids_of(list, request.text), request.rule())}}));
  return 0;
}

int tokenize_batch(const TokenizeRequest& request, const Tokenizer& tokenizer) {
  const auto json = read_json(request.batch);
  const std::string name = request.batch == "-" ? "stdin" : request.batch;
  if (!json.is_array()) throw file_error(name + ": not a JSON list");
  std::string line = "[";
  for (const auto& item : json) {
    if (line.size() > 1) line += ", ";
    if (request.decode) {
      line += to_line(Json(tokenizer.decode(ids_of(item, request.batch), request.rule())));
    } else {
      if (!item.is_string()) throw file_error(name + ": every entry must be a text; to decode ids add --decode");
      append_ids(line, tokenizer.encode(item.get_ref<const std::string&>(), request.rule()));
    }
  }
  print_line(line + "]");
  return 0;
}

int tokenize(const TokenizeRequest& request) {
  std::filesystem::path model = request.model;
  // A folder of checkpoints stands for its newest.
  if (std::filesystem::is_directory(model) && (is_checkpoint(model) || !has_tokenizer_files(model))) {
    try {
      model = find_checkpoint(model);
    } catch (const Error&) {  // then load_tokenizer says what is missing
    }
  }
  const auto loaded = load_any_tokenizer(model);
  for (const auto& warning : loaded.warnings) report(warning);
  return request.batch.empty() ? tokenize_one(request, *loaded.tokenizer) : tokenize_batch(request, *loaded.tokenizer);
}

}  // namespace

void add_tokenize_command(CLI::App& app, Invocation& invocation) {
  auto* command = app.add_subcommand("tokenize", "Text to token ids and back, as JSON");
  auto request = std::make_shared<TokenizeRequest>();
  command
      ->add_option("MODEL", request->model,
                   "model folder, folder with nothing but a tokenizer, or its file (tokenizer.json, .model, .gguf)")
      ->required();
  auto* text =
      command->add_option("--text", request->text, "what to tokenize; -: stdin (default)")->type_name("FILE|-");
  command->add_option("--batch", request->batch, "a JSON list of texts, answered by the list of their id lists")
      ->type_name("FILE.json|-")
      ->excludes(text);
  command->add_flag("--special", request->special,
                    "add the special tokens the model's post-processor adds; with --decode, show special tokens");
  command->add_flag("--decode", request->decode, "the way back: ids (as printed, or a JSON list) to text");
  command->footer(
      "\nExamples:\n  echo -n \"Summer is warm.\" | variometer tokenize ./model\n"
      "  variometer tokenize ./model/tokenizer.json --text book.txt --special | jq '.ids | length'\n"
      "  variometer tokenize ./model --text book.txt | variometer tokenize ./model --decode | jq -r .text\n"
      "  echo '[\"one\", \"two\"]' | variometer tokenize ./model --batch -\n\n"
      "Prints {\"ids\": [...]}, with --decode {\"text\": \"...\"}. The text is taken to its last byte, line end "
      "included.\n"
      "What is not UTF-8 counts as U+FFFD. Decoding leaves spaces as they are.");
  command->callback([&invocation, request] { invocation.action = [request] { return tokenize(*request); }; });
}

}  // namespace variometer
