// SPDX-License-Identifier: LGPL-2.1-or-later
#include "config.h"

#include <cstdlib>
#include <thread>

#include <sys/stat.h>

#include <gtest/gtest.h>

#include "invocation.h"
#include "support/temp_dir.h"

namespace airforce::cli {
namespace {

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override { unsetenv("AIRFORCE_MODEL"); }
  void TearDown() override { unsetenv("AIRFORCE_MODEL"); }

  Invocation read(const char* command, std::vector<std::string> words = {}) const {
    words.push_back("--config=" + path_);
    Invocation invocation;
    invocation.command = find_command(command);
    read_command_line(invocation, words);
    return invocation;
  }
  std::string refusal(const std::string& text) const {
    test::write_file(path_, text);
    try {
      read("generate");
    } catch (const Error& error) {
      return error.text();
    }
    return "accepted";
  }

  test::TempDir directory_;
  const std::string path_ = directory_.file("habits.toml");
};

TEST_F(ConfigTest, gives_defaults_in_the_names_of_every_front_end) {
  test::write_file(path_,
                   "# habits\nmodel = \"wan-2.6\"\nmax_cost_cents = 250\nsound = true\n"
                   "location = \"{task_id}.mp4\"\n");
  const Invocation invocation = read("generate");
  EXPECT_EQ(invocation.settings.string(Parameter::model), "wan-2.6");
  EXPECT_EQ(invocation.settings.number(Parameter::max_cost_cents), 250);
  EXPECT_TRUE(invocation.settings.flag(Parameter::sound));
  EXPECT_EQ(invocation.settings.string(Parameter::location), "{task_id}.mp4");
}

TEST_F(ConfigTest, counts_less_than_the_environment_and_that_less_than_the_command_line) {
  test::write_file(path_, "model = \"from-file\"\nsound = true\n");
  EXPECT_EQ(read("generate").settings.string(Parameter::model), "from-file");
  setenv("AIRFORCE_MODEL", "from-environment", 1);
  EXPECT_EQ(read("generate").settings.string(Parameter::model), "from-environment");
  const Invocation written = read("generate", {"-mfrom-line", "--sound=false"});
  EXPECT_EQ(written.settings.string(Parameter::model), "from-line");
  EXPECT_FALSE(written.settings.flag(Parameter::sound));
}

TEST_F(ConfigTest, has_a_table_for_a_command) {
  test::write_file(path_, "json = false\n[list]\nlimit = 5\njson = true\n");
  EXPECT_EQ(read("list").limit, 5);
  EXPECT_TRUE(read("ls").json);
  EXPECT_FALSE(read("models").json);
}

TEST_F(ConfigTest, says_what_is_wrong_and_where) {
  EXPECT_NE(refusal("modell = \"x\"\n").find("did you mean model?"), std::string::npos);
  EXPECT_NE(refusal("timeout = \"soon\"\n").find("timeout in " + path_), std::string::npos);
  EXPECT_NE(refusal("[lits]\nlimit = 5\n").find("[lits]"), std::string::npos);
  const std::string key = refusal("api_key = \"sk-air-canary\"\n");
  EXPECT_NE(key.find("api-key-file"), std::string::npos) << key;
  EXPECT_EQ(key.find("canary"), std::string::npos) << key;
  // A prompt is not a habit.
  EXPECT_NE(refusal("prompt = \"a fox\"\n").find("no setting prompt"), std::string::npos);
}

TEST_F(ConfigTest, comes_from_a_pipe_but_not_without_an_end) {
  ASSERT_EQ(mkfifo(path_.c_str(), 0600), 0);
  std::thread writer([this] { test::write_file(path_, "model = \"piped\"\n"); });
  EXPECT_EQ(read("generate").settings.string(Parameter::model), "piped");
  writer.join();
  Invocation invocation;
  invocation.command = find_command("generate");
  EXPECT_THROW(read_command_line(invocation, {"--config=/dev/zero"}), Error);
}

TEST_F(ConfigTest, does_not_keep_the_help_from_being_shown) {
  test::write_file(path_, "modell = \"x\"\n");
  EXPECT_TRUE(read("generate", {"--help"}).help);
}

}  // namespace
}  // namespace airforce::cli
