// SPDX-License-Identifier: LGPL-2.1-or-later
#include "report.h"

#include <cctype>
#include <functional>
#include <string_view>

#include <unistd.h>

#include "exit_codes.h"
#include "generation/generation.h"
#include "invocation.h"
#include "terminal_text.h"
#include "values/text.h"

namespace airforce::cli {
namespace {

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Words such as "prompt" and "model" are also plain English: taken for the parameter only after
// "set" or "with", or before '='.
bool means_parameter(std::string_view before, std::string_view word, std::string_view after) {
  if (before.ends_with('{') || before.ends_with('\'')) return false;  // a placeholder, a quotation
  if (word.find('_') != std::string_view::npos) return true;
  return before.ends_with("set ") || before.ends_with("raise ") ||
         (after.starts_with('=') && !before.ends_with("--"));
}

bool makes_shots(const CommandInfo& command) {
  const std::string_view name = command.name;
  return name == "film" || name == "batch";
}

// Whether an error is about a purchase that was not made. Later errors of a film are about one
// shot.
bool is_before_a_purchase(const CommandInfo* command, const Error& error) {
  const std::string_view name = command != nullptr ? command->name : "";
  return name == "generate" || (command != nullptr && makes_shots(*command) &&
                                error.step == Step::Settings && error.kind != ErrorKind::Cancelled);
}

// What resumes a task.
std::string resuming(const CommandInfo& command, const std::string& task_id) {
  if (makes_shots(command)) return "run the same command again";
  const bool only_watched = std::string_view(command.name) == "watch";
  return std::string("airforce-video ") + (only_watched ? "watch " : "download ") +
         shell_quoted(task_id);
}

}  // namespace

std::string with_flags(std::string text) {
  std::string result;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    if (end == at) {
      result += text[at++];
      continue;
    }
    const std::string_view word = std::string_view(text).substr(at, end - at);
    const ParameterInfo* parameter = find_parameter(word);
    if (parameter != nullptr && parameter->flag != nullptr &&
        means_parameter(result, word, std::string_view(text).substr(end))) {
      result += std::string("--") + parameter->flag;
    } else {
      result += word;
    }
    at = end;
  }
  return result;
}

Error in_words_of(const CommandInfo& command, Error error) {
  const bool is_ours = error.charge == Charge::Charged || error.charge == Charge::Announced;
  const bool can_resume = is_ours && error.resumable;
  if (can_resume && !error.task_id.empty()) {
    // The core's advice is for every front end; here it is a command.
    const std::string advice = resume_advice(error.task_id);
    const std::string other_way = ", or set task_id=" + shell_quoted(error.task_id);
    if (const std::size_t at = error.next_step.find(other_way); at != std::string::npos)
      error.next_step.erase(at, other_way.size());
    const std::string mine = "resume at no extra cost: " + resuming(command, error.task_id);
    if (const std::size_t at = error.next_step.find(advice); at != std::string::npos) {
      error.next_step.replace(at, advice.size(), mine);
    } else if (error.next_step.find(resuming(command, error.task_id)) == std::string::npos) {
      error.next_step += (error.next_step.empty() ? "" : "; ") + mine;
    }
  }
  constexpr std::string_view kReplace = "allow to replace it";
  if (const std::size_t at = error.next_step.find(kReplace); at != std::string::npos)
    error.next_step.replace(at, kReplace.size(), "pass --force to replace it");
  error.message = with_flags(error.message);
  error.next_step = with_flags(error.next_step);
  return error;
}

std::string error_line(const CommandInfo* command, const Error& error) {
  std::string text;
  if (is_before_a_purchase(command, error) || error.charge != Charge::None) {
    text = error.text();
  } else {
    text = error.message + (error.next_step.empty() ? "" : "; " + error.next_step);
  }
  return "airforce-video: " + visible_line(text) + "\n";
}

int report_error(const Invocation& invocation, Error error) {
  const int code = exit_code_of(error.kind, invocation.signal);
  if (invocation.command != nullptr && !invocation.names_fields)
    error = in_words_of(*invocation.command, error);
  if (invocation.json) invocation.output->write(json_line(error, code));
  // In a log of both streams the line of JSON says it all, and every line can be read as JSON.
  if (!invocation.json || !streams_share_a_file())
    write_all(STDERR_FILENO, error_line(invocation.command, error));
  return code;
}

int for_each_task(Invocation& invocation, const std::function<void(const std::string&)>& action) {
  int code = kExitSuccess;
  for (const std::string& id : invocation.arguments) {
    try {
      action(id);
    } catch (Error& error) {
      if (error.task_id.empty()) error.task_id = id;
      if (error.message.find(shell_quoted(id)) == std::string::npos)
        error.message = "task " + shell_quoted(id) + ": " + error.message;
      const bool concerns_all = error.kind == ErrorKind::Cancelled ||
                                error.kind == ErrorKind::NotAuthorized ||
                                error.http_status == 429 ||  // the account's, after its pauses
                                invocation.arguments.size() == 1;
      if (concerns_all) throw;
      const int failed = report_error(invocation, error);
      if (code == kExitSuccess) code = failed;
    }
  }
  return code;
}

}  // namespace airforce::cli
