// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/path_text.h"

#include <gtest/gtest.h>

#include "core/base/config_fields.h"
#include "core/base/error.h"
#include "core/base/json_text.h"

namespace variometer {
namespace {

TEST(PathText, OfUtf8IsThePathItself) {
  for (const char* path : {"/tmp/notes.txt", "notes.txt", "/tmp/caf\xC3\xA9 100%.txt", ""}) {
    EXPECT_EQ(path_text(path), path);
    EXPECT_EQ(path_from_text(path), std::filesystem::path(path));
  }
}

TEST(PathText, OfAnyBytesComesBackAsTheSameBytes) {
  for (const char* path : {"/tmp/caf\xE9 100%.txt", "/\xFF/\x01\xC3", "/tmp/caf\xC3\xA9/\xE9"}) {
    const std::string text = path_text(path);
    EXPECT_TRUE(text.starts_with("file:///")) << text;
    EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/-._~%:"),
              std::string::npos)
        << text;
    EXPECT_EQ(path_from_text(text), std::filesystem::path(path));
  }
  EXPECT_EQ(path_from_text(path_text("caf\xE9")), std::filesystem::absolute("caf\xE9"));
}

TEST(PathText, IsNotTakenForAUriWhereAFileIsCalledSo) {
  EXPECT_EQ(path_from_text(path_text("file:///x")), std::filesystem::absolute("file:///x"));
}

TEST(PathText, KeepsTheCorpusOfAConfigUsable) {
  RunConfig config;
  config.data.corpus = "/tmp/caf\xE9.txt";
  const std::string text = json_text(to_json(config));
  EXPECT_EQ(config_from_json(nlohmann::json::parse(text)).data.corpus, config.data.corpus);
}

TEST(JsonText, NeverThrowsForItsContent) {
  EXPECT_EQ(json_text(nlohmann::json("caf\xE9")), "\"caf\xEF\xBF\xBD\"");
  EXPECT_EQ(json_text(nlohmann::json("\xC3\xA9"), -1, JsonCharacters::ascii), "\"\\u00e9\"");
}

TEST(SetField, RefusesATextThatIsNotUtf8ButTakesAnyPath) {
  RunConfig config;
  for (const char* key : {"probe.prompt", "train.sample_prompt", "tvr.blacklist", "model.family"}) {
    try {
      set_field(config, key, "caf\xE9");
      ADD_FAILURE() << key;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Error::Kind::usage);
      EXPECT_NE(std::string(error.what()).find("UTF-8"), std::string::npos) << error.what();
    }
  }
  set_field(config, "data.corpus", "caf\xE9");
  EXPECT_EQ(config.data.corpus, "caf\xE9");
}

}  // namespace
}  // namespace variometer
