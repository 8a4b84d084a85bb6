// SPDX-License-Identifier: LGPL-2.1-or-later
// On a real terminal: the line that is drawn over, Ctrl-C from the keyboard, questions.
#include <algorithm>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tool.h"

namespace airforce::test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

Command on_terminal(Command command, int columns = 80) {
  command.terminal = true;
  command.columns = columns;
  return command;
}

// What a terminal shows in the end: a carriage return goes back to the line's beginning, ESC [ K
// clears the rest of it.
std::vector<std::string> screen(const std::string& output) {
  std::vector<std::string> lines{""};
  std::size_t column = 0;
  for (std::size_t i = 0; i < output.size(); ++i) {
    std::string& line = lines.back();
    if (output[i] == '\r') {
      column = 0;
    } else if (output[i] == '\n') {
      lines.emplace_back();
      column = 0;
    } else if (output.compare(i, 2, "\x1b[") == 0) {
      const std::size_t end = output.find_first_not_of("0123456789;", i + 2);
      if (end != std::string::npos && output[end] == 'K') line.resize(column);
      i = end;
    } else {
      line.resize(std::max(line.size(), column + 1));
      line[column++] = output[i];
    }
  }
  return lines;
}

TEST(Terminal, shows_the_price_then_a_bar_then_one_line_about_the_result) {
  const Bench bench;
  const Finished finished = run(on_terminal(bench.command(bench.generate({"-o", "fox.mp4"}))));
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  EXPECT_THAT(finished.output, AllOf(HasSubstr("Running"), HasSubstr("%"), HasSubstr("\x1b[K")));
  const std::vector<std::string> left = screen(finished.output);
  ASSERT_EQ(left.size(), 3U) << finished.output;
  EXPECT_EQ(left[0], "Price: 200 cents");
  EXPECT_EQ(left[1], "Saved fox.mp4 (200.0 kB). Charged 200 cents.");
  EXPECT_EQ(left[2], "");
}

TEST(Terminal, fits_tables_of_models_and_tasks_however_narrow) {
  const Bench bench;
  const std::string id = bench.completed_task();
  for (const int columns : {40, 80, 120}) {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"models"}, {"list"}, {"list", "--local"}, {"history"}}) {
      const Finished finished = run(on_terminal(bench.command(arguments), columns));
      EXPECT_EQ(finished.exit_code, 0);
      for (const std::string& line : screen(finished.output))
        EXPECT_LE(line.size(), static_cast<std::size_t>(columns)) << arguments.front() << line;
      EXPECT_THAT(finished.output, HasSubstr(arguments.front() == "models" ? "wan-2.6" : id));
    }
  }
}

TEST(Terminal, is_never_wrapped_however_narrow) {
  const Bench bench;
  const Finished finished = run(on_terminal(bench.command(bench.generate({"-o", "fox.mp4"})), 20));
  EXPECT_EQ(finished.exit_code, 0) << finished.output;
  std::istringstream drawn(finished.output);
  for (std::string piece; std::getline(drawn, piece, '\r');) {
    const std::string text = screen(piece).front();
    if (text.find('%') != std::string::npos) {
      EXPECT_LT(g_utf8_strlen(text.c_str(), -1), 20) << text;
    }
  }
}

TEST(Terminal, has_no_colours_with_no_color) {
  const Bench bench;
  Command command = on_terminal(bench.command(bench.generate({"-o", "fox.mp4"})));
  EXPECT_THAT(run(command).output, HasSubstr("\x1b[36m"));
  command.arguments.emplace_back("--force");
  command.arguments.emplace_back("--reuse=never");
  command.environment["NO_COLOR"] = "1";
  EXPECT_THAT(run(command).output, AllOf(HasSubstr("\x1b[K"), Not(HasSubstr("\x1b[36m"))));
}

TEST(Terminal, gets_plain_lines_where_it_is_dumb) {
  const Bench bench;
  Command command = on_terminal(bench.command(bench.generate({"-o", "fox.mp4"})));
  command.environment["TERM"] = "dumb";
  const Finished finished = run(command);
  EXPECT_THAT(finished.output, AllOf(HasSubstr("Running, "), Not(HasSubstr("\x1b"))));
}

TEST(Terminal, gets_json_where_it_is_asked_for) {
  const Bench bench;
  const Finished finished =
      run(on_terminal(bench.command(bench.generate({"-o", "fox.mp4", "--json"}))));
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_EQ(JsonLines(finished.output).field(-1, "event"), "result");
}

TEST(Terminal, does_not_get_a_clip) {
  const Bench bench;
  const Finished finished = run(on_terminal(bench.command(bench.generate({"-o", "-"}))));
  EXPECT_EQ(finished.exit_code, 2);
  EXPECT_EQ(bench.simulator.count("creates"), 0);
}

TEST(Terminal, leaves_a_clean_line_after_ctrl_c) {
  const Bench bench({"--task-seconds", "60"});
  Process process(on_terminal(bench.command(bench.generate())));
  ASSERT_TRUE(process.shows("Running")) << process.output();
  process.type("\x03");
  const Finished finished = process.wait(5);
  EXPECT_EQ(finished.exit_code, 130);
  const std::vector<std::string> left = screen(finished.output);
  ASSERT_EQ(left.size(), 3U) << finished.output;
  EXPECT_THAT(left[1], AllOf(HasSubstr("airforce-video: "),
                             HasSubstr("airforce-video download vid_"), Not(HasSubstr("Running"))));
}

TEST(Terminal, is_asked_before_a_task_is_deleted) {
  const Bench bench;
  const std::string id = bench.completed_task();
  {
    Process process(on_terminal(bench.command({"delete", id})));
    ASSERT_TRUE(process.shows("[y/N] ")) << process.output();
    process.type("n\n");
    EXPECT_EQ(process.wait().exit_code, 17);
    EXPECT_EQ(bench.simulator.count("tasks"), 1);
  }
  Process process(on_terminal(bench.command({"delete", id})));
  ASSERT_TRUE(process.shows("[y/N] ")) << process.output();
  process.type("y\n");
  EXPECT_EQ(process.wait().exit_code, 0);
  EXPECT_EQ(bench.simulator.count("tasks"), 0);
}

TEST(Terminal, shows_tables) {
  const Bench bench;
  const std::string id = bench.completed_task();
  EXPECT_THAT(run(on_terminal(bench.command({"models"}), 200)).output,
              AllOf(HasSubstr("MODEL"), HasSubstr("wan-2.6"), HasSubstr("cents/s")));
  EXPECT_THAT(run(on_terminal(bench.command({"list"}))).output,
              AllOf(HasSubstr("TASK"), HasSubstr(id), HasSubstr("200 cents")));
  EXPECT_THAT(run(on_terminal(bench.command({"list", "--local"}))).output,
              AllOf(HasSubstr(id), HasSubstr("delivered"), HasSubstr("A red fox")));
  EXPECT_THAT(run(on_terminal(bench.command({"status", id}))).output,
              AllOf(HasSubstr("Status    completed"), Not(HasSubstr("http"))));
}

}  // namespace
}  // namespace airforce::test
