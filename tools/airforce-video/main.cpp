// SPDX-License-Identifier: LGPL-2.1-or-later
// airforce-video: the command line. Reads the command, runs it, and reports how it ended.
#include <cerrno>
#include <clocale>
#include <csignal>
#include <cstring>
#include <new>
#include <string>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "complete.h"
#include "exit_codes.h"
#include "generation/credentials.h"
#include "help.h"
#include "invocation.h"
#include "models.h"
#include "report.h"
#include "store/store.h"
#include "values/text.h"
#include "vocabulary/close_match.h"

namespace airforce::cli {
namespace {

constexpr int kRememberedTasks = 50;
constexpr std::size_t kMaxQuote = 60;

// Task ids for the completion: from the store alone, because nobody waits for a network at a Tab.
std::vector<std::string> remembered_tasks() {
  std::vector<std::string> ids;
  try {
    for (const Intent& intent : open_store("")->intents("", kRememberedTasks)) {
      if (!intent.task_id.empty()) ids.push_back(intent.task_id);
    }
  } catch (const Error&) {  // nothing to offer
  }
  return ids;
}

// What was written is repeated without what may be a secret in it.
Error unknown_command(const std::string& written) {
  const std::string name = display_text(written.substr(0, written.find('=')), kMaxQuote);
  if (name.starts_with('-'))
    return {ErrorKind::Settings, Step::Settings, "unknown option " + name + " before the command",
            "see airforce-video --help"};
  std::vector<std::string> names;
  for (const CommandInfo& command : commands()) {
    names.emplace_back(command.name);
    names.insert(names.end(), command.aliases.begin(), command.aliases.end());
  }
  // The beginning of one name alone, or else what is written nearly so.
  std::string meant;
  int count = 0;
  for (const std::string& each : names) {
    if (name.empty() || !each.starts_with(name)) continue;
    meant = each;
    ++count;
  }
  if (count != 1) meant = close_match(name, names);
  return {ErrorKind::Settings, Step::Settings, "there is no command '" + name + "'",
          meant.empty() ? "see airforce-video --help" : "did you mean '" + meant + "'?"};
}

// The tool's own words: --help, --version, help COMMAND, and what the completion asks for. Returns
// false for a command.
bool answered(const std::vector<std::string>& words, StandardOutput& output) {
  const std::string first = words.empty() ? "" : words.front();
  const int columns = columns_of(STDOUT_FILENO);
  if (first == "--version" || first == "version") {
    output.write("airforce-video " AIRFORCE_VERSION "\n");
  } else if (words.empty() || first == "--help" || first == "-h" ||
             (first == "help" && words.size() == 1)) {
    output.write(tool_help(columns));
  } else if (first == "help") {
    const CommandInfo* command = find_command(words[1]);
    if (command == nullptr) throw unknown_command(words[1]);
    output.write(command_help(*command, columns));
  } else if (first == "--complete") {  // the shells' scripts
    const KnownValues known{remembered_tasks, remembered_models};
    for (const Candidate& each : completions({words.begin() + 1, words.end()}, known))
      output.write(each.value + (each.help.empty() ? "" : "\t" + each.help) + "\n");
  } else {
    return false;
  }
  return true;
}

int run_command(Invocation& invocation, const std::vector<std::string>& words) {
  invocation.command = find_command(words.front());
  if (invocation.command == nullptr) throw unknown_command(words.front());
  read_command_line(invocation, {words.begin() + 1, words.end()});
  if (invocation.help) {
    invocation.output->write(command_help(*invocation.command, columns_of(STDOUT_FILENO)));
    return kExitSuccess;
  }
  return invocation.command->run(invocation);
}

// What could not be written is a failure of the whole, but only then: the work has been done.
int close_output(StandardOutput& output, int code) {
  output.close();
  if (output.failure() == 0 || code != kExitSuccess) return code;
  if (output.failure() == EPIPE) return kExitSignal + SIGPIPE;
  write_all(STDERR_FILENO, std::string("airforce-video: cannot write to standard output: ") +
                               std::strerror(output.failure()) + "\n");
  return kExitFile;
}

// Where a stream was closed by our parent, the next file to be opened (the store!) would get its
// number, and what we print. Such a stream becomes one that can't be written to.
void keep_streams_apart() {
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
    if (fcntl(descriptor, F_GETFD) == -1 && errno == EBADF) open("/dev/null", O_RDONLY);
  }
}

int run(const std::vector<std::string>& words) {
  StandardOutput output;
  Invocation invocation;
  invocation.output = &output;
  invocation.console = ask_console();
  // In one file results could not be distinguished from messages otherwise.
  invocation.json = streams_share_a_file();
  // Also for what is wrong with the command line itself.
  for (const std::string& word : words) {
    if (word == "--") break;
    if (word == "--json") invocation.json = true;
  }
  int code = kExitFailure;
  try {
    code = answered(words, output) ? kExitSuccess : run_command(invocation, words);
  } catch (const Error& error) {
    code = report_error(invocation, error);
  } catch (const std::exception& error) {
    code = report_error(
        invocation, Error(ErrorKind::Internal, Step::Settings, error.what(), "please report this"));
  }
  return close_output(output, code);
}

}  // namespace
}  // namespace airforce::cli

int main(int argc, char** argv) {
  airforce::cli::keep_streams_apart();
  std::setlocale(LC_ALL, "");
  std::setlocale(LC_NUMERIC, "C");  // numbers are written as the options take them
  std::signal(SIGPIPE, SIG_IGN);    // every write is checked
  return airforce::cli::run({argv + 1, argv + argc});
}
