// SPDX-License-Identifier: LGPL-2.1-or-later
#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

#include "exit_codes.h"
#include "help.h"
#include "invocation.h"

namespace airforce::cli {
namespace {

Invocation read(const char* command, const std::vector<std::string>& words) {
  Invocation invocation;
  invocation.command = find_command(command);
  read_command_line(invocation, words);
  return invocation;
}

std::string refusal(const char* command, const std::vector<std::string>& words) {
  try {
    read(command, words);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::Settings);
    return error.text();
  }
  return "accepted";
}

std::vector<Option> all_options(const CommandInfo& command) {
  std::vector<Option> all;
  for (const OptionGroup& group : options_of(command))
    all.insert(all.end(), group.options.begin(), group.options.end());
  return all;
}

TEST(CommandLine, offers_every_parameter_that_has_a_flag_to_generate) {
  const std::vector<Option> options = all_options(*find_command("generate"));
  for (const ParameterInfo& parameter : parameters()) {
    const auto it = std::find_if(options.begin(), options.end(), [&](const Option& option) {
      return option.parameter == &parameter;
    });
    EXPECT_EQ(it != options.end(), parameter.flag != nullptr) << parameter.name;
  }
}

TEST(CommandLine, sets_each_parameter_by_its_flag) {
  for (const ParameterInfo& parameter : parameters()) {
    if (parameter.flag == nullptr) continue;
    const std::string flag = std::string("--") + parameter.flag;
    std::vector<std::string> words{flag};
    switch (parameter.type) {
      case ParameterType::Bool: break;
      case ParameterType::Choice: words.emplace_back(choices(parameter.id).at(1).name); break;
      case ParameterType::Int:
      case ParameterType::Int64:
      case ParameterType::Double: words.emplace_back("7"); break;
      default: words.emplace_back("a b"); break;
    }
    EXPECT_FALSE(read("generate", words).settings == Settings::for_order()) << flag;
  }
}

TEST(CommandLine, mixes_options_and_arguments) {
  const Invocation invocation = read("generate", {"--model", "wan-2.6", "A fox", "-o", "fox.mp4",
                                                  "--sound", "--image=a.png", "--image", "b.png"});
  EXPECT_EQ(invocation.arguments, std::vector<std::string>{"A fox"});
  EXPECT_EQ(invocation.settings.string(Parameter::model), "wan-2.6");
  EXPECT_EQ(invocation.settings.string(Parameter::location), "fox.mp4");
  EXPECT_TRUE(invocation.settings.flag(Parameter::sound));
  EXPECT_EQ(invocation.settings.list(Parameter::input_images),
            (std::vector<std::string>{"a.png", "b.png"}));
}

TEST(CommandLine, takes_a_prompt_that_begins_with_a_dash_behind_two) {
  EXPECT_EQ(read("generate", {"--sound", "--", "--a fox--"}).arguments,
            std::vector<std::string>{"--a fox--"});
}

TEST(CommandLine, takes_a_negative_number_as_a_value) {
  EXPECT_EQ(read("generate", {"--seed", "-1"}).settings.integer(Parameter::seed), -1);
}

TEST(CommandLine, says_what_a_value_must_be) {
  const std::string text = refusal("generate", {"--duration-seconds", "soon"});
  EXPECT_NE(text.find("duration"), std::string::npos) << text;
  EXPECT_NE(text.find("'soon'"), std::string::npos) << text;
  EXPECT_NE(text.find("airforce-video generate --help"), std::string::npos) << text;
  EXPECT_NE(refusal("generate", {"--mode=movie"}).find("reference"), std::string::npos);
  EXPECT_NE(refusal("list", {"--limit=201"}).find("200"), std::string::npos);
  EXPECT_NE(refusal("list", {"--status=soon"}).find("completed"), std::string::npos);
}

TEST(CommandLine, says_which_option_was_meant) {
  EXPECT_EQ(refusal("generate", {"--modle=wan-2.6"}),
            "there is no option --modle; did you mean --model?; nothing was charged; see "
            "airforce-video generate --help");
  EXPECT_NE(refusal("generate", {"--timeout=0"}).find("--timeout must be"), std::string::npos);
}

TEST(CommandLine, refuses_options_of_another_command) {
  EXPECT_NE(refusal("status", {"--model=wan-2.6"}).find("--model"), std::string::npos);
}

TEST(CommandLine, never_repeats_a_key) {
  for (const char* word :
       {"--api-key=sk-air-canary", "--key=sk-air-canary", "--api_key=sk-air-canary"}) {
    const std::string text = refusal("generate", {word});
    EXPECT_EQ(text.find("canary"), std::string::npos) << text;
    EXPECT_NE(text.find("AIRFORCE_API_KEY"), std::string::npos) << text;
  }
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--api-key", "sk-air-canary"},
        {"--apikey=canary"},
        {"--sk-air-canary"},
        {"-ksk-air-canary"}}) {
    const std::string text = refusal("generate", words);
    EXPECT_EQ(text.find("canary"), std::string::npos) << text;
  }
}

TEST(CommandLine, has_one_exit_code_for_each_kind_of_error) {
  for (int kind = static_cast<int>(ErrorKind::Settings);
       kind <= static_cast<int>(ErrorKind::Internal); ++kind) {
    const int code = exit_code_of(static_cast<ErrorKind>(kind), 0);
    EXPECT_NE(code, 0) << kind;
    EXPECT_TRUE(std::any_of(kExitCodes.begin(), kExitCodes.end(), [&](const ExitCodeInfo& info) {
      return info.code == code;
    })) << kind;
  }
  EXPECT_EQ(exit_code_of(ErrorKind::Cancelled, 15), 143);
}

TEST(Help, fits_its_columns) {
  for (const int columns : {60, 80, 100}) {
    for (const CommandInfo& command : commands()) {
      std::istringstream lines(command_help(command, columns) + tool_help(columns));
      for (std::string line; std::getline(lines, line);)
        EXPECT_LE(line.size(), static_cast<std::size_t>(columns)) << line;
    }
  }
}

TEST(Help, explains_every_choice) {
  const std::string help = command_help(*find_command("generate"), 80);
  for (const ParameterInfo& parameter : parameters()) {
    for (const ChoiceInfo& choice : choices(parameter.id))
      EXPECT_NE(help.find(choice.name), std::string::npos) << choice.name;
  }
}

TEST(Help, names_each_commands_own_defaults) {
  const auto entry = [](const char* command, const std::string& flag) {
    const std::string help = command_help(*find_command(command), 100);
    const std::size_t at = help.find("--" + flag + "=");
    const std::string text = help.substr(at, help.find("\n  -", at + 1) - at);
    // In one line.
    std::string words;
    std::istringstream stream(text);
    for (std::string word; stream >> word;) words += word + " ";
    return words;
  };
  EXPECT_NE(entry("generate", "output").find("default: {task_id}.mp4"), std::string::npos);
  EXPECT_NE(entry("film", "output").find("default: film.mp4"), std::string::npos);
  EXPECT_NE(entry("batch", "output").find("default: {index:03}-{slug}.mp4"), std::string::npos);
  EXPECT_NE(entry("watch", "output").find("default: none"), std::string::npos);
  for (const char* command : {"film", "batch"}) {
    EXPECT_EQ(entry(command, "output").find("standard output"), std::string::npos);
    EXPECT_NE(entry(command, "reuse").find("default: always"), std::string::npos);
    EXPECT_EQ(entry(command, "model").find("--task-id"), std::string::npos);
  }
}

}  // namespace
}  // namespace airforce::cli
