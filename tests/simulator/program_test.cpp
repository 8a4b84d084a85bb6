// SPDX-License-Identifier: LGPL-2.1-or-later
// airforce-simulator as a program: its options, its command, its log, its end.
#include <chrono>
#include <thread>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "support.h"

namespace airforce::simulator::test {
namespace {

Outcome simulator(const Strings& arguments) {
  Strings command = {simulator_binary()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run(command);
}

TEST(Program, gives_the_command_its_address_and_passes_its_exit_code_on) {
  const Outcome outcome = simulator(
      {"--quiet", "--", "sh", "-c", "echo $AIRFORCE_BASE_URL $AIRFORCE_API_KEY; exit 42"});
  EXPECT_EQ(outcome.exit_code, 42);
  EXPECT_TRUE(outcome.output.starts_with("http://127.0.0.1:"));
  EXPECT_TRUE(outcome.output.ends_with(" sk-air-simulator\n"));
  EXPECT_EQ(outcome.errors, "");
}

TEST(Program, is_quiet_while_it_runs_a_command) {
  const Outcome outcome = simulator({"--", "sh", "-c", "curl -s $AIRFORCE_BASE_URL/v1/models"});
  EXPECT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.output.find("GET "), std::string::npos) << outcome.output;
}

TEST(Program, passes_on_arguments_unchanged) {
  const Outcome outcome = simulator({"-q", "--", "printf", "[%s]", "--help", "a b", "--", ""});
  EXPECT_EQ(outcome.output, "[--help][a b][--][]");
}

TEST(Program, ends_like_the_shell_when_the_command_is_killed_or_cannot_start) {
  EXPECT_EQ(simulator({"-q", "--", "sh", "-c", "kill -9 $$"}).exit_code, 137);
  EXPECT_EQ(simulator({"-q", "--", "/nonexistent/command"}).exit_code, 127);
  EXPECT_EQ(simulator({"-q", "--", "/etc/passwd"}).exit_code, 126);
}

TEST(Program, forwards_a_signal_that_only_it_has_got) {
  const Outcome outcome =
      simulator({"-q", "--", "sh", "-c",
                 "trap 'exit 9' TERM; kill -TERM $PPID; while :; do sleep 0.01; done"});
  EXPECT_EQ(outcome.exit_code, 9);
}

TEST(Program, outlives_a_command_that_takes_its_time_to_end) {
  // The command still finds the server while it cleans up.
  const Outcome outcome = simulator({"-q", "--", "sh", "-c", R"(
    clean() { curl -s -o /dev/null -w '%{http_code}' $AIRFORCE_BASE_URL/v1/models; exit 0; }
    trap clean INT
    kill -INT $PPID
    while :; do sleep 0.01; done)"});
  EXPECT_EQ(outcome.output, "401");
}

TEST(Program, ends_with_its_parent) {
  // The shell starts it in the background, reports its id, and ends when it serves.
  const TempDir directory;
  const Outcome outcome = run({"sh", "-c", R"(
    "$AIRFORCE_SIMULATOR" -q --die-with-parent --print-environment >"$0" 2>&1 &
    echo $!
    until [ -s "$0" ]; do sleep 0.01; done)",
                               directory.file("environment")});
  const pid_t pid = std::stoi(outcome.output);
  for (int i = 0; i < 500 && kill(pid, 0) == 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_NE(kill(pid, 0), 0);
}

TEST(Program, says_what_is_wrong_with_its_options) {
  const std::vector<std::pair<Strings, std::string>> cases = {
      {{"--speed", "0"}, "--speed must be above 0"},
      {{"--port", "70000"}, "--port must be 0 to 65535"},
      {{"--nonsense"}, "--nonsense"},
      {{"command"}, "a command goes behind --"},
      {{"--"}, "no command follows --"},
      {{"--fault", "poll:nonsense"}, "step poll has no fault \"nonsense\""},
  };
  for (const auto& [arguments, message] : cases) {
    const Outcome outcome = simulator(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << message;
    EXPECT_NE(outcome.errors.find(message), std::string::npos) << outcome.errors;
  }
  const Outcome missing = simulator({"--clip", "/nonexistent.mp4"});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_NE(missing.errors.find("/nonexistent.mp4: No such file"), std::string::npos);
}

TEST(Program, says_that_a_port_is_taken) {
  const Server server;
  const std::string port = server.url().substr(server.url().rfind(':') + 1);
  const Outcome outcome = simulator({"--port", port});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.errors.find("cannot listen on 127.0.0.1:" + port), std::string::npos)
      << outcome.errors;
}

TEST(Program, helps) {
  const Outcome help = simulator({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_NE(help.output.find("--bandwidth"), std::string::npos);
  const Outcome faults = simulator({"--list-faults"});
  EXPECT_EQ(faults.exit_code, 0);
  EXPECT_NE(faults.output.find("lost-answer"), std::string::npos);
}

TEST(Documentation, has_the_table_of_options_that_the_program_prints) {
  const std::string table = simulator({"--option-table"}).output;
  EXPECT_GT(table.size(), 1000U);
  EXPECT_NE(read_file(SIMULATOR_PAGE).find(table), std::string::npos)
      << "replace it by the output of airforce-simulator --option-table";
}

TEST(Documentation, has_the_tables_of_faults_that_the_program_prints) {
  const std::string tables = simulator({"--fault-tables"}).output;
  EXPECT_GT(tables.size(), 1000U);
  EXPECT_NE(read_file(SIMULATOR_PAGE).find(tables), std::string::npos)
      << "replace them by the output of airforce-simulator --fault-tables";
}

TEST(Log, is_one_line_a_request_without_key_or_signature) {
  const TempDir directory;
  const std::string log = directory.file("log");
  const Outcome outcome = simulator({"--log", log, "--task-seconds", "0", "--", "sh", "-c", R"(
    get() { curl -s -H "Authorization: Bearer $AIRFORCE_API_KEY" "$AIRFORCE_BASE_URL$1"; }
    curl -s -H "Authorization: Bearer $AIRFORCE_API_KEY" $AIRFORCE_BASE_URL/v1/video/generations \
      -d '{"model":"ltx-mini","prompt":"p"}' >/dev/null
    until url=$(get /v1/video/tasks | grep -o 'http:[^"]*mp4[^"]*'); do sleep 0.05; done
    curl -s -o /dev/null "$url"
    get "/v1/video/tasks/%0Aforged%20line" >/dev/null)"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  const std::string text = read_file(log);
  EXPECT_NE(text.find("POST   /v1/video/generations 200"), std::string::npos) << text;
  EXPECT_NE(text.find("created, 1 cents"), std::string::npos) << text;
  EXPECT_NE(text.find(".mp4 200"), std::string::npos) << text;
  EXPECT_EQ(text.find("sk-air"), std::string::npos);
  EXPECT_EQ(text.find("signature"), std::string::npos);
  EXPECT_EQ(text.find("\nforged"), std::string::npos);
}

TEST(Log, is_no_pipe_that_nobody_reads) {
  const TempDir directory;
  const std::string pipe = directory.file("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const Outcome outcome = simulator({"--log", pipe, "--", "true"});
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_NE(outcome.errors.find("cannot write to " + pipe), std::string::npos) << outcome.errors;
}

TEST(Log, has_nothing_of_a_client_that_draws_or_hides) {
  const TempDir directory;
  const std::string log = directory.file("log");
  const Outcome outcome = simulator({"--log", log, "--", "sh", "-c", R"(
    ask() { curl -s -H "Authorization: Bearer $AIRFORCE_API_KEY" "$AIRFORCE_BASE_URL$@" >/dev/null; }
    ask /v1/video/generations -d \
      '{"prompt":"p","model":"a clip\u001b[31m\u009b31m\u202e\u200b\u2028forged\r\nforged\udb40\udc41"}'
    ask /v1/video/tasks/%1B%5B31m%C2%9B31m%E2%80%AE%E2%80%8B%E2%80%A8forged%0D%0Aforged%F3%A0%81%81)"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.errors;
  const std::string text = read_file(log);
  EXPECT_NE(text.find("a clip?[31m?31m???forged??forged?"), std::string::npos) << text;
  EXPECT_EQ(text.find("\nforged"), std::string::npos) << text;
  for (const char* hidden : {"\r", "\x1b", "\u009b", "\u202e", "\u200b", "\u2028", "\U000e0041"})
    EXPECT_EQ(text.find(hidden), std::string::npos) << text;
}

}  // namespace
}  // namespace airforce::simulator::test
